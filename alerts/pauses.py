"""Pauses: dated stops of the missing-reading checks, as pages ask for them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

NOW = text("""
SELECT DISTINCT ON (patient_id) patient_id, ends_at, reason FROM pause
WHERE patient_id = ANY(:patients) AND starts_at <= :at AND ends_at > :at ORDER BY patient_id, ends_at DESC""")


def in_force(session: Session, patients: Iterable[int], at: datetime) -> dict[int, Any]:
    """The pause that each of these patients is in: ends_at, reason."""
    return {row.patient_id: row for row in session.execute(NOW, {"patients": list(patients), "at": at})}
