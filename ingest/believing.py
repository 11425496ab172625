"""A repeat that says the same as an odd value before it is believed: that is what the patient was asked to measure it for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ingest.judged import Held, Judged, Row

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

ODD = frozenset(
    {"unusual_value", "unusual_change"}
)  # codes of a value that is odd, not of one that is disputed
SOON = timedelta(hours=1)  # a repeat, not another day's reading
NEAR = 0.1  # of the value: the two say the same

Waiting = tuple[int, "datetime", float]  # kind_id, measured_at, value


def believe_repeats(judged: Judged, waiting: Iterable[Waiting]) -> None:
    """Move held items to the rows to store where an odd value of the same kind within the hour before says the same.

    waiting: values of this patient that are held already. The first of two stays held, for a person to see.
    """
    known = list(waiting)
    still_held: list[Held] = []
    for held in sorted(judged.held, key=lambda one: min(row.measured_at for row in one.rows)):
        if (
            held.code in ODD
            and any(_says_the_same(row, known) for row in held.rows)
            and all(_not_against(row, known) for row in held.rows)
        ):
            for row in held.rows:
                _store(judged, held.index, row)
        else:
            still_held.append(held)
        if held.code in ODD:
            known += [(row.kind_id, row.measured_at, row.value) for row in held.rows]
    judged.held = still_held


def _says_the_same(row: Row, known: list[Waiting]) -> bool:
    return any(near for near in _comparisons(row, known))


def _not_against(row: Row, known: list[Waiting]) -> bool:
    found = list(_comparisons(row, known))
    return not found or any(found)


def _comparisons(row: Row, known: list[Waiting]) -> Iterable[bool]:
    """For each value of this kind within the hour before: whether it says the same."""
    for kind_id, measured_at, value in known:
        if kind_id == row.kind_id and timedelta() < row.measured_at - measured_at <= SOON:
            yield abs(row.value - value) <= NEAR * abs(row.value)


def _store(judged: Judged, index: int, row: Row) -> None:
    for column, value in zip(judged.columns(), (index, *row), strict=True):
        column.append(value)
