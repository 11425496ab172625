"""An alert can be come to again from what is pinned to it, whatever was corrected since."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from alerts import judge_again
from alerts.rules.words import local_time
from foundation.database import transaction
from foundation.errors import Refused
from ingest.catalogue import KINDS
from people.viewer import OWNER
from service import judged_again
from tests import builders
from tests.alerts.lived import PACKS, UNTIL, Lived, a_cohort

PULSE = KINDS["heart_rate"].id
ALERTS = text("SELECT id, rule FROM alert ORDER BY rule, id")


@pytest.fixture
def lived(database: str):
    made = Lived(UNTIL - timedelta(days=12), builders.a_team())
    yield made
    made.checker.close()


def fast_pulse(lived: Lived):
    patient = lived.add(["copd"])
    for hour in (0, 1, 2):
        at = lived.began + timedelta(days=1, hours=hour)
        item = {"kind": "heart_rate", "value": 127, "unit": "/min", "measured_at": at.isoformat()}
        lived.send(patient, [item], at)
        lived.check(at)
    with transaction(OWNER) as session:
        found = {row.rule: row.id for row in session.execute(ALERTS)}
        row = session.execute(
            text("SELECT evidence FROM alert WHERE id = :id"), {"id": found["every.pulse_limits"]}
        )
        at = datetime.fromisoformat(row.scalar_one()["as_of"])
    return patient, found["every.pulse_limits"], at


def again(alert):
    with transaction(OWNER) as session:
        return judge_again.alert(session, alert, UNTIL)


@pytest.mark.storage
def test_an_alert_of_which_nothing_changed_comes_out_the_same(lived: Lived):
    _, alert, _ = fast_pulse(lived)
    told = again(alert)
    assert (told.holds, told.stands, told.since) == (True, True, ())
    assert judged_again.run(alert, UNTIL) == 0


@pytest.mark.storage
def test_a_correction_since_changes_the_store_s_answer_and_not_the_evidence_s(lived: Lived):
    patient, alert, at = fast_pulse(lived)
    lived.correct(patient, PULSE, at, 72.0, at + timedelta(hours=3))
    lived.check(at + timedelta(hours=3))
    told = again(alert)
    assert (told.holds, told.stands, told.by_store) == (True, False, None)
    sentence = told.since[0]
    assert sentence == f"Heart rate 127 /min of {local_time(at)} was corrected since: it is 72 /min now."
    assert judged_again.run(alert, UNTIL) == 0


def test_a_reading_taken_back_and_one_that_came_late_are_told(lived: Lived):
    patient, alert, at = fast_pulse(lived)
    lived.correct(patient, PULSE, at, None, at + timedelta(hours=3))
    assert again(alert).since == (
        f"Heart rate 127 /min of {local_time(at)} was taken back since: it is no reading now.",
    )


def test_changed_bounds_and_a_rule_that_stopped_are_told_and_change_nothing(lived: Lived):
    patient, alert, at = fast_pulse(lived)
    with transaction(OWNER) as session:
        session.execute(
            text("""WITH old AS (UPDATE threshold SET replaced_at = :at WHERE patient_id = :p AND kind = :k RETURNING *)
                INSERT INTO threshold (patient_id, kind, set_at, red_low, amber_low, amber_high, red_high, source)
                SELECT patient_id, kind, :at, red_low, amber_low, 135, 150, source FROM old"""),
            {"p": patient.id, "k": PULSE, "at": at + timedelta(days=2)},
        )
    told = again(alert)
    assert (told.holds, told.stands) == (True, True)
    (sentence,) = told.since
    assert sentence.startswith("The thresholds of heart rate were changed at ")
    assert sentence.endswith(": amber high 111 /min, now 135 /min; red high 131 /min, now 150 /min.")


def test_a_trait_set_since_is_told_and_the_evidence_is_judged_by_those_of_then(lived: Lived):
    patient, alert, at = fast_pulse(lived)
    with transaction(OWNER) as session:
        session.execute(
            text("""INSERT INTO trait (patient_id, name, set_at, value, set_by, reason, review_on)
                VALUES (:p, 'dry_weight', :at, 78.5, 1, 'In clinic.', '2027-01-01')"""),
            {"p": patient.id, "at": at + timedelta(days=2)},
        )
    told = again(alert)
    assert told.holds
    assert "Dry weight was not set and is 78.5 now." in told.since
    then, now = (
        judge_again._traits(session, patient.id, at + timedelta(days=days))["name"].tolist()
        for days in (1, 3)
    )
    assert (then, now) == (["born"], ["born", "dry_weight"])


def test_evidence_that_does_not_give_its_answer_is_the_only_failure(lived: Lived):
    _, alert, _ = fast_pulse(lived)
    with transaction(OWNER) as session:
        evidence = session.execute(
            text("SELECT evidence FROM alert WHERE id = :id"), {"id": alert}
        ).scalar_one()
        evidence["readings"][0][2] = 97.0
        session.execute(
            text("UPDATE alert SET evidence = CAST(:e AS jsonb) WHERE id = :id"),
            {"e": json.dumps(evidence), "id": alert},
        )
    assert again(alert).holds is False
    assert judged_again.run(alert, UNTIL) == 1


def test_no_such_alert_is_said_so(lived: Lived):
    with pytest.raises(Refused):
        again("00000000-0000-0000-0000-000000000000")


def test_every_alert_of_a_cohort_that_lived_comes_out_again(database: str):
    lived = a_cohort(patients=6, days=12)
    with transaction(OWNER) as session:
        alerts = {row.id: row.rule for row in session.execute(ALERTS)}
    told = {alert: again(alert) for alert in alerts}
    assert [
        (alerts[alert], one.pinned, one.by_evidence) for alert, one in told.items() if not one.holds
    ] == []
    assert any(not one.stands and one.since for one in told.values())
    lived.checker.close()


def test_another_version_of_the_rule_is_told_with_what_changed():
    old = PACKS.rule("every.pulse_limits")
    new = replace(old, version=old.version + 1, params=replace(old.params, needs_amber_high=3))
    (sentence,) = judge_again._rule(old, (new,))
    assert sentence.endswith("of the rule runs now: needs_amber_high was 2 and is 3.")
