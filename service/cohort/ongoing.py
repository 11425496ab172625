"""What a made-up cohort goes on sending, at the pace of a demo."""

from datetime import datetime

from service.cohort.model import Cohort, Upload


def next_uploads(cohort: Cohort, since: datetime, until: datetime) -> list[Upload]:
    """What arrives after `since` and not after `until`; however the time is cut, the same uploads come."""
    raise NotImplementedError
