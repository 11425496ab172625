"""The queue and single alerts, as queries give them: worst and oldest first."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from sqlalchemy import text

from alerts.moments import SEVERITIES, SEVERITY_NAMES
from foundation.errors import Refused
from people import rights

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

MOST = 1_000  # alerts a page of a list
STATES = ("raised", "acknowledged", "claimed", "resolved")

STATE = """CASE WHEN a.resolved_at IS NOT NULL THEN 'resolved' WHEN a.claimed_at IS NOT NULL THEN 'claimed'
    WHEN a.acknowledged_at IS NOT NULL THEN 'acknowledged' ELSE 'raised' END"""
LIST = f"""
SELECT a.*, {STATE} AS state, p.nhs_number, p.name AS patient_name, p.born, p.phone, t.name AS team,
       ack.name AS acknowledged_name, cl.name AS claimed_name, res.name AS resolved_name
FROM alert a JOIN patient p ON p.id = a.patient_id JOIN team t ON t.id = a.team_id
LEFT JOIN staff ack ON ack.id = a.acknowledged_by LEFT JOIN staff cl ON cl.id = a.claimed_by LEFT JOIN staff res ON res.id = a.resolved_by
"""
ORDER = " ORDER BY (a.resolved_at IS NOT NULL), a.severity DESC, a.raised_at, a.id LIMIT :most"
AFTER = """((a.resolved_at IS NOT NULL), -a.severity, a.raised_at, a.id)
    > (CAST(:done AS boolean), CAST(:rank AS int), CAST(:raised AS timestamptz), CAST(:last AS uuid))"""
COUNTS = text("SELECT severity, count(*) FROM alert WHERE resolved_at IS NULL GROUP BY severity")
TIMELINE = text("""SELECT e.at, e.what, e.actor, e.detail, s.name FROM alert_event e
    LEFT JOIN staff s ON e.actor = 'staff:' || s.id WHERE e.patient_id = :patient AND e.alert_id = :alert ORDER BY e.id""")
EPISODES = text("SELECT * FROM episode WHERE patient_id = :patient AND alert_id = :alert ORDER BY started_at")


class Filters(NamedTuple):
    """Which alerts are wanted; None: no matter."""

    state: str | None = None  # of STATES, or "unresolved"
    severity: str | None = None
    team: int | None = None
    assigned_to: int | None = None  # staff
    patient: str | None = None  # NHS number, ten digits
    patient_id: int | None = None


def page(
    session: Session, filters: Filters, limit: int, cursor: str | None = None
) -> tuple[Sequence[Any], str | None]:
    """Alerts that the viewer may see, unresolved first, worst first, then oldest; and the cursor of the next page."""
    limit = max(1, min(limit, MOST))
    where, params = _where(filters)
    if cursor:
        where.append(AFTER)
        params |= _opened(cursor)
    sql = LIST + (" WHERE " + " AND ".join(where) if where else "") + ORDER
    rows = session.execute(text(sql), {**params, "most": limit + 1}).all()
    more = len(rows) > limit
    return rows[:limit], _cursor(rows[limit - 1]) if more else None


def one(session: Session, alert_id: UUID) -> Any:
    """One alert, or the 404 that says nothing about whether it exists."""
    row = session.execute(text(LIST + " WHERE a.id = :id"), {"id": alert_id}).first()
    if row is None:
        raise rights.not_found()
    return row


def counts(session: Session) -> dict[str, int]:
    """Unresolved alerts of the viewer's teams, by severity."""
    return {SEVERITY_NAMES[severity]: count for severity, count in session.execute(COUNTS)}


def timeline(session: Session, row: Any) -> Sequence[Any]:
    """What happened to an alert, oldest first: at, what, actor, detail, name."""
    return session.execute(TIMELINE, {"patient": row.patient_id, "alert": row.id}).all()


def episodes(session: Session, row: Any) -> Sequence[Any]:
    """The episodes an alert rests on, oldest first."""
    return session.execute(EPISODES, {"patient": row.patient_id, "alert": row.id}).all()


def _where(filters: Filters) -> tuple[list[str], dict[str, Any]]:
    where: list[str] = []
    params: dict[str, Any] = {}
    if filters.state in ("unresolved", "open"):
        where.append("a.resolved_at IS NULL")
    elif filters.state is not None:
        if filters.state not in STATES:
            raise Refused(
                "unknown_state", f"A state is one of: {', '.join(STATES)}, unresolved.", field="/query/state"
            )
        where.append(f"{STATE} = :state")
        params["state"] = filters.state
        if filters.state != "resolved":
            where.append("a.resolved_at IS NULL")
    if filters.severity is not None:
        if filters.severity not in SEVERITIES:
            raise Refused(
                "unknown_severity", f"A severity is one of: {', '.join(SEVERITIES)}.", field="/query/severity"
            )
        where.append("a.severity = :severity")
        params["severity"] = SEVERITIES[filters.severity]
    for column, name in (
        ("a.team_id", "team"),
        ("a.claimed_by", "assigned_to"),
        ("p.nhs_number", "patient"),
        ("a.patient_id", "patient_id"),
    ):
        value = getattr(filters, name)
        if value is not None:
            where.append(f"{column} = :{name}")
            params[name] = value
    return where, params


def _cursor(row: Any) -> str:
    told = f"{row.resolved_at is not None}|{-row.severity}|{row.raised_at.isoformat()}|{row.id}"
    return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")


def _opened(cursor: str) -> dict[str, Any]:
    try:
        done, rank, raised, last = (
            base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split("|")
        )
        return {
            "done": done == "True",
            "rank": int(rank),
            "raised": datetime.fromisoformat(raised),
            "last": UUID(last),
        }
    except (ValueError, binascii.Error) as error:
        raise Refused(
            "cursor_not_understood",
            "Use the cursor as `next` gave it, or leave it out to begin again.",
            field="/query/cursor",
        ) from error
