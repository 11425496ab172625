"""Readings and thresholds as charts are told of them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from alerts.pathways import Packs
from dashboards.presenters import words
from dashboards.presenters.views import Bounds, KindSeen, Point, Series
from dashboards.seen.kinds import kind_of, provenance_of
from dashboards.seen.people import pathway_name
from ingest.items import PROVENANCE_CODES

LATE = timedelta(hours=24)
SPARK_MOST = 60  # points in a chart the size of a word; a sensor sends a hundred a day
FROM_FILE = PROVENANCE_CODES["file_import"]  # a file comes long after it was measured: that says nothing
PERSON = "person"  # the source of what a person set
LABEL = re.compile(r"(\w+)@\d+")  # the pathways in "copd@1+heart_failure@2"


def points(rows: Iterable[Any], waiting: Iterable[Any] = ()) -> dict[int, tuple[Point, ...]]:
    """Readings by kind, oldest first.

    rows: of `readings_of`; waiting: values that wait for a person: not confirmed, shown where none is stored.
    """
    found: dict[int, list[Point]] = defaultdict(list)
    for row in rows:
        late = row.received_at - row.measured_at > LATE and row.provenance != FROM_FILE
        found[row.kind].append(
            Point(
                row.measured_at,
                row.value,
                provenance_of(row.provenance),
                corrected=row.revision > 0,
                received_at=row.received_at,
                late=late,
            )
        )
    taken = {(kind, point.at) for kind, own in found.items() for point in own}
    for row in waiting:
        if (row.kind, row.measured_at) not in taken:
            found[row.kind].append(
                Point(
                    row.measured_at,
                    row.value,
                    provenance_of(row.provenance),
                    confirmed=False,
                    received_at=row.received_at,
                )
            )
    return {kind: tuple(sorted(own, key=lambda point: point.at)) for kind, own in found.items()}


def bounds(rows: Sequence[Any], packs: Packs) -> dict[int, tuple[Bounds, ...]]:
    """Thresholds by kind as steps over time, oldest first. rows: of `thresholds.steps`, in order of time."""
    found: dict[int, list[Bounds]] = defaultdict(list)
    ends: dict[int, datetime | None] = {}
    for row in rows:
        before = ends.get(row.kind)
        if before is not None and before < row.set_at:
            found[row.kind].append(Bounds(before))
        found[row.kind].append(
            Bounds(row.set_at, row.red_low, row.amber_low, row.amber_high, row.red_high, _set_by(row, packs))
        )
        ends[row.kind] = row.replaced_at
    for kind, end in ends.items():
        if end is not None:
            found[kind].append(Bounds(end))
    return {kind: tuple(own) for kind, own in found.items()}


def series(
    found: Mapping[int, tuple[Point, ...]],
    thresholds: Mapping[int, tuple[Bounds, ...]],
    before: Mapping[int, float] | None = None,
    *,
    to_patient: bool = False,
) -> tuple[Series, ...]:
    """A series for each kind that has readings or thresholds, in the catalogue's order.

    before: the mean of the 30 days before the window, by kind.
    """
    usual = before or {}
    kinds = sorted(found if to_patient else {*found, *thresholds})
    return tuple(
        Series(
            kind_of(kind, to_patient=to_patient),
            found.get(kind, ()),
            thresholds.get(kind, ()),
            (usual[kind],) if kind in usual else (),
        )
        for kind in kinds
    )


def spark(kind: KindSeen, rows: Sequence[Any], current: Any) -> Series:
    """A small chart's series. rows: measured_at, value, oldest first; current: the bounds, or None."""
    four = (
        ()
        if current is None
        else (
            Bounds(current.set_at, current.red_low, current.amber_low, current.amber_high, current.red_high),
        )
    )
    return Series(kind, tuple(Point(row.measured_at, row.value) for row in thinned(rows, SPARK_MOST)), four)


def thinned(rows: Sequence[Any], most: int) -> Sequence[Any]:
    """At most so many rows, with every peak and trough: of each stretch its lowest and its highest."""
    if len(rows) <= most:
        return rows
    stretch = -(-len(rows) * 2 // most)
    kept: list[Any] = []
    for start in range(0, len(rows), stretch):
        own = rows[start : start + stretch]
        low, high = min(own, key=lambda row: row.value), max(own, key=lambda row: row.value)
        kept += [low] if low is high else sorted((low, high), key=lambda row: row.measured_at)
    return kept


def _set_by(row: Any, packs: Packs) -> str:
    if row.set_by_name is not None and row.source == PERSON:
        return f"{row.set_by_name}, {words.full_date(words.local(row.set_at).date())}"
    return pathway_words(row.source, packs)


def pathway_words(source: str, packs: Packs) -> str:
    """COPD and Heart failure pathways; nothing where they come from none. source: "copd@1+heart_failure@2"."""
    names = [pathway_name(packs, name) for name in LABEL.findall(source)]
    return f"{words.listed(names)} pathway{'s' if len(names) > 1 else ''}" if names else ""
