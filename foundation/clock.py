"""The one place that reads the clock; everything below the edges is told the time as `at`."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Europe/London")  # people count days by the clock on their wall


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)
