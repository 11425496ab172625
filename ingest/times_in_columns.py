"""Many moments at once: the plain ways of writing one, read in columns.

What this reads it reads as `ingest.times.resolve` does; what it leaves out is for `resolve` to read or to refuse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_SECONDS = len("2026-11-20T08:02:00")
_ZULU, _OFFSET = len("Z"), len("+00:00")
_FRACTIONS = (0, 3, 6)  # digits after the point of the seconds
# What a text of each length must be; every other text is left out.
_SHAPES = {
    _SECONDS + (1 + digits if digits else 0) + zone: (digits, zone)
    for digits in _FRACTIONS for zone in (_ZULU, _OFFSET)
}  # fmt: skip

_MARKS = {4: b"-", 7: b"-", 10: b"T ", 13: b":", 16: b":"}
_DIGITS = [place for place in range(_SECONDS) if place not in _MARKS]
_FIRST_YEAR, _LAST_YEAR = 1970, 2200  # a year outside has no reading that is kept, and is left out
_MOST = np.array([12, 31, 23, 59, 59])  # month, day, hour, minute, second
_WIDEST_OFFSET = 14 * 60  # minutes, as in ingest.times
_MICROSECONDS = 1_000_000


class Moments(NamedTuple):
    """Columns of the same length; where `read` is False the others say nothing."""

    read: NDArray[np.bool_]
    at: NDArray[np.int64]  # microseconds since 1970, UTC
    offset_minutes: NDArray[np.int16]


def resolve(texts: Sequence[str]) -> Moments:
    """The moments that these texts of ISO 8601 with an offset mean."""
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    found = Moments(
        np.zeros(len(texts), np.bool_), np.zeros(len(texts), np.int64), np.zeros(len(texts), np.int16)
    )
    for length, (digits, zone) in _SHAPES.items():
        places = np.flatnonzero(lengths == length)
        if places.size == 0:
            continue
        chosen = texts if places.size == len(texts) else [texts[place] for place in places.tolist()]
        # One byte a character, whatever it is: what is no ASCII becomes a question mark, which is no part of a time.
        letters = np.frombuffer("".join(chosen).encode("ascii", "replace"), np.uint8)
        mine = _read(np.ascontiguousarray(letters.reshape(-1, length).T), digits, zone)
        found.read[places], found.at[places], found.offset_minutes[places] = mine
    return found


def _read(letters: NDArray[np.uint8], fraction: int, zone: int) -> Moments:
    """The texts of one shape. letters: one row a place in the text, one column a text."""
    good = np.ones(letters.shape[1], np.bool_)
    for place, marks in _MARKS.items():
        good &= _is(letters[place], marks)
    digits = letters[_DIGITS] - ord("0")  # below "0" wraps to a large number
    good &= (digits <= 9).all(axis=0)  # noqa: PLR2004 a digit
    pairs = (
        digits[0::2].astype(np.int64) * 10 + digits[1::2]
    )  # century, year, month, day, hour, minute, second
    year, parts = pairs[0] * 100 + pairs[1], pairs[2:]
    good &= (year >= _FIRST_YEAR) & (year <= _LAST_YEAR)
    good &= (parts <= _MOST[:, None]).all(axis=0) & (parts[0] >= 1) & (parts[1] >= 1)

    months = np.where(good, (year - 1970) * 12 + parts[0] - 1, 0).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (parts[1] - 1)
    good &= days.astype("datetime64[M]") == months  # the 31st of April is in May
    seconds = ((days.astype(np.int64) * 24 + parts[2]) * 60 + parts[3]) * 60 + parts[4]
    at = seconds * _MICROSECONDS
    if fraction:
        good &= letters[_SECONDS] == ord(".")
        for place in range(fraction):
            digit = letters[_SECONDS + 1 + place] - ord("0")
            good &= digit <= 9  # noqa: PLR2004 a digit
            at += digit.astype(np.int64) * 10 ** (5 - place)
    offset, known = _offset(letters[-zone:])
    return Moments(good & known, at - offset * (60 * _MICROSECONDS), offset.astype(np.int16))


def _offset(letters: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Minutes east of UTC, and whether it is an offset at all."""
    if len(letters) == _ZULU:
        return np.zeros(letters.shape[1], np.int64), _is(letters[0], b"Z")
    digits = letters[[1, 2, 4, 5]] - ord("0")
    hours, minutes = digits[0::2].astype(np.int64) * 10 + digits[1::2]
    offset = hours * 60 + minutes
    known = _is(letters[0], b"+-") & _is(letters[3], b":") & (digits <= 9).all(axis=0)  # noqa: PLR2004 a digit
    known &= (minutes < 60) & (offset <= _WIDEST_OFFSET)  # noqa: PLR2004 minutes of an hour
    return np.where(letters[0] == ord("-"), -offset, offset), known


def _is(column: NDArray[np.uint8], marks: bytes) -> NDArray[np.bool_]:
    """Where a character is one of these."""
    found: NDArray[np.bool_] = column == marks[0]
    for mark in marks[1:]:
        found |= column == mark
    return found
