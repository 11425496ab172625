"""The times of one file: which number is the day is settled once for the file, then clocks in their order."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Literal, NamedTuple

from foundation.errors import Refused
from ingest import times

_YEAR_LAST = re.compile(
    r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})[ T,]+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([ap]m)?(?: UTC)?",
    re.IGNORECASE | re.ASCII,
)
_MONTHS = 12
_NOON = 12
_SHORTEST_WITH_OFFSET = len("2026-11-20T08:02+00:00")

_Order = Literal["day_first", "month_first", "either"]
_TOLD: dict[bool | None, _Order | None] = {True: "day_first", False: "month_first", None: None}

Rows = Callable[[], Iterable[tuple[str, str]]]  # the file's times, from the top each time: (series, text)


class Resolved(NamedTuple):
    """One time of a file, ready for an item."""

    measured_at: str  # ISO 8601 with an offset, or what stood there where we could not read it
    given_time: str | None = None  # what stood there, where it had no offset
    doubt: times.Doubt | None = None


class FileTimes:
    """Resolves the times of one file. A series is what one device wrote, in its own direction."""

    def __init__(
        self, rows: Rows, *, day_first: bool | None = None, utc: bool = False, other: Iterable[str] = ()
    ) -> None:
        """Look at the whole file. Refused `dates_ambiguous` or `dates_contradict`.

        rows: gives every (series, text) in file order, from the top each time it is called.
        utc: times without an offset are UTC. other: more dates of the file, such as when it was made.
        """
        self._day_first = bool(day_first)
        self._utc = utc
        self._sequences: defaultdict[str, times.LocalSequence] = defaultdict(times.LocalSequence)
        written = self._look(rows, settled=False)
        if written:
            orders = written | set(map(_order, other)) | {_TOLD[day_first]}
            self._day_first = _settled(orders) == "day_first"
            self._look(rows, settled=True)

    @property
    def series(self) -> frozenset[str]:
        """Every series of the file."""
        return frozenset(self._sequences)

    def resolve(self, series: str, text: str) -> Resolved:
        """The next time. To be asked once for each row, in the order of `rows`."""
        if has_offset(text):
            return Resolved(text)
        wall = self._wall(text)
        if wall is None or wall.tzinfo is not None:
            return Resolved(text)
        if self._utc:
            return Resolved(f"{wall.isoformat()}+00:00")
        moment = self._sequences[series].moment(wall)
        hours, minutes = divmod(moment.offset_minutes, 60)
        return Resolved(f"{wall.isoformat()}{hours:+03d}:{minutes:02d}", text, moment.doubt)

    def _look(self, rows: Rows, *, settled: bool) -> set[_Order | None]:
        """Note every time. Dates with the year last are noted once the order of day and month is settled.

        Until then this gives what they say about it: nothing where there are none.
        """
        self._sequences.clear()
        orders: set[_Order | None] = set()
        for series, text in rows():
            sequence = self._sequences[series]
            if has_offset(text):
                continue
            if not settled and text[4:5] != "-":
                orders.add(_order(text))
            elif not self._utc and (wall := self._wall(text)) is not None and wall.tzinfo is None:
                sequence.note(wall)
        return orders - {None}

    def _wall(self, text: str) -> datetime | None:
        if text[4:5] == "-":
            return times.read(text)
        match = _YEAR_LAST.fullmatch(text)
        return None if match is None else _of_parts(match, day_first=self._day_first)


def has_offset(text: str) -> bool:
    """Whether an ISO 8601 text says its offset, so that there is nothing to resolve."""
    return text[-1:] in ("Z", "z") or (len(text) >= _SHORTEST_WITH_OFFSET and text[-6] in "+-")


def _settled(orders: set[_Order | None]) -> _Order | None:
    """The order of day and month in the whole file: one day after the 12th anywhere in it settles it."""
    known = orders - {"either", None}
    if len(known) > 1:
        raise Refused(
            "dates_contradict",
            "Some dates of this file have the day first, others the month. "
            "Export it again with one date format.",
        )
    if not known:
        raise Refused(
            "dates_ambiguous",
            "No date in this file shows whether the day or the month comes first. "
            "Say which (day first or not) and send it again.",
        )
    return known.pop()


def _order(text: str) -> _Order | None:
    """The order in which this date can be read; None where its year is not last, or no order gives a date."""
    match = _YEAR_LAST.fullmatch(text)
    if match is None:
        return None
    first, second = int(match[1]), int(match[2])
    if first <= _MONTHS and second <= _MONTHS:
        return "either"
    if first > _MONTHS and second > _MONTHS:
        return None
    return "day_first" if first > _MONTHS else "month_first"


def _of_parts(match: re.Match[str], *, day_first: bool) -> datetime | None:
    """The wall time of a date with its year last, or None where calendar or clock have no such time."""
    first, second, year, hour, minute = (int(match[place]) for place in range(1, 6))
    day, month = (first, second) if day_first else (second, first)
    half = match[7]
    if half is not None:
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if half.lower() == "pm" else 0)
    try:
        return datetime(year, month, day, hour, minute, int(match[6] or 0))  # noqa: DTZ001 a clock on a wall
    except ValueError:
        return None
