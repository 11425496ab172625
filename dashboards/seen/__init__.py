"""Turns rows of queries into the rows of `presenters.views`. Pure: no web, no database, no clock."""
