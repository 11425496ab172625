"""Values that wait for a decision, as pages are told of them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any
from uuid import UUID

from dashboards.presenters.views import HeldSeen, KindSeen
from dashboards.seen.kinds import kind_of, provenance_of, value_words
from ingest.catalogue import PANELS, by_id
from people import rights

PRESSURE = KindSeen("blood_pressure", "Blood pressure", PANELS["blood_pressure"].unit)

# The sentence that was kept is the patient's. Staff decide, so they are told why it was kept apart.
REASONS = {
    "other_value_stored": "Another value came for the same moment.",
    "unusual_value": "Further out than is usual for anyone. The patient was asked to measure again.",
    "unusual_change": "Very different from what is usual for this patient. They were asked to measure again.",
    "wrong_unit_possible": "May be in another unit. The patient was asked to check it.",
    "pulse_pressure_unusual": "The two numbers are unusually close together or far apart. They were asked to measure again.",
}


def held_seen(rows: Iterable[Any]) -> tuple[HeldSeen, ...]:
    """The values of a panel together. rows: of `ingest.waiting`, in its order."""
    return tuple(_one(list(tied)) for _, tied in groupby(rows, key=lambda row: (row.upload_id, row.item)))


def _one(rows: list[Any]) -> HeldSeen:
    first = rows[0]
    values = {by_id(row.kind).name: row.value for row in rows}
    kept = {by_id(row.kind).name: row.kept for row in rows if row.kept is not None}
    return HeldSeen(
        id=f"{first.upload_id}-{first.item}",
        kind=PRESSURE if {"systolic", "diastolic"} <= values.keys() else kind_of(first.kind),
        at=first.measured_at,
        value=value_words(values),
        reason=REASONS.get(first.code, first.sentence),
        kept=value_words(kept) if kept else "",
        provenance=provenance_of(first.provenance),
        received_at=first.received_at,
    )


def parsed(held_id: str) -> tuple[UUID, int]:
    """The upload and the item that an id names; what names none is not found."""
    upload, _, item = held_id.rpartition("-")
    try:
        return UUID(upload), int(item)
    except ValueError:
        raise rights.not_found() from None
