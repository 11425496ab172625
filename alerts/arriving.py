"""Patients who wait to be checked again although nothing of theirs came: what is agreed for them has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from ingest.tables import BUCKETS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

ADD = text("""INSERT INTO arrival (patient_id, bucket, measured_from, received_at)
    SELECT p, p % :buckets, :at, :at FROM unnest(CAST(:patients AS bigint[])) AS p""")


def check_again(session: Session, patients: Sequence[int], at: datetime) -> None:
    """Have these patients judged again from `at` on: what is agreed holds from then, and says nothing of before."""
    if patients:
        session.execute(ADD, {"patients": list(patients), "buckets": BUCKETS, "at": at})
        session.execute(text("SELECT pg_notify('arrival', '')"))
