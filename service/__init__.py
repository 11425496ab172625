"""The processes and the command line, the only room that knows all the others; it decides nothing clinical."""
