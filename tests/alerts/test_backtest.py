"""What a backtest says was raised is what the checker raised, alert by alert."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from alerts import actions, backtest, rule_lives, threshold_changes
from alerts.agreed import Said
from alerts.backtest import Cancelled, Question
from alerts.backtest_figures import Figures
from foundation.database import transaction
from ingest.catalogue import KINDS
from people.viewer import CHECKER, OWNER
from tests import builders
from tests.alerts.lived import PACKS, UNTIL, Lived, a_cohort

ALERTS = text("SELECT patient_id, rule, severity, first_at, raised_at, withdrawn FROM alert")
EVENTS = text("""SELECT e.patient_id, a.rule, e.at FROM alert_event e JOIN alert a ON a.id = e.alert_id
    WHERE e.what IN ('raised', 'raised_again')""")
PULSE = PACKS.rule("every.pulse_limits")


def running():
    with transaction(CHECKER) as session:
        return rule_lives.running(session).active


def on_record():
    with transaction(OWNER) as session:
        alerts = session.execute(ALERTS).all()
        events = {tuple(row) for row in session.execute(EVENTS)}
    return alerts, events


def by_pass(lived: Lived, moment):
    """The pass that could see it first."""
    return lived.passes[bisect_left(lived.passes, moment)]


def pulses(lived, patient, told, minute=0):
    """A pulse a day, checked as it comes."""
    for day, value in enumerate(told):
        at = lived.began + timedelta(days=day, hours=8, minutes=minute)
        item = {"kind": "heart_rate", "value": value, "unit": "/min", "measured_at": at.isoformat()}
        lived.send(patient, [item], at)
        lived.check(at)


@pytest.mark.storage
def test_a_backtest_of_what_runs_equals_what_was_raised_alert_by_alert(database: str):
    lived = a_cohort(patients=6, days=12)
    ids = sorted(one.id for one in lived.patients)
    found = backtest.raised(running(), ids, lived.began, UNTIL)
    alerts, events = on_record()

    runs = found.assign(at=[by_pass(lived, one.to_pydatetime()) for one in found["raised_at"]])
    assert {(row.patient_id, row.rule, row.at.to_pydatetime()) for row in runs.itertuples()} == events

    standing = runs[~runs["withdrawn"]].groupby(["patient_id", "rule"])
    expected = {
        (*key, int(own["level"].max()), own["started_at"].min().to_pydatetime()) for key, own in standing
    }
    raised_at = {key: own["at"].min().to_pydatetime() for key, own in runs.groupby(["patient_id", "rule"])}
    assert {(a.patient_id, a.rule, a.severity, a.first_at) for a in alerts if not a.withdrawn} == expected
    assert {(a.patient_id, a.rule): a.raised_at for a in alerts} == raised_at
    assert len(alerts) > 5
    assert runs["withdrawn"].any()
    lived.checker.close()


def ask(rule=PULSE, today=PULSE, days=12, **more):
    return Question(rule, today, UNTIL - timedelta(days=days), UNTIL, **more)


@pytest.fixture
def lived(database: str):
    made = Lived(UNTIL - timedelta(days=12), builders.a_team())
    yield made
    made.checker.close()


def test_what_today_s_rule_would_lose_and_what_is_new_is_counted(lived: Lived):
    high, higher = lived.add(["copd"]), lived.add(["copd"])
    pulses(lived, high, [72, 113, 114, 115, 72, 72, 72])
    pulses(lived, higher, [72, 72, 140, 141, 142, 72, 72])
    calm = replace(PULSE, settles_days=0)
    lower = replace(calm, params=replace(calm.params, needs_amber_high=9))
    found = backtest.run(ask(lower, calm))
    assert (found.patients, found.today.alerts, found.proposed.alerts) == (2, 2, 1)
    assert (found.both, found.only_proposed, found.lost) == (1, 0, 1)
    assert found.years == pytest.approx(2 * 12 / 365.25)
    assert Figures.of(found.told()) == found


def test_alerts_that_people_resolved_and_that_came_again_are_counted_as_runs(lived: Lived):
    patient = lived.add(["copd"])
    told = [140, 140, 140, 72, 72, 72, 72, 140, 140]
    for day, value in enumerate(told):
        at = lived.began + timedelta(days=day, hours=8)
        item = {"kind": "heart_rate", "value": value, "unit": "/min", "measured_at": at.isoformat()}
        lived.send(patient, [item], at)
        lived.check(at)
        if day == 4:
            with transaction(OWNER) as session:
                alert = session.execute(
                    text("SELECT id FROM alert WHERE rule = :r"), {"r": PULSE.id}
                ).scalar_one()
            with transaction(lived.clinician) as session:
                actions.resolve(
                    session, alert, outcome="no_action_needed", by=lived.clinician, at=at, note=""
                )
    found = backtest.run(ask())
    assert (found.recorded, found.proposed.alerts, found.as_recorded) == (2, 2, 2)


def test_each_moment_is_judged_by_the_bounds_that_held_then(lived: Lived):
    patient = lived.add(["copd"])
    changed = lived.began + timedelta(days=3)
    pulses(lived, patient, [113, 114, 115])
    four = (40.0, 50.0, 135.0, 150.0)
    with transaction(OWNER) as session:
        seen = session.execute(
            text("SELECT set_at FROM threshold WHERE patient_id = :p AND kind = :k"),
            {"p": patient.id, "k": KINDS["heart_rate"].id},
        ).scalar_one()
    with transaction(lived.clinician) as session:
        said = Said("Fast for years.", (UNTIL + timedelta(days=60)).date(), seen)
        threshold_changes.change(
            session, patient.id, KINDS["heart_rate"].id, four, said, by=lived.clinician, at=changed
        )
    found = backtest.raised([PULSE], [patient.id], lived.began, UNTIL)
    assert len(found) == 1
    after = backtest.raised([PULSE], [patient.id], lived.began + timedelta(days=4), UNTIL)
    assert not len(after)


def test_an_alert_under_way_when_the_stretch_begins_was_not_raised_in_it(lived: Lived):
    patient = lived.add(["copd"])
    pulses(lived, patient, [140] * 11)
    assert backtest.run(ask(days=12)).proposed.alerts == 1
    assert backtest.run(ask(days=5)).proposed.alerts == 0


def test_only_the_patients_of_the_teams_asked_for_are_read(lived: Lived):
    pulses(lived, lived.add(["copd"]), [140, 140, 140])
    other = builders.a_team()
    assert backtest.run(ask(teams=(lived.team.id,))).proposed.alerts == 1
    found = backtest.run(ask(teams=(other.id,)))
    assert (found.patients, found.readings, found.named) == (0, 0, [])


def test_it_stops_when_it_is_no_longer_wanted(lived: Lived):
    lived.add(["copd"])

    def unwanted(done: int, of: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        backtest.run(ask(), unwanted)
