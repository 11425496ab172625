"""Values that wait for a person to say whether they are right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

# Beside each, what is stored for the same moment: there a person chooses between two values.
WAITING = text("""
SELECT h.upload_id, h.item, h.kind, h.measured_at, h.value, h.received_at, h.provenance, h.code, h.sentence,
       kept.value AS kept
FROM held h
LEFT JOIN LATERAL readings_of(h.patient_id, ARRAY[h.kind], h.measured_at, h.measured_at + interval '1 microsecond', 1)
    AS kept ON h.code = 'other_value_stored'
WHERE h.patient_id = :patient AND h.state = 'waiting'
ORDER BY h.measured_at DESC, h.upload_id, h.item, h.kind LIMIT :most""")
MOST = 200  # values of one patient


def waiting(session: Session, patient_id: int) -> Sequence[Any]:
    """A patient's, newest first; the values of a panel follow one another, with the same upload_id and item."""
    return session.execute(WAITING, {"patient": patient_id, "most": MOST}).all()
