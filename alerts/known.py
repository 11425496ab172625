"""What is on record about a batch of patients before it is checked: enrolments, bounds, pauses, alerts, episodes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pandas as pd

from alerts.reconcile import Known, Recorded, Stretch
from foundation import arrays
from foundation.clock import LOCAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.orm import Session

TEAMS = "SELECT id, team_id FROM patient WHERE id = ANY(%s::bigint[])"
ENROLLED = (
    "SELECT patient_id, pathway, started_on, ended_on FROM enrolment WHERE patient_id = ANY(%s::bigint[])"
)
PAUSES = "SELECT patient_id, starts_at, ends_at FROM pause WHERE patient_id = ANY(%s::bigint[])"
# Locked, so that what a person does to an alert and what a check does to it come one after the other.
ALERTS = "SELECT * FROM alert WHERE patient_id = ANY(%s::bigint[]) AND resolved_at IS NULL ORDER BY patient_id, id FOR UPDATE"
RESOLVED = (
    "SELECT * FROM alert WHERE patient_id = ANY(%s::bigint[]) AND id = ANY(%s) AND resolved_at IS NOT NULL"
)
# Of the stretch that is judged again, and of alerts that are still on the queue.
EPISODES = """SELECT e.* FROM episode e
JOIN unnest(%s::bigint[], %s::timestamptz[]) AS w (patient_id, since) ON w.patient_id = e.patient_id
LEFT JOIN alert a ON a.patient_id = e.patient_id AND a.id = e.alert_id AND a.resolved_at IS NULL
WHERE e.settled_at IS NULL OR e.settled_at >= w.since OR a.id IS NOT NULL"""

Key = tuple[int, str]  # patient_id, rule


@dataclass(frozen=True)
class OnRecord:
    """A batch of patients as they stand."""

    teams: dict[int, int]
    enrolled: pd.DataFrame  # patient_id, pathway, enrolled_at, ended_at
    pauses: pd.DataFrame  # patient_id, starts_at, ends_at
    alerts: dict[Key, list[Any]]  # rows, the unresolved one among them
    episodes: dict[Key, list[Any]]  # rows


def load(session: Session, since: Mapping[int, datetime]) -> OnRecord:
    """Everything on record about these patients that bears on readings from their moment on."""
    connection = session.connection()
    patients = sorted(since)
    everybody = arrays.numbers(patients)

    def rows(sql: str, *params: object) -> Sequence[Any]:
        return connection.exec_driver_sql(sql, (everybody, *params)).all()

    alerts: dict[Key, list[Any]] = defaultdict(list)
    for row in rows(ALERTS):
        alerts[row.patient_id, row.rule].append(row)
    episodes: dict[Key, list[Any]] = defaultdict(list)
    owners: set[UUID] = set()
    for row in rows(EPISODES, arrays.moments(since[patient] for patient in patients)):
        episodes[row.patient_id, row.rule].append(row)
        owners.add(row.alert_id)
    owners -= {row.id for found in alerts.values() for row in found}
    if owners:
        for row in rows(RESOLVED, list(owners)):
            alerts[row.patient_id, row.rule].append(row)
    return OnRecord(
        teams=dict(tuple(row) for row in rows(TEAMS)),
        enrolled=_enrolled(rows(ENROLLED)),
        pauses=_moments(rows(PAUSES), ["patient_id", "starts_at", "ends_at"]),
        alerts=alerts,
        episodes=episodes,
    )


def _enrolled(rows: Sequence[Any]) -> pd.DataFrame:
    """Enrolments run from local midnight to local midnight."""
    told = [
        (patient, pathway, _midnight(started), None if ended is None else _midnight(ended))
        for patient, pathway, started, ended in rows
    ]
    frame = pd.DataFrame(told, columns=["patient_id", "pathway", "enrolled_at", "ended_at"])
    for name in ("enrolled_at", "ended_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True).astype("datetime64[us, UTC]")
    return frame.astype({"patient_id": "int64"})


@lru_cache(maxsize=4096)
def _midnight(day: Any) -> datetime:
    return datetime.combine(day, time(), LOCAL).astimezone(UTC)


def _moments(rows: Sequence[Any], columns: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame([tuple(row) for row in rows], columns=columns)
    for name in columns[1:]:
        frame[name] = pd.to_datetime(frame[name], utc=True).astype("datetime64[us, UTC]")
    return frame.astype({"patient_id": "int64"})


def as_known(row: Any) -> Known:
    """An alert's row, as reconcile takes it."""
    return Known(
        id=row.id,
        severity=row.severity,
        first_at=row.first_at,
        last_at=row.last_at,
        settled_at=row.settled_at,
        withdrawn=row.withdrawn,
        acknowledged=row.acknowledged_at is not None,
        resolved=row.resolved_at is not None,
    )


def as_recorded(row: Any) -> Recorded:
    """An episode's row, as reconcile takes it."""
    return Recorded(
        Stretch(row.started_at, row.last_at, row.settled_at, row.severity, row.evidence_at), row.alert_id
    )
