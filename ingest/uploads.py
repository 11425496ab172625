"""Uploads looked back at: when something last came, and what the sender was told."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

LAST = text("""
SELECT w.patient_id, u.received_at FROM unnest(CAST(:patients AS bigint[])) AS w (patient_id)
CROSS JOIN LATERAL (SELECT received_at FROM upload u WHERE u.patient_id = w.patient_id AND u.stored > 0
                    ORDER BY received_at DESC LIMIT 1) AS u""")
TOLD = text("""
SELECT body, answer FROM upload
WHERE patient_id = :patient AND channel = 'page' AND received_at > :since AND (CAST(:id AS uuid) IS NULL OR id = :id)
ORDER BY received_at DESC LIMIT 1""")


class Told(NamedTuple):
    """One item of an upload as it was sent, and what was said to it."""

    item: dict[str, Any]  # as in the request: kind, value, unit, measured_at
    result: dict[str, Any]  # as in the answer: verdict, reason, detail, level, meaning


def last_stored(session: Session, patients: Iterable[int]) -> dict[int, datetime]:
    """When something that was stored last came from each of these patients."""
    return {row.patient_id: row.received_at for row in session.execute(LAST, {"patients": list(patients)})}


def told_on_page(
    session: Session, patient_id: int, since: datetime, upload_id: UUID | None = None
) -> list[Told]:
    """What a patient sent from the page and was told: one upload, or else the last one since then; none: empty."""
    row = session.execute(TOLD, {"patient": patient_id, "since": since, "id": upload_id}).first()
    if row is None:
        return []
    sent = json.loads(zlib.decompress(row.body)).get("readings", [])
    results = json.loads(zlib.decompress(row.answer)).get("results", [])
    return [Told(sent[one["index"]], one) for one in results]
