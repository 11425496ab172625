"""The pages people look at; it writes no SQL."""
