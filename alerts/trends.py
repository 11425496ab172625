"""The cohort as a coordinator needs it: who drifts, who stopped sending, how much of what is due comes.

Everything is read from `rollup_recent`, one row for each kind of each patient, in a fixed number of statements.

drift       the mean of a kind's last 7 days against the 28 before them, up to its own last day (which lies in the last
            7 days), counted in the patient's own spread of those 28 days, in the direction that harms.
adherence   of the last 28 whole local days, those on which a schedule asked for something, within the enrolment and
            untouched by a pause, are expected; those of them on which all came that it asks for (or any, where any
            will do) are received. A day with three slots is one day.
stopped     nothing of any kind came on the last two or more days that were asked for, today aside.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.pathways import Expectation, Packs
from ingest.catalogue import KINDS

DAYS = 28  # of adherence
DRIFTS = 1.0  # own spreads from which it is drift
HIGH_HARMS, LOW_HARMS, BOTH_HARM = 1, -1, 0

# The direction in which a change is for the worse [P]. What has set answers has no mean, so it is not here.
HARMS = {
    "systolic": HIGH_HARMS,
    "diastolic": HIGH_HARMS,
    "heart_rate": BOTH_HARM,
    "oxygen_saturation": LOW_HARMS,
    "respiratory_rate": HIGH_HARMS,
    "body_temperature": HIGH_HARMS,
    "body_weight": BOTH_HARM,  # water, or wasting
    "glucose": BOTH_HARM,
    "interstitial_glucose": BOTH_HARM,
    "peak_flow": LOW_HARMS,
    "fev1": LOW_HARMS,
    "supplemental_oxygen": HIGH_HARMS,
    "cat_score": HIGH_HARMS,
    "mrc_dyspnoea": HIGH_HARMS,
}

EVERYONE = """AS MATERIALIZED (
    SELECT p.id AS patient_id, p.team_id FROM patient p
    WHERE (CAST(:team AS int) IS NULL OR p.team_id = :team)
      AND (CAST(:pathway AS text) IS NULL OR EXISTS (
        SELECT 1 FROM enrolment e WHERE e.patient_id = p.id AND e.pathway = :pathway
          AND e.started_on <= :today AND (e.ended_on IS NULL OR e.ended_on >= :today))))"""
# A spread smaller than the last shown digit is no spread but a coarse device. Days: bits 0 to 6, and those above.
# The two arrays are indexed by kind, which spares a join of every row with fourteen.
DRIFT = text(f"""
WITH cohort {EVERYONE}, scored AS (
    SELECT patient_id, kind, recent_mean, recent_readings, before_mean, before_readings,
           (recent_mean - before_mean) / greatest(spread, (CAST(:digits AS float8[]))[kind])
           * CASE (CAST(:harms AS int[]))[kind] WHEN 0 THEN sign(recent_mean - before_mean)
                                                ELSE (CAST(:harms AS int[]))[kind] END AS score
    FROM rollup_recent
    WHERE last_day > CAST(:today AS date) - 7
      AND bit_count((days & 127)::bit(64)) >= 3 AND bit_count((days >> 7)::bit(64)) >= 7)
SELECT scored.* FROM scored JOIN cohort USING (patient_id)
WHERE score >= :drifts ORDER BY score DESC, patient_id, kind LIMIT :most""")

# Masks of days: bit n is the day n days before `last`, which is yesterday; 28 bits.
ALL_DAYS = 2**DAYS - 1
BETWEEN = """CASE WHEN least({days} - 1, CAST(:last AS date) - {start}) >= greatest(0, CAST(:last AS date) - {end})
    THEN ((1::bigint << (least({days} - 1, CAST(:last AS date) - {start}) - greatest(0, CAST(:last AS date) - {end}) + 1)) - 1)
         << greatest(0, CAST(:last AS date) - {end}) ELSE 0 END"""
ENROLLED = BETWEEN.format(days=DAYS, start="e.started_on", end="coalesce(e.ended_on, :last)")
PAUSED = BETWEEN.format(
    days=DAYS,
    start="(p.starts_at AT TIME ZONE 'Europe/London')::date",
    end="(p.ends_at AT TIME ZONE 'Europe/London')::date",
)
ASKED = f"""
wanted AS (SELECT * FROM unnest(CAST(:ids AS int[]), CAST(:pathways AS text[]), CAST(:every AS boolean[]),
    CAST(:asked AS bigint[]), CAST(:times AS int[]), CAST(:needs AS int[]))
    AS w (id, pathway, every, asked, times, needs)),
parts AS (SELECT * FROM unnest(CAST(:part_ids AS int[]), CAST(:part_kinds AS smallint[])) AS k (id, kind)),
enrolled AS (SELECT e.patient_id, e.pathway, bit_or({ENROLLED}) AS days FROM enrolment e
    WHERE e.started_on <= :last AND (e.ended_on IS NULL OR e.ended_on > CAST(:last AS date) - {DAYS}) GROUP BY 1, 2),
paused AS (SELECT p.patient_id, bit_or({PAUSED}) AS days FROM pause p
    WHERE p.ends_at > CAST(:last AS date) - {DAYS} GROUP BY 1),
expected AS MATERIALIZED (SELECT c.patient_id, c.team_id, w.id, w.pathway, w.every, w.times, w.needs,
        w.asked & e.days & ~coalesce(p.days, 0) AS days
    FROM cohort c JOIN enrolled e USING (patient_id) JOIN wanted w USING (pathway) LEFT JOIN paused p USING (patient_id))"""
# Read once from end to end: the planner takes the masks' conditions for rare and would look up patient by patient.
LATELY = f"""lately AS MATERIALIZED (SELECT patient_id, kind, CASE WHEN last_day > :last
        THEN days >> (last_day - CAST(:last AS date)) ELSE days << (CAST(:last AS date) - last_day) END & {ALL_DAYS} AS days
    FROM rollup_recent WHERE last_day > CAST(:last AS date) - {DAYS})"""
ADHERENCE = f"""
WITH cohort {EVERYONE}, {ASKED},
{LATELY},
came AS (SELECT x.patient_id, x.id, count(*) AS kinds, bit_and(r.days) AS all_days, bit_or(r.days) AS any_days
    FROM expected x JOIN parts k USING (id) JOIN lately r USING (patient_id, kind) GROUP BY 1, 2),
counted AS MATERIALIZED (SELECT x.patient_id, x.team_id, x.pathway, x.days AS expected,
        x.days & CASE WHEN NOT x.every THEN coalesce(g.any_days, 0) WHEN g.kinds = x.needs THEN g.all_days ELSE 0 END AS received
    FROM expected x LEFT JOIN came g USING (patient_id, id) WHERE x.days <> 0)
SELECT pathway, team_id, count(DISTINCT patient_id) AS patients, sum(bit_count(received::bit(64))) AS received,
       sum(bit_count(expected::bit(64))) AS expected, NULL::bigint[] AS received_by_day, NULL::bigint[] AS expected_by_day
FROM counted GROUP BY GROUPING SETS ((pathway), (team_id))
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, ARRAY[{", ".join(f"sum(received >> {n} & 1)" for n in range(DAYS))}],
       ARRAY[{", ".join(f"sum(expected >> {n} & 1)" for n in range(DAYS))}] FROM counted"""
SILENT = f"""
WITH everyone {EVERYONE},
last AS (SELECT patient_id, max(last_day) AS last_day FROM rollup_recent GROUP BY patient_id),
cohort AS MATERIALIZED (SELECT e.patient_id, e.team_id, l.last_day FROM everyone e LEFT JOIN last l USING (patient_id)
    WHERE l.last_day IS NULL OR l.last_day < :last),
{ASKED},
missed AS (SELECT x.patient_id, c.last_day, x.id, x.times,
        x.days & CASE WHEN c.last_day IS NULL THEN {ALL_DAYS}
                      ELSE (1::bigint << least({DAYS}, CAST(:last AS date) - c.last_day)) - 1 END AS days
    FROM expected x JOIN cohort c USING (patient_id))
SELECT patient_id, last_day, sum(bit_count(days::bit(64)) * times) AS missed, array_agg(id ORDER BY id) AS ids
FROM missed WHERE days <> 0 GROUP BY patient_id, last_day HAVING bit_count(bit_or(days)::bit(64)) >= 2
ORDER BY last_day NULLS FIRST, missed DESC, patient_id LIMIT :most"""
OVERDUE = text(
    "SELECT patient_id, id FROM alert WHERE patient_id = ANY(:patients) AND rule = ANY(:rules) AND resolved_at IS NULL"
)


@dataclass(frozen=True)
class Cohort:
    """Whom a coordinator looks at: their own teams' patients, or some of them; and the local day they do."""

    today: date
    team: int | None = None
    pathway: str | None = None

    @property
    def told(self) -> dict[str, Any]:
        """As the statements are told."""
        return {
            "today": self.today,
            "last": self.today - timedelta(days=1),
            "team": self.team,
            "pathway": self.pathway,
        }


@dataclass(frozen=True)
class Share:
    """Days received and expected of one pathway or team."""

    patients: int
    received: int
    expected: int


@dataclass(frozen=True)
class Adherence:
    """Of the last 28 days. by_day: received and expected, oldest first."""

    by_pathway: dict[str, Share]
    by_team: dict[int, Share]
    by_day: tuple[tuple[date, int, int], ...]


@dataclass(frozen=True)
class Silent:
    """A patient who stopped sending. missed: times they were asked since."""

    patient_id: int
    last_day: date | None
    missed: int
    expected: tuple[Expectation, ...]


def drifting(session: Session, cohort: Cohort, most: int) -> Sequence[Any]:
    """Furthest first: patient_id, kind, recent_mean, recent_readings, before_mean, before_readings, score."""
    by_id = {kind.id: kind for kind in KINDS.values()}
    kinds = [by_id.get(number) for number in range(1, max(by_id) + 1)]
    told = {
        "digits": [None if kind is None else 10.0**-kind.decimals for kind in kinds],
        "harms": [None if kind is None else HARMS.get(kind.name) for kind in kinds],
        "drifts": DRIFTS,
        "most": most,
    }
    return session.execute(DRIFT, {**cohort.told, **told}).all()


def adherence(session: Session, cohort: Cohort, packs: Packs) -> Adherence:
    """Received of expected, by pathway, by team and by day."""
    rows = session.execute(
        text(ADHERENCE), {**cohort.told, **schedules(expectations(packs), cohort.today)}
    ).all()
    shares = [
        (row, Share(row.patients, int(row.received), int(row.expected)))
        for row in rows
        if row.patients is not None
    ]
    days = next(row for row in rows if row.patients is None)
    by_day = (
        (
            cohort.today - timedelta(days=n + 1),
            int(days.received_by_day[n] or 0),
            int(days.expected_by_day[n] or 0),
        )
        for n in reversed(range(DAYS))
    )
    return Adherence(
        {row.pathway: share for row, share in shares if row.pathway is not None},
        {row.team_id: share for row, share in shares if row.team_id is not None},
        tuple(by_day) if shares else (),
    )


def silent(session: Session, cohort: Cohort, packs: Packs, most: int) -> list[Silent]:
    """Who stopped sending, longest silent first; who never sent leads."""
    asked = expectations(packs)
    told = {**cohort.told, **schedules(asked, cohort.today), "most": most}
    rows = session.execute(text(SILENT), told)
    return [
        Silent(row.patient_id, row.last_day, int(row.missed), tuple(asked[n] for n in row.ids))
        for row in rows
    ]


def overdue_alerts(session: Session, patients: Iterable[int], packs: Packs) -> dict[int, UUID]:
    """The unresolved alert about each patient's silence."""
    rules = [spec.id for spec in packs.rules if spec.schedule is not None]
    rows = session.execute(OVERDUE, {"patients": list(patients), "rules": rules})
    return {row.patient_id: row.id for row in rows}


def expectations(packs: Packs) -> list[Expectation]:
    """Everything that any pathway asks for."""
    return [one for pack in packs.by_id.values() for one in pack.expects]


def schedules(wanted: Sequence[Expectation], today: date) -> dict[str, Any]:
    """The schedules as arrays, side by side; an expectation's id is its place."""
    parts = [(place, KINDS[kind].id) for place, one in enumerate(wanted) for kind in one.kinds]
    return {
        "ids": list(range(len(wanted))),
        "pathways": [one.pathway for one in wanted],
        "every": [one.every_kind for one in wanted],
        "asked": [_asked(one, today) for one in wanted],
        "times": [len(one.slots) for one in wanted],
        "needs": [len(one.kinds) for one in wanted],
        "part_ids": [place for place, _ in parts],
        "part_kinds": [kind for _, kind in parts],
    }


def _asked(expectation: Expectation, today: date) -> int:
    """The days it asks on, as a mask."""
    first, last = expectation.first_day_of_month, expectation.last_day_of_month
    return sum(1 << n for n in range(DAYS) if first <= (today - timedelta(days=n + 1)).day <= last)
