"""Who is unprotected: patients whom no alert would tell of, and alerts that nobody would see.

Five questions, each answered with how many there are and the first of them by name, among the patients whom the viewer
may see. What is said of teams where nobody can act are numbers alone: whoever is in no such team sees none of its patients.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from alerts import thresholds
from alerts.rules import EVERY
from alerts.trends import ASKED, EVERYONE, Cohort, expectations, schedules
from ingest.catalogue import KINDS, by_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from alerts.pathways import Packs
    from alerts.rules import RuleSpec

LATELY = 28  # days within which a kind counts as sent
LONG = timedelta(days=28)  # a pause that has lasted longer is looked at again
MOST = 200  # patients named under one question

# A rule for everyone looks at a kind only where there are bounds for it, and so do limits on a pathway.
UNCHECKED = text("""
WITH rules AS (SELECT * FROM unnest(CAST(:pathways AS text[]), CAST(:kinds AS smallint[]), CAST(:bounded AS boolean[]))
    AS w (pathway, kind, bounded)),
looked_at AS (
    SELECT e.patient_id, w.kind FROM enrolment e JOIN rules w ON w.pathway = e.pathway AND NOT w.bounded
    WHERE e.started_on <= :today AND (e.ended_on IS NULL OR e.ended_on >= :today)
    UNION
    SELECT t.patient_id, t.kind FROM threshold t WHERE t.replaced_at IS NULL
      AND num_nonnulls(t.red_low, t.amber_low, t.amber_high, t.red_high) > 0
      AND (t.kind IN (SELECT kind FROM rules WHERE pathway = :every)
        OR EXISTS (SELECT 1 FROM enrolment e JOIN rules w ON w.pathway = e.pathway AND w.bounded AND w.kind = t.kind
                   WHERE e.patient_id = t.patient_id AND e.started_on <= :today
                     AND (e.ended_on IS NULL OR e.ended_on >= :today))))
SELECT p.id AS patient_id, p.nhs_number, p.name, array_agg(r.kind ORDER BY r.kind) AS kinds, count(*) OVER () AS matching
FROM rollup_recent r JOIN patient p ON p.id = r.patient_id
LEFT JOIN looked_at l ON l.patient_id = r.patient_id AND l.kind = r.kind
WHERE r.last_day > CAST(:today AS date) - :lately AND l.patient_id IS NULL
  AND (CAST(:team AS int) IS NULL OR p.team_id = :team)
GROUP BY p.id, p.nhs_number, p.name ORDER BY p.name, p.id LIMIT :most""")
PAUSED = text("""
SELECT z.patient_id, z.starts_at, z.ends_at, z.reason, p.nhs_number, p.name
FROM pause z JOIN patient p ON p.id = z.patient_id
WHERE z.starts_at <= :at AND (CAST(:team AS int) IS NULL OR p.team_id = :team)
  AND z.patient_id IN (SELECT n.patient_id FROM pause n WHERE n.starts_at <= :at AND n.ends_at > :at)
ORDER BY z.patient_id, z.starts_at""")
TEAMS = text(
    "SELECT * FROM teams_without_anybody() WHERE alerts > 0 OR patients > 0 ORDER BY alerts DESC, name"
)
NEVER = text(f"""
WITH cohort {EVERYONE}, {ASKED},
never AS (
    SELECT x.patient_id, k.kind, x.every OR x.needs = count(*) OVER (PARTITION BY x.patient_id, x.id) AS missing
    FROM expected x JOIN parts k USING (id)
    LEFT JOIN rollup_recent r ON r.patient_id = x.patient_id AND r.kind = k.kind AND r.last_day > CAST(:last AS date) - {LATELY}
    WHERE x.days <> 0 AND r.patient_id IS NULL),
missing AS (SELECT patient_id, kind FROM never WHERE missing)
SELECT p.id AS patient_id, p.nhs_number, p.name, array_agg(DISTINCT m.kind ORDER BY m.kind) AS kinds, count(*) OVER () AS matching
FROM missing m JOIN patient p ON p.id = m.patient_id
GROUP BY p.id, p.nhs_number, p.name ORDER BY p.name, p.id LIMIT :most""")


@dataclass(frozen=True)
class Unprotected:
    """One patient, and what it is about: names of kinds or of traits."""

    patient_id: int
    nhs_number: str
    name: str
    about: tuple[str, ...]  # names of kinds (ingest.catalogue) and of traits
    since: datetime | None = None  # of a pause: since when
    until: datetime | None = None
    due: date | None = None  # of a review: the day of the longest overdue
    reason: str = ""


@dataclass(frozen=True)
class Found:
    """How many patients, and the first of them."""

    count: int
    patients: tuple[Unprotected, ...]


@dataclass(frozen=True)
class TeamAlone:
    """A team where nobody can act on an alert."""

    team_id: int
    name: str
    alerts: int
    patients: int


def unchecked(session: Session, active: Iterable[RuleSpec], team: int | None, today: date) -> Found:
    """Patients who send a kind at which no active rule looks for them."""
    covers = [
        (spec.pathway, KINDS[kind].id, spec.type == "limits")
        for spec in active
        if spec.schedule is None
        for kind in spec.kinds
    ]
    told = {
        "pathways": [one[0] for one in covers], "kinds": [one[1] for one in covers], "bounded": [one[2] for one in covers],
        "every": EVERY, "today": today, "lately": LATELY, "team": team, "most": MOST,
    }  # fmt: skip
    return _found(session.execute(UNCHECKED, told).all())


def past_review(session: Session, teams: Iterable[int], today: date) -> Found:
    """Patients with bounds or traits that should have been looked at again before today."""
    by_patient: dict[int, list[Any]] = {}
    for team in teams:
        for row in thresholds.past_review(session, team, today):
            by_patient.setdefault(row.patient_id, []).append(row)
    patients = [
        Unprotected(
            patient_id,
            rows[0].nhs_number,
            rows[0].name,
            tuple(row.trait if row.kind is None else by_id(row.kind).name for row in rows),
            due=min(row.review_on for row in rows),
        )
        for patient_id, rows in by_patient.items()
    ]
    patients.sort(key=lambda one: (one.due, one.patient_id))
    return Found(len(patients), tuple(patients[:MOST]))


def long_paused(session: Session, team: int | None, at: datetime) -> Found:
    """Patients whose missing readings have raised nothing for more than 28 days; pauses that meet count as one."""
    by_patient: dict[int, list[Any]] = {}
    for row in session.execute(PAUSED, {"at": at, "team": team}):
        by_patient.setdefault(row.patient_id, []).append(row)
    patients = []
    for patient_id, rows in by_patient.items():
        since, until, last = paused_since([(row.starts_at, row.ends_at) for row in rows], at)
        if since is not None and at - since > LONG:
            row = rows[last]
            patients.append(
                Unprotected(patient_id, row.nhs_number, row.name, (), since, until, reason=row.reason)
            )
    patients.sort(key=lambda one: (one.since or at, one.patient_id))
    return Found(len(patients), tuple(patients[:MOST]))


def paused_since(
    pauses: Sequence[tuple[datetime, datetime]], at: datetime
) -> tuple[datetime | None, datetime | None, int]:
    """Since when and until when somebody is paused without a gap, and which pause lasts longest; none: not paused at all.

    pauses: starts and ends, by their starts, none later than `at`.
    """
    since: datetime | None = None
    until: datetime | None = None
    last = -1
    for place, (starts, ends) in enumerate(pauses):
        if until is None or starts > until:
            since, until, last = starts, ends, place
        elif ends > until:
            until, last = ends, place
    if until is None or until <= at:
        return None, None, -1
    return since, until, last


def teams_alone(session: Session) -> tuple[TeamAlone, ...]:
    """Teams with patients or open alerts, and nobody who can act on them; of the whole service, in numbers."""
    rows = session.execute(TEAMS)
    return tuple(TeamAlone(row.team_id, row.name, row.alerts, row.patients) for row in rows)


def never_sent(session: Session, packs: Packs, team: int | None, today: date) -> Found:
    """Patients of whom a kind is expected and has not come in 28 days, or since they were enrolled.

    A kind counts as expected once a whole day has gone by on which a schedule asked for it, pauses aside.
    """
    told = {**Cohort(today, team).told, **schedules(expectations(packs), today), "most": MOST}
    return _found(session.execute(NEVER, told).all())


def _found(rows: Sequence[Any]) -> Found:
    patients = tuple(
        Unprotected(row.patient_id, row.nhs_number, row.name, tuple(by_id(kind).name for kind in row.kinds))
        for row in rows
    )
    return Found(rows[0].matching if rows else 0, patients)
