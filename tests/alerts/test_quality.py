"""The report card against a plain loop over made-up alerts; working hours and bank holidays against their rules."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from statistics import median
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from alerts import bank_holidays, quality
from alerts.actions import OUTCOMES
from foundation.database import transaction
from people.viewer import OWNER
from tests import builders, rows
from tests.builders import NOW

LONDON = ZoneInfo("Europe/London")
RULES = ("copd.overdue", "every.oxygen_limits", "heart_failure.weight_rise")
HOUR = timedelta(hours=1)


def made_up(chance, patients, by):
    """Alerts of 120 days, in every state, some raised again after somebody had looked."""
    alerts, events = [], []
    taken = set()
    for _ in range(300):
        patient, rule = chance.choice(patients), chance.choice(RULES)
        raised = NOW - timedelta(minutes=chance.randrange(120 * 24 * 60))
        first_look = raised + HOUR * chance.randrange(1, 60) if chance.random() < 0.7 else None
        again = first_look + HOUR if first_look and chance.random() < 0.2 else None
        resolved = (again or first_look) + 5 * HOUR if first_look and chance.random() < 0.7 else None
        if resolved is None and (patient.id, rule) in taken:
            continue
        taken |= {(patient.id, rule)} if resolved is None else set()
        settled = raised + HOUR * chance.randrange(70) if chance.random() < 0.6 else None
        acknowledged = resolved if again else first_look
        alerts.append(
            {
                "id": uuid4(), "patient_id": patient.id, "team_id": patient.team_id, "rule": rule, "version": 1, "severity": 3,
                "raised_at": raised, "first_at": raised, "last_at": raised, "settled_at": settled, "raised_again_at": again,
                "acknowledged_at": acknowledged, "acknowledged_by": by if acknowledged else None, "resolved_at": resolved,
                "resolved_by": by if resolved else None, "outcome": chance.choice(list(OUTCOMES)) if resolved else None,
                "sentence": "Made up.", "evidence": "{}", "looked": first_look,
            }
        )  # fmt: skip
        if first_look:
            about = {"patient_id": patient.id, "alert_id": alerts[-1]["id"], "actor": f"staff:{by}"}
            events.append({**about, "at": first_look, "what": "acknowledged"})
            events.append({**about, "at": raised + HOUR / 2, "what": "raised_again", "actor": "checker"})
    return alerts, events


def naive(alerts, rule, team, days):
    """The same by a loop over everything."""
    own = [one for one in alerts if one["rule"] == rule and one["team_id"] in team]
    lately = [one for one in own if one["raised_at"] > NOW - timedelta(days=90)]
    looks = [(one["looked"] - one["raised_at"]) / timedelta(minutes=1) for one in lately if one["looked"]]
    nothing = {"false_alert", "no_action_needed"}

    def working(at):
        local = at.astimezone(LONDON)
        return local.weekday() < 5 and 9 <= local.hour < 17 and local.date() not in bank_holidays.DAYS

    return quality.Card(
        fired=len(lately),
        patients=len({one["patient_id"] for one in lately}),
        resolved=sum(one["resolved_at"] is not None for one in lately),
        acted_on=sum(one["outcome"] is not None and one["outcome"] not in nothing for one in lately),
        false_alerts=sum(one["outcome"] == "false_alert" for one in lately),
        no_action=sum(one["outcome"] == "no_action_needed" for one in lately),
        unseen=sum(
            one["settled_at"] is not None and (one["looked"] is None or one["looked"] > one["settled_at"])
            for one in lately
        ),
        minutes=pytest.approx(median(looks)) if looks else None,
        out_of_hours=sum(not working(one["raised_at"]) for one in lately),
        open_now=sum(one["resolved_at"] is None for one in own),
        per_year=pytest.approx(len(lately) / (days / 365.25)) if days else None,
    )


@pytest.mark.storage
def test_the_report_card_says_what_a_plain_loop_says_of_the_viewers_patients(database):
    here, there = builders.a_team(), builders.a_team()
    enrolled = {"copd": date(2026, 1, 1), "heart_failure": NOW.date() - timedelta(days=9)}
    patients = [
        builders.a_patient(team, pathways=[pathway], enrolled_on=enrolled[pathway])
        for team in (here, there)
        for pathway in enrolled
    ]
    clinician = builders.viewer_for(builders.a_staff("clinician", here))
    both = builders.viewer_for(builders.a_staff("lead", here, more_teams=[there]))
    alerts, events = made_up(random.Random(7), patients, clinician.id)
    with transaction(OWNER) as session:
        for one in alerts:
            rows.add(session, "alert", **{name: value for name, value in one.items() if name != "looked"})
        for one in events:
            rows.add(session, "alert_event", **one)
    for viewer, team, teams, own in (
        (clinician, None, {here.id}, 1),
        (both, None, {here.id, there.id}, 2),
        (both, there.id, {there.id}, 1),
    ):
        with transaction(viewer) as session:
            report = quality.report(session, team, NOW)
        # 91 days, the first and the last included; ten of them on the pathway that began ten days ago.
        days = {"copd": 91 * own, "heart_failure": 10 * own, "every": 101 * own}
        assert {rule: report.card(rule) for rule in RULES} == {
            rule: naive(alerts, rule, teams, days[rule.partition(".")[0]]) for rule in RULES
        }
    assert report.card("diabetes.overdue") == quality.Card(per_year=None)
    assert report.card("copd.flare_up") == quality.Card(per_year=0.0)


@pytest.mark.storage
@pytest.mark.parametrize(
    ("raised", "out"),
    [
        (datetime(2026, 11, 20, 8, 59, tzinfo=UTC), 1),  # a Friday
        (datetime(2026, 11, 20, 9, 0, tzinfo=UTC), 0),
        (datetime(2026, 11, 20, 16, 59, tzinfo=UTC), 0),
        (datetime(2026, 11, 20, 17, 0, tzinfo=UTC), 1),
        (datetime(2026, 11, 21, 12, 0, tzinfo=UTC), 1),  # a Saturday
        (datetime(2026, 10, 23, 8, 30, tzinfo=UTC), 0),  # 9:30 in summer
        (datetime(2026, 8, 31, 12, 0, tzinfo=UTC), 1),  # the last Monday of August
        (datetime(2026, 12, 28, 12, 0, tzinfo=UTC), 1),  # Boxing Day, kept on the Monday
    ],
)
def test_out_of_hours_goes_by_the_clock_and_the_holidays_of_england(database, raised, out):
    team = builders.a_team()
    patient, viewer = builders.a_patient(team), builders.viewer_for(builders.a_staff("lead", team))
    with transaction(OWNER) as session:
        rows.add(
            session, "alert", patient_id=patient.id, team_id=patient.team_id, rule="copd.overdue", raised_at=raised
        )  # fmt: skip
    with transaction(viewer) as session:
        report = quality.report(session, None, raised + HOUR)
    assert report.card("copd.overdue").out_of_hours == out


def easter(year):
    """The Gregorian rule (Meeus)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e, f = b // 4, b % 4, (b + 8) // 25
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def by_rule(year):
    def monday(month, first):
        day = date(year, month, first)
        return day + timedelta(days=-day.weekday() % 7)

    found = {
        easter(year) - timedelta(days=2),
        easter(year) + timedelta(days=1),
        monday(5, 1),
        monday(5, 25),
        monday(8, 25),
    }
    for fixed in (date(year, 1, 1), date(year, 12, 25), date(year, 12, 26)):
        day = fixed
        while day.weekday() >= 5 or day in found:
            day += timedelta(days=1)
        found.add(day)
    return found


def test_the_table_of_bank_holidays_is_what_the_rules_give():
    years = range(2025, bank_holidays.LAST.year + 1)
    assert set().union(*map(by_rule, years)) == bank_holidays.DAYS
