"""What alerts are worth, rule by rule: the report card of the last 90 days, for one team or all that the viewer may see.

fired          alerts raised in those days
acted on       resolved with an outcome that led to something
noise          resolved as a false alert, or with no action needed
settled unseen back in range before anybody acknowledged, claimed or resolved it
first look     minutes from raised to the first of these, in the middle of those that were looked at
out of hours   raised outside Monday to Friday 9 to 17, Europe/London, or on a bank holiday in England
a patient-year fired, by the time that patients were on the rule's pathway in those days
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from alerts import bank_holidays
from alerts.figures import NOTHING_DONE
from alerts.rules import EVERY
from ingest.times import local_day

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

DAYS = 90
YEAR = 365.25  # days
OPENS, CLOSES, FRIDAY = 9, 17, 5

# An alert that was raised again lost its acknowledgement: of these the timeline knows who looked first.
LOOKED = """CASE WHEN a.raised_again_at IS NULL THEN a.acknowledged_at ELSE (
    SELECT min(e.at) FROM alert_event e WHERE e.patient_id = a.patient_id AND e.alert_id = a.id
      AND e.what IN ('acknowledged', 'claimed', 'resolved')) END"""
LOCAL = "(raised_at AT TIME ZONE 'Europe/London')"
IN_HOURS = f"""extract(isodow FROM {LOCAL}) <= {FRIDAY} AND extract(hour FROM {LOCAL}) >= {OPENS}
    AND extract(hour FROM {LOCAL}) < {CLOSES} AND {LOCAL}::date <> ALL(CAST(:holidays AS date[]))"""
FIGURES = text(f"""
WITH raised AS MATERIALIZED (
    SELECT a.patient_id, a.rule, a.raised_at, a.settled_at, a.resolved_at, a.outcome, {LOOKED} AS looked_at
    FROM alert a WHERE a.raised_at > :since AND a.raised_at <= :at AND (CAST(:team AS int) IS NULL OR a.team_id = :team))
SELECT rule, count(*) AS fired, count(DISTINCT patient_id) AS patients, count(resolved_at) AS resolved,
       count(*) FILTER (WHERE outcome <> ALL(:nothing)) AS acted_on,
       count(*) FILTER (WHERE outcome = 'false_alert') AS false_alerts,
       count(*) FILTER (WHERE outcome = 'no_action_needed') AS no_action,
       count(*) FILTER (WHERE settled_at IS NOT NULL AND (looked_at IS NULL OR looked_at > settled_at)) AS unseen,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM looked_at - raised_at) / 60) AS minutes,
       count(*) FILTER (WHERE NOT ({IN_HOURS})) AS out_of_hours
FROM raised GROUP BY rule""")
OPEN = text("""SELECT rule, count(*) AS alerts FROM alert
    WHERE resolved_at IS NULL AND (CAST(:team AS int) IS NULL OR team_id = :team) GROUP BY rule""")
# Days from the first to the last of the span, both included, on which somebody was on a pathway; on any, for everyone's rules.
EXPOSED = text(f"""
WITH spans AS (
    SELECT e.patient_id, e.pathway, greatest(e.started_on, CAST(:first AS date)) AS started,
           least(coalesce(e.ended_on, :last), :last) AS ended
    FROM enrolment e JOIN patient p ON p.id = e.patient_id
    WHERE e.started_on <= :last AND (e.ended_on IS NULL OR e.ended_on >= :first)
      AND (CAST(:team AS int) IS NULL OR p.team_id = :team))
SELECT pathway, sum(ended - started + 1) AS days FROM spans GROUP BY pathway
UNION ALL
SELECT '{EVERY}', sum(days) FROM (SELECT max(ended) - min(started) + 1 AS days FROM spans GROUP BY patient_id) AS everyone""")


@dataclass(frozen=True)
class Card:
    """What one rule's alerts were worth. minutes: none where nobody has looked; per_year: where nobody was on its pathway."""

    fired: int = 0
    patients: int = 0
    resolved: int = 0
    acted_on: int = 0
    false_alerts: int = 0
    no_action: int = 0
    unseen: int = 0
    minutes: float | None = None
    out_of_hours: int = 0
    open_now: int = 0
    per_year: float | None = None

    @property
    def noise(self) -> int:
        """Resolved, and led to nothing."""
        return self.false_alerts + self.no_action


@dataclass(frozen=True)
class Report:
    """The cards by rule, and the patient-years that they rest on by pathway."""

    cards: dict[str, Card]
    years: dict[str, float] = field(default_factory=dict)

    def card(self, rule: str) -> Card:
        """A rule's card; one that has done nothing has an empty one."""
        years = self.years.get(_pathway(rule))
        return self.cards.get(rule, Card(per_year=0.0 if years else None))


def report(session: Session, team: int | None, at: datetime) -> Report:
    """The report card of the rules that fired or have open alerts, in three statements."""
    since = at - timedelta(days=DAYS)
    told = {
        "since": since, "at": at, "team": team, "nothing": list(NOTHING_DONE), "holidays": sorted(bank_holidays.DAYS),
        "first": local_day(since), "last": local_day(at),
    }  # fmt: skip
    years = {row.pathway: row.days / YEAR for row in session.execute(EXPOSED, told) if row.days}
    figures = {row.rule: row for row in session.execute(FIGURES, told)}
    waiting = {row.rule: row.alerts for row in session.execute(OPEN, told)}
    cards = {
        rule: _card(figures.get(rule), waiting.get(rule, 0), years.get(_pathway(rule)))
        for rule in {*figures, *waiting}
    }
    return Report(cards, years)


def _pathway(rule: str) -> str:
    """An id begins with its pathway: `copd.overdue`."""
    return rule.partition(".")[0]


def _card(row: Any, waiting: int, years: float | None) -> Card:
    if row is None:
        return Card(open_now=waiting, per_year=0.0 if years else None)
    return Card(
        fired=row.fired,
        patients=row.patients,
        resolved=row.resolved,
        acted_on=row.acted_on,
        false_alerts=row.false_alerts,
        no_action=row.no_action,
        unseen=row.unseen,
        minutes=None if row.minutes is None else float(row.minutes),
        out_of_hours=row.out_of_hours,
        open_now=waiting,
        per_year=row.fired / years if years else None,
    )
