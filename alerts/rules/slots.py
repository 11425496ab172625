"""When readings are expected: a schedule in local time as stretches of real time, also when clocks change."""

import itertools
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from alerts.moments import FOREVER, MINUTE, Bools, Ints, as_moment, moment_micros
from alerts.rules.spec import Expectation

LONDON = ZoneInfo("Europe/London")
MIDNIGHT = 24 * 60  # the end of a day, in minutes


@dataclass(frozen=True)
class Slots:
    """Stretches of time that follow one another without a gap, whole local days, in order."""

    start: Ints  # microseconds since 1970 UTC
    end: Ints  # excluded
    deadline: Ints  # end and grace; FOREVER where nothing is expected
    expected: Bools  # False: between the slots of the schedule; what comes then is welcome, but not missed

    def __len__(self) -> int:
        """How many."""
        return len(self.start)

    def at(self, moments: Ints) -> Ints:
        """The stretch each moment lies in; -1 before the first, len() after the last."""
        found = np.searchsorted(self.start, moments, side="right") - 1
        return np.where(moments >= self.end[-1], len(self), found)


def slots_between(expectation: Expectation, first: int, last: int) -> Slots:
    """The schedule over every local day from the one with `first` to the one with `last` (microseconds)."""
    day, end_day = local_date(first), local_date(last)
    rows: list[tuple[int, int, bool]] = []
    while day <= end_day:
        rows += _of_day(expectation, day)
        day += timedelta(days=1)
    start = np.array([row[0] for row in rows], dtype=np.int64)
    end = np.array([row[1] for row in rows], dtype=np.int64)
    expected = np.array([row[2] for row in rows], dtype=bool)
    deadline = np.where(expected, end + expectation.grace_minutes * MINUTE, FOREVER)
    return Slots(start, end, deadline, expected)


def local_date(moment: int) -> date:
    """The local day of a moment in microseconds since 1970."""
    return as_moment(moment).astimezone(LONDON).date()


@lru_cache(maxsize=4096)  # every batch asks for the same few weeks
def _of_day(expectation: Expectation, day: date) -> list[tuple[int, int, bool]]:
    """Start, end, expected of one local day from midnight to midnight."""
    asked = expectation.first_day_of_month <= day.day <= expectation.last_day_of_month
    slots = expectation.slots if asked else ()
    marks = [0]
    for slot in slots:
        marks += [slot.start_minute, slot.end_minute]
    marks.append(MIDNIGHT)
    # On the day an hour is left out a mark may fall after the next one; what lies between has no length.
    moments = list(itertools.accumulate((_moment(day, minute) for minute in marks), max))
    # Between two marks it is by turns a gap and a slot; a stretch of no length is none.
    stretches = itertools.pairwise(moments)
    return [(start, end, nth % 2 == 1) for nth, (start, end) in enumerate(stretches) if start < end]


def _moment(day: date, minute: int) -> int:
    """Minutes since local midnight, by the clock on the wall, as a moment.

    In the hour that happens twice it is the first time; in the hour that does not exist it is as long after
    midnight as if the clocks had not changed.
    """
    if minute == MIDNIGHT:
        day, minute = day + timedelta(days=1), 0
    return moment_micros(datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=LONDON))
