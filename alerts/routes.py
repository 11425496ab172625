"""The doors for alerts: the queue, one alert with its evidence, and what people do to it. A route only translates."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from alerts import actions, queue
from alerts.moments import SEVERITY_NAMES
from foundation.clock import now
from foundation.database import transaction
from people import audit, rights
from people.nhs_number import parse
from people.signed_in import SignedInStaff

router = APIRouter(prefix="/api/v1", tags=["alerts"])


class Note(BaseModel):
    """What a person adds to what they do."""

    note: str = Field(default="", max_length=actions.LONGEST_NOTE)
    changes: int | None = Field(
        default=None,
        description="As the alert showed it; then it is refused (409) where it has changed since.",
    )


class Resolution(Note):
    """How an alert is closed."""

    outcome: str = Field(description=f"One of: {', '.join(actions.OUTCOMES)}.")


@router.get("/alerts")
def list_alerts(
    viewer: SignedInStaff,
    state: str | None = None,
    severity: str | None = None,
    team: int | None = None,
    assigned_to: int | None = None,
    patient: str | None = None,
    limit: Annotated[int, Query(ge=1, le=queue.MOST)] = 100,
    cursor: str | None = None,
) -> dict[str, Any]:
    """Alerts of the viewer's teams: unresolved first, worst first, then oldest."""
    rights.require(viewer, "alerts.see")
    filters = queue.Filters(state, severity, team, assigned_to, parse(patient) if patient else None)
    with transaction(viewer) as session:
        rows, following = queue.page(session, filters, limit, cursor)
        audit.record(
            session,
            "alerts.seen",
            by=viewer,
            at=now(),
            detail={"patients": sorted({row.patient_id for row in rows})},
        )
    return {"items": [shown(row) for row in rows], "next": following}


@router.get("/alerts/{alert_id}")
def get_alert(alert_id: UUID, viewer: SignedInStaff) -> dict[str, Any]:
    """One alert, with its evidence, its episodes and its timeline."""
    rights.require(viewer, "alerts.see")
    with transaction(viewer) as session:
        return whole(session, alert_id, viewer)


@router.post("/alerts/{alert_id}/acknowledge")
def acknowledge_alert(alert_id: UUID, viewer: SignedInStaff, note: Note | None = None) -> dict[str, Any]:
    """Say that a person has seen this alert. The first to do so is recorded; another gets 409."""
    note = note or Note()
    with transaction(viewer) as session:
        actions.acknowledge(session, alert_id, note=note.note, seen=note.changes, by=viewer, at=now())
        return whole(session, alert_id, viewer)


@router.post("/alerts/{alert_id}/claim")
def claim_alert(alert_id: UUID, viewer: SignedInStaff, note: Note | None = None) -> dict[str, Any]:
    """Take an alert on; another gets 409, unless their `changes` says that they saw it claimed: they take it over."""
    note = note or Note()
    with transaction(viewer) as session:
        actions.claim(session, alert_id, note=note.note, seen=note.changes, by=viewer, at=now())
        return whole(session, alert_id, viewer)


@router.post("/alerts/{alert_id}/note")
def note_alert(alert_id: UUID, viewer: SignedInStaff, note: Note) -> dict[str, Any]:
    """Write on an alert's timeline."""
    with transaction(viewer) as session:
        actions.note(session, alert_id, text_=note.note, by=viewer, at=now())
        return whole(session, alert_id, viewer)


@router.post("/alerts/{alert_id}/resolve")
def resolve_alert(alert_id: UUID, viewer: SignedInStaff, resolution: Resolution) -> dict[str, Any]:
    """Close an alert with its outcome; the only way off the queue."""
    with transaction(viewer) as session:
        actions.resolve(
            session,
            alert_id,
            outcome=resolution.outcome,
            note=resolution.note,
            seen=resolution.changes,
            by=viewer,
            at=now(),
        )
        return whole(session, alert_id, viewer)


def whole(session: Any, alert_id: UUID, viewer: Any) -> dict[str, Any]:
    """An alert alone; that it was looked at is on record."""
    row = queue.one(session, alert_id)
    audit.record(
        session, "alert.seen", by=viewer, at=now(), patient_id=row.patient_id, about=f"alert:{alert_id}"
    )
    return {
        **shown(row),
        "evidence": row.evidence,
        "episodes": [
            {"started_at": e.started_at, "last_at": e.last_at, "settled_at": e.settled_at, "severity": SEVERITY_NAMES[e.severity],
             "moments": e.moments, "figure": e.figure, "bound": e.bound, "confirmed": e.confirmed}
            for e in queue.episodes(session, row)
        ],
        "timeline": [
            {"at": e.at, "what": e.what, "by": e.name or e.actor, **({"detail": e.detail} if e.detail else {})}
            for e in queue.timeline(session, row)
        ],
    }  # fmt: skip


def shown(row: Any) -> dict[str, Any]:
    """An alert in a list."""
    return {
        "id": row.id, "patient": row.nhs_number, "team": row.team_id, "rule": row.rule, "version": row.version,
        "severity": SEVERITY_NAMES[row.severity], "state": row.state, "raised_at": row.raised_at,
        "raised_again_at": row.raised_again_at, "first_at": row.first_at, "last_at": row.last_at, "settled_at": row.settled_at,
        "withdrawn": row.withdrawn, "acknowledged_by": row.acknowledged_name, "acknowledged_at": row.acknowledged_at,
        "assigned_to": row.claimed_name, "resolved_by": row.resolved_name, "resolved_at": row.resolved_at, "outcome": row.outcome,
        "sentence": row.sentence, "changes": row.changes,
    }  # fmt: skip
