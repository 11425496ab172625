"""What is on record about a batch of patients before it is checked: alerts, episodes, bounds, enrolments, pauses."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np
import pandas as pd

from alerts import traits
from alerts.moments import EPOCH, NEVER, as_utc
from alerts.reconcile import Known, Recorded, Stretch
from foundation import arrays
from foundation.clock import LOCAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from alerts.history import Reader

TEAMS = "SELECT id, team_id FROM patient WHERE id = ANY(%s::bigint[])"
# Days as numbers: thousands of rows share a few of them, and each is turned into a moment once.
ENROLLED = """SELECT patient_id, pathway, started_on - DATE '1970-01-01' AS started, ended_on - DATE '1970-01-01' AS ended
FROM enrolment WHERE patient_id = ANY('{patients}'::bigint[])"""
# Most bounds are a pathway's, the same for thousands, and were never changed: those come once, with the list of whose they
# are; of the few that changed comes every row there was, since a moment is judged by those that held then.
HELD = """SELECT kind, red_low, amber_low, amber_high, red_high, source = 'person' AS by_person,
    array_send(array_agg(patient_id)) AS patient_id
FROM threshold WHERE replaced_at IS NULL AND patient_id = ANY('{patients}'::bigint[]) GROUP BY 1, 2, 3, 4, 5, 6"""
CHANGED = """SELECT patient_id, kind, red_low, amber_low, amber_high, red_high, source = 'person' AS by_person, set_at, replaced_at
FROM threshold WHERE patient_id = ANY('{patients}'::bigint[]) AND (patient_id, kind) IN (
    SELECT patient_id, kind FROM threshold WHERE replaced_at IS NOT NULL AND patient_id = ANY('{patients}'::bigint[]))
ORDER BY patient_id, kind, set_at DESC"""
PAUSES = "SELECT patient_id, starts_at, ends_at FROM pause WHERE patient_id = ANY('{patients}'::bigint[])"
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
    """What was found about a batch of patients so far."""

    alerts: dict[Key, list[Any]]  # rows, the unresolved one among them
    episodes: dict[Key, list[Any]]  # rows


@dataclass(frozen=True)
class Agreed:
    """What is agreed for a batch of patients."""

    bounds: (
        pd.DataFrame
    )  # patient_id, kind, the four, by_person, set_at (NaT: never changed), replaced_at; the newest first
    enrolled: pd.DataFrame  # patient_id, pathway, enrolled_at, ended_at
    pauses: pd.DataFrame  # patient_id, starts_at, ends_at
    traits: pd.DataFrame  # patient_id, name, value


def load(session: Session, since: Mapping[int, datetime]) -> OnRecord:
    """The alerts and episodes of these patients that bear on readings from their moment on."""
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
    return OnRecord(alerts, episodes)


def kept(record: OnRecord) -> pd.DataFrame:
    """The episodes on record: patient_id, rule, started_at, settled_at (NaT: not settled)."""
    told = [
        (row.patient_id, row.rule, row.started_at, row.settled_at)
        for found in record.episodes.values()
        for row in found
    ]
    frame = pd.DataFrame(told, columns=["patient_id", "rule", "started_at", "settled_at"])
    for name in ("started_at", "settled_at"):
        frame[name] = _utc(frame[name])
    return frame.astype({"patient_id": "int64", "rule": "object"})


def teams(session: Session, patients: Iterable[int]) -> dict[int, int]:
    """Whose patients they are."""
    found = session.connection().exec_driver_sql(TEAMS, (arrays.numbers(patients),))
    return dict(tuple(row) for row in found)


def agreed(reader: Reader, patients: Iterable[int]) -> Agreed:
    """Bounds, enrolments, pauses and traits of these patients."""
    everybody = arrays.numbers(patients)
    enrolled = reader.fetch(ENROLLED.format(patients=everybody))
    pauses = reader.fetch(PAUSES.format(patients=everybody))
    for name in ("starts_at", "ends_at"):
        pauses[name] = _utc(pauses[name])
    facts = reader.fetch(traits.CURRENT.replace("%s", f"'{everybody}'"))
    return Agreed(
        _bounds(reader, everybody),
        _enrolled(enrolled),
        pauses.astype({"patient_id": "int64"}),
        facts.astype({"patient_id": "int64", "value": "float64"}),
    )


def _bounds(reader: Reader, everybody: str) -> pd.DataFrame:
    held = pd.DataFrame(reader.table(HELD.format(patients=everybody)))
    held["set_at"] = held["replaced_at"] = as_utc(np.full(len(held), NEVER))
    changed = reader.fetch(CHANGED.format(patients=everybody)).astype(
        {"patient_id": "int64", "kind": "int16"}
    )
    if changed.empty:
        return held
    for name in ("set_at", "replaced_at"):
        changed[name] = _utc(changed[name])
    here, there = (pd.MultiIndex.from_frame(frame[["patient_id", "kind"]]) for frame in (held, changed))
    return pd.concat([held[~here.isin(there)], changed], ignore_index=True)


def _enrolled(frame: pd.DataFrame) -> pd.DataFrame:
    """Enrolments run from local midnight to local midnight."""
    return pd.DataFrame(
        {
            "patient_id": frame["patient_id"].astype("int64"),
            "pathway": frame["pathway"].astype("category"),  # held against a name by every rule of a pathway
            "enrolled_at": _midnights(frame["started"]),
            "ended_at": _midnights(frame["ended"]),
        }
    )


def _midnights(days: pd.Series[float]) -> pd.Series[pd.Timestamp]:
    """The local midnights at which days begin, counted from 1970; NaN is NaT."""
    place, distinct = pd.factorize(days)
    moments = [_midnight(EPOCH.date() + timedelta(days=int(day))) for day in distinct]
    begun = _utc(pd.Series([*moments, None]))  # place -1: none
    return begun.take(place).reset_index(drop=True)


@lru_cache(maxsize=4096)
def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), LOCAL).astimezone(UTC)


def _utc(moments: pd.Series[Any]) -> pd.Series[pd.Timestamp]:
    return pd.to_datetime(moments, utc=True).astype("datetime64[us, UTC]")


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
