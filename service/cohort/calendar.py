"""Local days and their offset from UTC: people measure by the clock on their wall."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from service.cohort.model import Flags, Times

LOCAL = ZoneInfo("Europe/London")
SATURDAY = 5


@dataclass(frozen=True)
class Calendar:
    """The local days shown, oldest first; the last is the one `until` falls in."""

    dates: list[date]
    midnight: (
        Times  # the local midnight of each day as seconds of UTC, by the offset that holds from 03:00 on
    )
    weekday: np.ndarray[tuple[int], np.dtype[np.int64]]  # 0 is Monday
    first_week: Flags  # days 1 to 7 of a month
    weekend: Flags


def calendar(days: int, until: datetime) -> Calendar:
    """The `days` local days that end with the one `until` falls in."""
    today = until.astimezone(LOCAL).date()
    dates = [today - timedelta(days=days - 1 - back) for back in range(days)]
    # Clocks change before 03:00 and nobody here measures before 06:30, so one offset serves a day.
    offsets = [_offset(each) for each in dates]
    midnight = np.array(dates, dtype="datetime64[s]") - np.array(offsets, dtype="timedelta64[s]")
    weekday = np.array([each.weekday() for each in dates])
    return Calendar(
        dates=dates,
        midnight=midnight,
        weekday=weekday,
        first_week=np.array([each.day <= 7 for each in dates]),
        weekend=weekday >= SATURDAY,
    )


def _offset(day: date) -> int:
    """Seconds that the local clock is ahead of UTC at noon."""
    ahead = datetime.combine(day, time(12), LOCAL).utcoffset()
    return int(ahead.total_seconds()) if ahead else 0
