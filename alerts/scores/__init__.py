"""Scores that put several measurements together: pure, for one set of them or for arrays."""
