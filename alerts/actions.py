"""What people do to alerts. Each verb takes `by`, leaves its audit row and its line on the timeline, and wins or says who did."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from foundation.errors import Refused
from people import audit, rights

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from people.viewer import Viewer

# What resolving came to (clinical notes, 2.3).
OUTCOMES = {
    "advice_given": "Advice given",
    "medication_changed": "Medication changed",
    "technique_error": "Measured wrongly",
    "seen_by_gp": "GP to see",
    "sent_to_hospital": "Sent to hospital",
    "no_action_needed": "No action needed",
    "false_alert": "False alert",
}
LONGEST_NOTE = 2_000  # characters

FIND = text(
    "SELECT patient_id, acknowledged_by, claimed_by, resolved_by, resolved_at, changes FROM alert WHERE id = :id"
)
NAME = text("SELECT name FROM staff WHERE id = :id")
EVENT = text("""INSERT INTO alert_event (patient_id, alert_id, at, what, actor, detail)
    VALUES (:patient, :id, :at, :what, :actor, CAST(:detail AS jsonb))""")
# `seen`: the count of changes that the person's page showed; none told, none compared.
ACKNOWLEDGE = """UPDATE alert SET acknowledged_at = :at, acknowledged_by = :by, changes = changes + 1
    WHERE id = :id AND acknowledged_at IS NULL AND resolved_at IS NULL AND changes = coalesce(:seen, changes) RETURNING patient_id"""
CLAIM = """UPDATE alert SET claimed_at = :at, claimed_by = :by, changes = changes + 1,
    acknowledged_at = coalesce(acknowledged_at, :at), acknowledged_by = coalesce(acknowledged_by, :by)
    WHERE id = :id AND claimed_at IS NULL AND resolved_at IS NULL AND changes = coalesce(:seen, changes) RETURNING patient_id"""
TAKE_OVER = """UPDATE alert SET claimed_at = :at, claimed_by = :by, changes = changes + 1
    WHERE id = :id AND claimed_by <> :by AND resolved_at IS NULL AND changes = :seen RETURNING patient_id"""
RESOLVE = """UPDATE alert SET resolved_at = :at, resolved_by = :by, outcome = :outcome, changes = changes + 1,
    acknowledged_at = coalesce(acknowledged_at, :at), acknowledged_by = coalesce(acknowledged_by, :by)
    WHERE id = :id AND resolved_at IS NULL AND changes = coalesce(:seen, changes) RETURNING patient_id"""


def acknowledge(
    session: Session, alert_id: UUID, *, by: Viewer, at: datetime, note: str = "", seen: int | None = None
) -> None:
    """Say that a person has seen this alert. The first to do so is recorded."""
    rights.require(by, "alerts.act")
    patient = _take(session, ACKNOWLEDGE, alert_id, {"at": at, "by": by.id, "seen": seen}, "acknowledged_by")
    _told(session, patient, alert_id, "acknowledged", by, at, note)


def claim(
    session: Session, alert_id: UUID, *, by: Viewer, at: datetime, note: str = "", seen: int | None = None
) -> None:
    """Take an alert on, so that others need not; it is acknowledged by that.

    From somebody who has gone home it can be taken over, by who says that they saw it claimed: `seen` counts that claim.
    """
    rights.require(by, "alerts.act")
    row = session.execute(FIND, {"id": alert_id}).first()
    over = row is not None and row.claimed_by not in (None, by.id) and row.changes == seen
    sql, what = (TAKE_OVER, "taken_over") if over else (CLAIM, "claimed")
    patient = _take(session, sql, alert_id, {"at": at, "by": by.id, "seen": seen}, "claimed_by")
    _told(session, patient, alert_id, what, by, at, note)


def resolve(
    session: Session,
    alert_id: UUID,
    *,
    outcome: str,
    by: Viewer,
    at: datetime,
    note: str = "",
    seen: int | None = None,
) -> None:
    """Close an alert with what it came to. Only this takes it off the queue."""
    rights.require(by, "alerts.act")
    if outcome not in OUTCOMES:
        raise Refused(
            "unknown_outcome", f"Say what it came to, one of: {', '.join(OUTCOMES)}.", field="/outcome"
        )
    patient = _take(
        session, RESOLVE, alert_id, {"at": at, "by": by.id, "seen": seen, "outcome": outcome}, "resolved_by"
    )
    _told(session, patient, alert_id, "resolved", by, at, note, outcome=outcome)


def note(session: Session, alert_id: UUID, *, text_: str, by: Viewer, at: datetime) -> None:
    """Write on an alert's timeline. Nobody's work is taken by that, so nothing is compared."""
    rights.require(by, "alerts.note")
    if not text_.strip():
        raise Refused("note_missing", "Write a few words first.", field="/note")
    row = session.execute(FIND, {"id": alert_id}).first()
    if row is None:
        raise rights.not_found()
    _told(session, row.patient_id, alert_id, "note", by, at, text_)


def _take(session: Session, sql: str, alert_id: UUID, params: dict[str, Any], holder: str) -> int:
    """Change the alert if it is still as it must be; exactly one of any number of people does."""
    patient: int | None = session.execute(text(sql), {"id": alert_id, **params}).scalar_one_or_none()
    if patient is not None:
        return patient
    row = session.execute(FIND, {"id": alert_id}).first()
    if row is None:
        raise rights.not_found()
    if row.resolved_at is not None:
        raise Refused(
            "already_resolved",
            f"{_name(session, row.resolved_by)} resolved this already. Reload to see how.",
            status=409,
        )
    if getattr(row, holder) is not None:
        raise Refused(
            "already_taken",
            f"{_name(session, getattr(row, holder))} took this while you were looking. Reload to see it.",
            status=409,
        )
    raise Refused(
        "changed_meanwhile",
        "This alert changed while you were looking. Reload, look again, and then act.",
        status=409,
    )


def _name(session: Session, staff_id: int | None) -> str:
    return session.execute(NAME, {"id": staff_id}).scalar_one_or_none() or "Someone else"


def _told(
    session: Session,
    patient: int,
    alert_id: UUID,
    what: str,
    by: Viewer,
    at: datetime,
    words: str,
    *,
    outcome: str | None = None,
) -> None:
    if len(words) > LONGEST_NOTE:
        raise Refused("note_too_long", f"A note has at most {LONGEST_NOTE} characters.", field="/note")
    detail = {name: value for name, value in (("note", words.strip()), ("outcome", outcome)) if value}
    session.execute(
        EVENT,
        {
            "patient": patient,
            "id": alert_id,
            "at": at,
            "what": what,
            "actor": by.actor,
            "detail": json.dumps(detail) if detail else None,
        },
    )
    audit.record(
        session,
        f"alert.{what}",
        by=by,
        at=at,
        patient_id=patient,
        about=f"alert:{alert_id}",
        detail={"outcome": outcome} if outcome else None,
    )
    session.execute(
        text("SELECT pg_notify('alert', (SELECT team_id || ':' || id FROM alert WHERE id = :id))"),
        {"id": alert_id},
    )
