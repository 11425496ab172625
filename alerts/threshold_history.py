"""The bounds of patients as they were over time, for charts and pages: who set them, when and why, and what is overdue."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

FOUR = "h.red_low, h.amber_low, h.amber_high, h.red_high"
STEPS = text(f"""
SELECT h.kind, h.set_at, h.replaced_at, {FOUR}, h.source, h.reason, h.review_on, s.name AS set_by_name
FROM threshold h LEFT JOIN staff s ON s.id = h.set_by
WHERE h.patient_id = :patient ORDER BY h.kind, h.set_at""")
NOW = text(f"""
SELECT h.patient_id, h.kind, h.set_at, {FOUR} FROM threshold h
WHERE h.patient_id = ANY(:patients) AND h.kind = ANY(:kinds) AND h.replaced_at IS NULL""")


def steps(session: Session, patient_id: int) -> Sequence[Any]:
    """Every set of bounds a patient ever had, in order.

    kind, set_at, replaced_at, the four, source, reason, review_on, set_by_name.
    """
    return session.execute(STEPS, {"patient": patient_id}).all()


def in_force(session: Session, patients: Iterable[int], kinds: Iterable[int]) -> dict[tuple[int, int], Any]:
    """The bounds that these patients have now: (patient, kind) → set_at and the four."""
    rows = session.execute(NOW, {"patients": list(patients), "kinds": list(kinds)})
    return {(row.patient_id, row.kind): row for row in rows}
