"""A whole cohort from a seed."""

from datetime import datetime

from service.cohort.model import Cohort


def cohort(seed: int, patients: int, days: int, until: datetime) -> Cohort:
    """Made-up people and what they sent in the `days` local days that end at `until` (with a zone)."""
    raise NotImplementedError
