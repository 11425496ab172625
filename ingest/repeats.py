"""The same kind at the same moment twice in one upload."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from itertools import chain

from ingest.judged import Duplicate, Held, Judged, Row

_Key = tuple[int, datetime]  # kind_id, measured_at

_TWO_VALUES = (
    "two_values_for_one_moment",
    "Another value of the same kind has the same time. Say which one is right.",
    "measured_at",
)


def within_upload(judged: Judged) -> Judged:
    """The first item of a kind and moment stays. The same value again is a duplicate, another value is held.

    A panel is one item: it is a duplicate when all its numbers are, and held when one of them differs.
    """
    held_rows = list(chain.from_iterable(held.rows for held in judged.held))
    keys: set[_Key] = set(zip(judged.kind_id, judged.measured_at, strict=True))
    keys.update(row[:2] for row in held_rows)
    if len(keys) == len(judged.kind_id) + len(held_rows):
        return judged
    return _sorted_out(judged)


def _sorted_out(judged: Judged) -> Judged:
    stored: defaultdict[int, list[Row]] = defaultdict(list)
    for index, *row in zip(*judged.columns(), strict=True):
        stored[index].append(Row(*row))
    waiting = {held.index: held for held in judged.held}

    said: dict[
        _Key, tuple[float, int]
    ] = {}  # the first value for a kind and moment, and the item that said it
    answer = Judged(rejected=judged.rejected)
    for index in sorted(stored.keys() | waiting.keys()):
        held = waiting.get(index)
        rows = held.rows if held is not None else stored[index]
        earlier = [said.get(row[:2]) for row in rows]
        new = [row for row, before in zip(rows, earlier, strict=True) if before is None]
        if any(
            before is not None and before[0] != row.value for row, before in zip(rows, earlier, strict=True)
        ):
            answer.held.append(held or Held(index, rows, *_TWO_VALUES))
            continue
        if not new:
            answer.duplicates.append(Duplicate(index, next(before[1] for before in earlier if before)))
            continue
        said.update({row[:2]: (row.value, index) for row in new})
        if held is not None:
            answer.held.append(held)
        else:
            _store(answer, index, new)
    return answer


def _store(judged: Judged, index: int, rows: list[Row]) -> None:
    for row in rows:
        for column, piece in zip(judged.columns(), (index, *row), strict=True):
            column.append(piece)
