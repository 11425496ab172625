"""A repeat that says the same as an odd value before it is believed: that is what the patient was asked to measure it for.

Whether one is believed follows from the odd values that came, and not from their order: another one can only make
more of them believed, never fewer.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ODD = frozenset(
    {"unusual_value", "unusual_change"}
)  # codes of a value that is odd, not of one that is disputed
SOON = timedelta(hours=1)  # a repeat, not another day's reading
NEAR = 0.1  # of the value: the two say the same


class Value(NamedTuple):
    """One value of an odd item."""

    kind_id: int
    measured_at: datetime
    value: float


Item = tuple[Value, ...]  # what was measured together: one value, or a panel's


class Said:
    """The odd items of one patient, to ask which of them are believed."""

    def __init__(self, items: Iterable[Item]) -> None:
        said: defaultdict[int, list[tuple[datetime, Item]]] = defaultdict(list)
        for item in items:
            for one in item:
                said[one.kind_id].append((one.measured_at, item))
        self._said = {kind: sorted(its, key=lambda one: one[0]) for kind, its in said.items()}

    def believed(self, item: Item) -> bool:
        """Whether an item measured within the hour before says the same."""
        return any(
            _same(item, before)
            for one in item
            for before in self._within_the_hour_before(one.kind_id, one.measured_at)
        )

    def _within_the_hour_before(self, kind_id: int, at: datetime) -> Iterable[Item]:
        """The nearest first, so that among many of a sensor's the first one looked at is likely to say the same."""
        its = self._said.get(kind_id, [])
        first = bisect_left(its, at - SOON, key=lambda one: one[0])
        last = bisect_left(its, at, key=lambda one: one[0])
        return (its[place][1] for place in range(last - 1, first - 1, -1))


def _same(item: Item, before: Item) -> bool:
    """Whether two items say the same of every kind that they have in common."""
    told: dict[int, float] = {one.kind_id: one.value for one in before}
    common = [(one.value, told[one.kind_id]) for one in item if one.kind_id in told]
    return bool(common) and all(abs(value - other) <= NEAR * abs(value) for value, other in common)


def spans(moments: Sequence[datetime]) -> list[tuple[datetime, datetime]]:
    """The stretches in which something can speak for a value of one of these moments, or be spoken for by it."""
    found: list[tuple[datetime, datetime]] = []
    for at in sorted(moments):
        if found and at - SOON <= found[-1][1]:
            found[-1] = (found[-1][0], at + SOON)
        else:
            found.append((at - SOON, at + SOON))
    return found
