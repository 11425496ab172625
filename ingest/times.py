"""Moments: from the text that came to UTC, once, and never on a guess.

Text with an offset is exact. Text without one is the clock on the wall in London, which once a year shows an
hour twice and once a year leaves one out; each is resolved by one rule and marked as doubtful.
"""

from __future__ import annotations

from collections import deque
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from foundation.errors import Refused

LONDON = ZoneInfo("Europe/London")

FUTURE_ALLOWED = timedelta(minutes=5)  # clinical notes DQ-1: a clock this much ahead is still a clock
OLDEST_AGE = timedelta(days=365 * 20 + 5)  # [P] twenty years: an old meter's memory, not a wrong year
OLDEST = datetime(2000, 1, 1, tzinfo=UTC)  # [P] where meters with an empty clock battery begin to count

_FIRST_YEAR = 1900
_WIDEST_OFFSET = timedelta(hours=14)  # no place on Earth is further from UTC
_SHORTEST = len("2026-11-20T08:02")
_ZERO = timedelta(0)
_HOUR = timedelta(hours=1)

Doubt = Literal["happened_twice", "did_not_exist"]


class Moment(msgspec.Struct, frozen=True, gc=False):
    """A moment, and how sure we are of it."""

    at: datetime  # UTC
    offset_minutes: int  # of the clock it was read from, as given or as London's was
    assumed_zone: bool = False  # no offset came: read as Europe/London
    doubt: Doubt | None = None


def resolve(text: str, *, fold_hint: int = 0) -> Moment:
    """The moment that a text of ISO 8601 means. Refused `time_not_understood` when it means none.

    fold_hint: 1 reads an hour that happens twice as its second pass; it changes nothing else.
    """
    when = read(text)
    if when is None:
        raise not_understood()
    if when.tzinfo is UTC:  # most of what programs send
        return Moment(when, 0)
    offset = when.utcoffset()
    if offset is None:
        return of_wall(when, fold_hint=fold_hint)
    try:
        at = when.astimezone(UTC)
    except OverflowError:  # the last hours of the year 9999
        raise not_understood() from None
    if abs(offset) > _WIDEST_OFFSET:
        raise not_understood()
    return Moment(at, _minutes(offset))


def of_wall(wall: datetime, *, fold_hint: int = 0) -> Moment:
    """The moment when clocks in London showed this time (a datetime without a zone)."""
    offset, minutes, doubt = _london(wall.year, wall.month, wall.day, wall.hour)
    if doubt == "happened_twice" and fold_hint:
        offset -= _HOUR
        minutes -= 60
    at = (wall - offset).replace(tzinfo=UTC)
    return Moment(at, minutes, True, doubt)  # noqa: FBT003 a struct of our own


@lru_cache(maxsize=10_000)
def _london(year: int, month: int, day: int, hour: int) -> tuple[timedelta, int, Doubt | None]:
    """The offset of London's clocks in this hour on the wall, also in minutes, and whether it is in doubt.

    By the hour, because since 1900 London's clocks have only ever been moved by one hour, on the hour.
    """
    first = datetime(year, month, day, hour, tzinfo=LONDON)
    before = first.utcoffset() or _ZERO
    after = first.replace(fold=1).utcoffset() or _ZERO
    if before > after:
        return before, _minutes(before), "happened_twice"
    # An hour that did not exist is read from a clock that had not been moved yet.
    return before, _minutes(before), "did_not_exist" if before < after else None


def _minutes(offset: timedelta) -> int:
    return offset.days * 24 * 60 + offset.seconds // 60


def local_day(at: datetime) -> date:
    """The day on the wall calendar in London: 23:30 UTC on 31 May is 1 June."""
    return at.astimezone(LONDON).date()


def check_age(at: datetime, received_at: datetime) -> None:
    """Refused `measured_in_future` or `measured_too_long_ago` when this cannot be when it was measured."""
    refusal = age_refusal(at, latest=received_at + FUTURE_ALLOWED, earliest=earliest(received_at))
    if refusal is not None:
        raise refusal


def earliest(received_at: datetime) -> datetime:
    """Before this nothing that arrives now can have been measured."""
    return max(received_at - OLDEST_AGE, OLDEST)


def age_refusal(at: datetime, *, latest: datetime, earliest: datetime) -> Refused | None:
    """Why a reading of this moment is refused, or None."""
    if at > latest:
        return Refused(
            "measured_in_future",
            "This is dated more than 5 minutes from now. Check the device's clock and send it again.",
            field="measured_at",
        )
    if at < earliest:
        return Refused(
            "measured_too_long_ago",
            "This is dated more than 20 years ago, or before the year 2000. "
            "Check the device's date and send it again.",
            field="measured_at",
        )
    return None


def not_understood() -> Refused:
    """What we say to a time that we cannot read."""
    return Refused(
        "time_not_understood",
        "We cannot read this time. Send the date and time like 2026-11-20T08:02:00+00:00.",
        field="measured_at",
    )


class LocalSequence:
    """The times of one file or one device memory, written without a zone, in the order they stand there.

    In the hour that happens twice, a step back on the wall clock shows where its second pass begins. Newest
    first, the second pass comes before the first; so the whole sequence is looked at once (`note`) before any
    of it is resolved (`moment`), in the same order. Only times inside such an hour are kept meanwhile.
    """

    def __init__(self) -> None:
        self._last: datetime | None = None
        self._forward = 0
        self._twice: list[datetime] = []
        self._folds: deque[int] | None = None

    def note(self, wall: datetime) -> None:
        """First look at the next time."""
        if self._last is not None and wall != self._last:
            self._forward += 1 if wall > self._last else -1
        self._last = wall
        if happens_twice(wall):
            self._twice.append(wall)

    def moment(self, wall: datetime) -> Moment:
        """The next time, resolved."""
        if self._folds is None:
            self._folds = deque(_folds(self._twice, newest_first=self._forward < 0))
        fold = self._folds.popleft() if self._folds and happens_twice(wall) else 0
        return of_wall(wall, fold_hint=fold)


def happens_twice(wall: datetime) -> bool:
    """Whether clocks in London show this time twice."""
    return _london(wall.year, wall.month, wall.day, wall.hour)[2] == "happened_twice"


def _folds(walls: list[datetime], *, newest_first: bool) -> list[int]:
    """For each time in an hour that happens twice: 0 for its first pass, 1 for its second."""
    if newest_first:
        return _folds(walls[::-1], newest_first=False)[::-1]
    folds: list[int] = []
    previous: datetime | None = None
    for wall in walls:
        same_night = previous is not None and wall.date() == previous.date()
        second = same_night and (folds[-1] == 1 or (previous is not None and wall < previous))
        folds.append(int(second))
        previous = wall
    return folds


def read(text: str) -> datetime | None:
    """ISO 8601 with a date and at least hours and minutes, with or without an offset; or None."""
    if len(text) < _SHORTEST or text[10] not in "T t" or text[13] != ":" or "\0" in text:
        return None  # Python's own reader would take a date alone, a compact time, and a NUL at the end
    try:
        when = datetime.fromisoformat(text if text[-1] != "z" else text.upper())
    except ValueError:
        return None
    return when if when.year >= _FIRST_YEAR else None
