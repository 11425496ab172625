"""The last readings of many patients, and readings by their moment, by the database's checked path."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from ingest.catalogue import KINDS, by_id

OF_MANY = text("SELECT * FROM recent_of(:patients, CAST(:kinds AS smallint[]), :since)")
AT = text("""
SELECT r.kind, r.measured_at, r.value, r.provenance
FROM unnest(CAST(:kinds AS smallint[]), CAST(:moments AS timestamptz[])) AS w (kind, at)
CROSS JOIN LATERAL readings_of(:patient, ARRAY[w.kind], w.at, w.at + interval '1 microsecond', 1) AS r""")

Asked = tuple[str, datetime]  # name of the kind, measured_at


def of_many(
    session: Session, patients: Iterable[int], kinds: Iterable[int], since: datetime
) -> dict[tuple[int, int], list[Any]]:
    """Readings since a moment: (patient, kind) → measured_at and value, oldest first."""
    found: dict[tuple[int, int], list[Any]] = defaultdict(list)
    for row in session.execute(OF_MANY, {"patients": list(patients), "kinds": list(kinds), "since": since}):
        found[row.patient_id, row.kind].append(row)
    return found


def at_moments(session: Session, patient_id: int, asked: Sequence[Asked]) -> dict[Asked, Any]:
    """These readings as they stand now, where they are stored: value (None: retracted) and provenance."""
    if not asked:
        return {}
    told = {
        "patient": patient_id,
        "kinds": [KINDS[kind].id for kind, _ in asked],
        "moments": [at for _, at in asked],
    }
    return {(by_id(row.kind).name, row.measured_at): row for row in session.execute(AT, told)}
