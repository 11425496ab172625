"""Readings in: read, judged, kept; it raises no alert."""
