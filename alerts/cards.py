"""Alerts as pages show them: the queue by patient, one alert, one patient's. Each in one query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.moments import SEVERITIES
from alerts.queue import STATE, STATES
from foundation.errors import Refused
from people import rights

MOST = 50  # patients on one page of the queue
LATELY = timedelta(days=28)  # how long a resolved alert can still be asked for on the queue
COUNTED = timedelta(days=90)  # in which an alert that comes again is said to
RESOLVED_SHOWN = 20  # on a record

# Without the evidence, which may hold hundreds of readings; only the kind at fault, for the small chart.
SHOWN = """a.patient_id, a.id, a.team_id, a.rule, a.version, a.severity, a.raised_at, a.raised_again_at,
    a.first_at, a.last_at, a.settled_at, a.withdrawn, a.acknowledged_at, a.claimed_at, a.claimed_by,
    a.resolved_at, a.outcome, a.sentence, a.changes, CAST(a.evidence ->> 'kind' AS int) AS kind"""
NAMES = """p.nhs_number, p.name, p.born, p.phone, t.name AS team,
    ack.name AS acknowledged_name, cl.name AS claimed_name, res.name AS resolved_name"""
JOINS = """JOIN patient p ON p.id = a.patient_id JOIN team t ON t.id = p.team_id
    LEFT JOIN staff ack ON ack.id = a.acknowledged_by LEFT JOIN staff cl ON cl.id = a.claimed_by
    LEFT JOIN staff res ON res.id = a.resolved_by"""

# Whose worst alert is worst, and among equals oldest, comes first; then all alerts of those who come first.
QUEUE = """
WITH wanted AS MATERIALIZED (SELECT a.patient_id, a.id, a.severity, a.raised_at FROM alert a WHERE {where}),
worst AS (SELECT DISTINCT ON (patient_id) patient_id, severity, raised_at FROM wanted
    ORDER BY patient_id, severity DESC, raised_at),
first AS (SELECT patient_id FROM worst ORDER BY severity DESC, raised_at, patient_id LIMIT :most)
SELECT {shown}, {state} AS state, {names}, (SELECT count(*) FROM wanted) AS matching
FROM first JOIN wanted w USING (patient_id)
JOIN alert a ON a.patient_id = w.patient_id AND a.id = w.id {joins}
ORDER BY a.severity DESC, a.raised_at, a.id"""
ONE = text(f"SELECT {SHOWN}, a.evidence, {STATE} AS state, {NAMES} FROM alert a {JOINS} WHERE a.id = :id")
OF_PATIENT = text(f"""
SELECT {SHOWN}, a.evidence, {STATE} AS state, {NAMES} FROM alert a {JOINS}
WHERE a.patient_id = :patient AND (a.resolved_at IS NULL OR a.resolved_at > :since)
ORDER BY (a.resolved_at IS NOT NULL), CASE WHEN a.resolved_at IS NULL THEN -a.severity END,
    coalesce(a.resolved_at, a.raised_at) DESC, a.id LIMIT :most""")
TIMELINES = text("""
SELECT e.alert_id, e.at, e.what, e.actor, e.detail, s.name FROM alert_event e
LEFT JOIN staff s ON e.actor = 'staff:' || s.id
WHERE e.patient_id = :patient AND e.alert_id = ANY(:alerts) ORDER BY e.id""")
TIMES = text("""
SELECT patient_id, rule, count(*) AS times FROM episode
WHERE patient_id = ANY(:patients) AND started_at > :since GROUP BY patient_id, rule""")

OPEN = text("""
SELECT patient_id, severity, count(*) AS alerts FROM alert
WHERE patient_id = ANY(:patients) AND resolved_at IS NULL GROUP BY patient_id, severity""")


def queue(
    session: Session,
    *,
    team: int | None,
    severity: str,
    state: str,
    claimed_by: int | None,
    at: datetime,
    most: int = MOST,
) -> tuple[Sequence[Any], int]:
    """The alerts of the `most` patients who come first, worst first, then oldest; and how many match in all.

    severity, state: as named in alerts.moments and alerts.queue; empty: any that is not resolved.
    """
    where, params = _where(team, severity, state, claimed_by, at)
    sql = QUEUE.format(where=where, shown=SHOWN, state=STATE, names=NAMES, joins=JOINS)
    rows = session.execute(text(sql), {**params, "most": most}).all()
    return rows, rows[0].matching if rows else 0


def one(session: Session, alert_id: UUID) -> Any:
    """One alert with its evidence, or the 404 that says nothing about whether it exists."""
    row = session.execute(ONE, {"id": alert_id}).first()
    if row is None:
        raise rights.not_found()
    return row


def of_patient(session: Session, patient_id: int, at: datetime) -> Sequence[Any]:
    """A patient's alerts with their evidence: unresolved first, worst leading; then the lately resolved."""
    asked = {"patient": patient_id, "since": at - COUNTED, "most": RESOLVED_SHOWN + 100}
    return session.execute(OF_PATIENT, asked).all()


def timelines(session: Session, patient_id: int, alerts: Iterable[UUID]) -> dict[UUID, list[Any]]:
    """What happened to each alert, oldest first: at, what, actor, detail, name."""
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in session.execute(TIMELINES, {"patient": patient_id, "alerts": list(alerts)}):
        found[row.alert_id].append(row)
    return found


def times_raised(session: Session, patients: Iterable[int], at: datetime) -> dict[tuple[int, str], int]:
    """How often each rule found each of these patients in breach in 90 days: (patient, rule) → times."""
    rows = session.execute(TIMES, {"patients": list(patients), "since": at - COUNTED})
    return {(row.patient_id, row.rule): row.times for row in rows}


def open_by_severity(session: Session, patients: Iterable[int]) -> dict[int, dict[int, int]]:
    """How many unresolved alerts of each severity these patients have: patient → severity → alerts."""
    found: dict[int, dict[int, int]] = defaultdict(dict)
    for row in session.execute(OPEN, {"patients": list(patients)}):
        found[row.patient_id][row.severity] = row.alerts
    return found


def _where(
    team: int | None, severity: str, state: str, claimed_by: int | None, at: datetime
) -> tuple[str, dict[str, Any]]:
    where = ["a.resolved_at IS NULL"]
    params: dict[str, Any] = {}
    if state:
        if state not in STATES:
            raise Refused("unknown_state", f"A state is one of: {', '.join(STATES)}.", field="/query/state")
        if state == "resolved":
            where, params["lately"] = ["a.resolved_at > :lately"], at - LATELY
        where.append(f"{STATE} = :state")
        params["state"] = state
    if severity:
        if severity not in SEVERITIES:
            raise Refused(
                "unknown_severity", f"A severity is one of: {', '.join(SEVERITIES)}.", field="/query/severity"
            )
        where.append("a.severity = :severity")
        params["severity"] = SEVERITIES[severity]
    if team is not None:
        where.append("a.team_id = :team")
        params["team"] = team
    if claimed_by is not None:
        where.append("a.claimed_by = :claimed_by")
        params["claimed_by"] = claimed_by
    return " AND ".join(where), params
