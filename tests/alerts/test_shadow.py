"""Rules in shadow are judged and counted, and raise nothing; a version that is taken on judges from the next check on."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from alerts import rules, thresholds
from alerts.check import Checker
from foundation.database import transaction
from ingest.intake import Sent
from ingest.items import decode
from ingest.writer import keep
from people.viewer import OWNER, Viewer
from tests import builders
from tests import rows as stored
from tests.alerts.agreements import Ward, found
from tests.alerts.rule_changes import PACKS, RULE, Board, a_check, newer, on_record, running, with_rule
from tests.builders import NOW

pytestmark = pytest.mark.storage

HOUR = timedelta(hours=1)
EAGER = newer(needs_amber_low=1)  # amber at the first low reading, not the second
SLOW = newer(needs_red_low=3, needs_amber_low=2)
RAISED = ("alert", "alert_event", "episode", "outbox", "check_failure")
AMBER, NORMAL, RED = 86, 95, 84


@pytest.fixture
def ward(database):
    return a_ward()


def a_ward():
    """A patient of whom nothing is missing, whatever the hour."""
    made = Ward()
    with transaction(OWNER) as session:
        dates = {"starts_at": NOW - timedelta(days=30), "ends_at": NOW + timedelta(days=30)}
        stored.add(session, "pause", patient_id=made.patient.id, **dates)
    return made


def send(patient, value, at):
    about = {"kind": "oxygen_saturation", "unit": "%", "provenance": "patient_typed"}
    body = json.dumps({"readings": [{**about, "value": value, "measured_at": at.isoformat()}]}).encode()
    items = decode(body, "application/json", None, 10**6).items
    sender = Viewer("patient", patient, "patient")
    keep([Sent(patient, sender, "api", "application/json", body, items, at)], thresholds.CURRENT, at)


def shadowed():
    return [
        (row.patient_id, row.rule, row.version, row.severity, row.started_at, row.settled_at)
        for row in found("SELECT * FROM shadow_episode ORDER BY patient_id, started_at")
    ]


def rows(table):
    return found(f"SELECT * FROM {table}")


def test_under_shadow_nothing_is_raised_and_it_is_counted(ward):
    on_record(PACKS)
    on_record(with_rule(EAGER, "shadow"))
    send(ward.patient.id, AMBER, NOW)
    done = a_check(PACKS, NOW + HOUR)
    assert (done.raised, done.changed, done.failures, done.shadowed) == (0, 0, 0, 1)
    assert {table: rows(table) for table in RAISED} == {table: [] for table in RAISED}
    assert shadowed() == [(ward.patient.id, RULE, 2, 3, NOW, None)]


def test_what_a_rule_in_shadow_found_is_followed_to_its_end_and_mended_by_what_comes_late(ward):
    on_record(PACKS)
    on_record(with_rule(EAGER, "shadow"))
    send(ward.patient.id, AMBER, NOW)
    assert a_check(PACKS, NOW + HOUR).shadowed == 1
    settles = EAGER.settles_after
    for hours in range(1, settles + 1):
        send(ward.patient.id, NORMAL, NOW + hours * HOUR)
    assert a_check(PACKS, NOW + 9 * HOUR).shadowed == 0
    last = NOW + settles * HOUR
    assert shadowed() == [(ward.patient.id, RULE, 2, 3, NOW, last)]
    send(ward.patient.id, AMBER, NOW - HOUR)
    a_check(PACKS, NOW + 9 * HOUR)
    assert [one[4:] for one in shadowed()] == [(NOW - HOUR, last)]


def test_the_active_version_beside_one_in_shadow_raises_as_ever(ward):
    on_record(PACKS)
    on_record(with_rule(EAGER, "shadow"))
    send(ward.patient.id, RED, NOW)
    assert a_check(PACKS, NOW + HOUR).raised == 1
    (alert,) = rows("alert")
    assert (alert.rule, alert.version, alert.severity) == (RULE, 1, 4)
    assert [one[1:4] for one in shadowed()] == [(RULE, 2, 4)]


@pytest.fixture
def broken_in_shadow(monkeypatch):
    """The type of the rule fails for its second version, on whomever it judges."""
    real = rules.TYPES["limits"]

    def states(spec, given):
        if spec.version == EAGER.version:
            raise RuntimeError("broken")
        return real.states(spec, given)

    monkeypatch.setitem(rules.TYPES, "limits", replace(real, states=states))


def test_a_rule_in_shadow_that_fails_costs_no_other_and_tells_nobody(ward, broken_in_shadow):
    on_record(PACKS)
    on_record(with_rule(EAGER, "shadow"))
    send(ward.patient.id, RED, NOW)
    done = a_check(PACKS, NOW + HOUR)
    assert (done.raised, done.failures, done.shadowed) == (1, 0, 0)
    assert rows("check_failure") == []
    (failure,) = rows("shadow_failure")
    assert (failure.patient_id, failure.rule, failure.version) == (ward.patient.id, RULE, 2)
    assert failure.problem == "RuntimeError"


def test_a_failure_in_shadow_is_forgotten_once_it_works(ward):
    on_record(PACKS)
    on_record(with_rule(EAGER, "shadow"))
    with pytest.MonkeyPatch.context() as patch:
        real = rules.TYPES["limits"]

        def states(spec, given):
            return 1 / 0 if spec.version == EAGER.version else real.states(spec, given)

        patch.setitem(rules.TYPES, "limits", replace(real, states=states))
        send(ward.patient.id, AMBER, NOW)
        a_check(PACKS, NOW + HOUR)
    assert len(rows("shadow_failure")) == 1
    send(ward.patient.id, AMBER, NOW + HOUR)
    a_check(PACKS, NOW + 2 * HOUR)
    assert rows("shadow_failure") == []
    assert len(shadowed()) == 1


# ---------------------------------------------------------------- taken on


def waiting():
    return [row.patient_id for row in rows("arrival")]


def test_whom_a_version_concerns_is_judged_by_it_at_the_next_check_whoevers_patient_it_is(ward):
    elsewhere = a_ward()
    nobodys = builders.a_patient(ward.team)  # has no bounds for oxygen
    board = Board(ward.team)
    on_record(PACKS)
    for one in (ward, elsewhere):
        send(one.patient.id, AMBER, NOW - HOUR)
    a_check(PACKS, NOW)
    assert rows("alert") == []
    on_record(with_rule(EAGER))
    board.take_on(2, at=NOW + HOUR)
    assert sorted(waiting()) == sorted([ward.patient.id, elsewhere.patient.id])
    assert nobodys.id not in waiting()
    a_check(PACKS, NOW + 2 * HOUR)
    found_ = {(row.patient_id, row.version, row.severity) for row in rows("alert")}
    assert found_ == {(ward.patient.id, 2, 3), (elsewhere.patient.id, 2, 3)}


def test_an_open_alert_of_the_old_version_stays_and_is_regraded_in_sight(ward):
    board = Board(ward.team)
    on_record(PACKS)
    for hours in (3, 2):
        send(ward.patient.id, RED, NOW - hours * HOUR)
    a_check(PACKS, NOW - HOUR)
    on_record(with_rule(SLOW))
    board.take_on(2)
    a_check(PACKS, NOW + HOUR)
    (alert,) = rows("alert")
    assert (alert.version, alert.severity, alert.resolved_at) == (2, 3, None)
    told = [row.what for row in found("SELECT what FROM alert_event ORDER BY id")]
    assert told == ["raised", "rule_changed", "regraded"]


def test_an_alert_that_the_new_version_would_not_raise_stays_for_a_person(ward):
    board = Board(ward.team)
    on_record(PACKS)
    send(ward.patient.id, RED, NOW - HOUR)
    a_check(PACKS, NOW)
    on_record(with_rule(SLOW))
    board.take_on(2)
    a_check(PACKS, NOW + HOUR)
    (alert,) = rows("alert")
    assert (alert.version, alert.withdrawn, alert.resolved_at) == (1, True, None)


def test_a_retired_rule_raises_nothing_more_and_leaves_its_alerts_to_people(ward):
    board = Board(ward.team)
    on_record(PACKS)
    send(ward.patient.id, RED, NOW - HOUR)
    a_check(PACKS, NOW)
    board.decides("retire", 1)
    send(ward.patient.id, 70, NOW)
    done = a_check(PACKS, NOW + HOUR)
    (alert,) = rows("alert")
    assert (alert.resolved_at, alert.withdrawn, alert.settled_at, done.changed) == (None, False, None, 0)


def test_a_checker_that_runs_already_sees_what_was_decided_meanwhile(ward):
    board = Board(ward.team)
    checker = Checker(PACKS)
    checker.run(lambda: NOW)
    on_record(with_rule(EAGER))
    board.take_on(2)
    send(ward.patient.id, AMBER, NOW)
    assert checker.run(lambda: NOW + HOUR).raised == 1
    checker.close()


def test_a_rule_tried_in_shadow_and_then_taken_on_is_in_shadow_no_more(ward):
    board = Board(ward.team)
    on_record(PACKS)
    on_record(with_rule(EAGER))
    board.decides("shadow", 2)
    assert waiting() == [ward.patient.id]
    send(ward.patient.id, AMBER, NOW)
    a_check(PACKS, NOW + HOUR)
    board.take_on(2, at=NOW + HOUR)
    a_check(PACKS, NOW + 2 * HOUR)
    assert len(shadowed()) == 1
    assert [row.version for row in rows("alert")] == [2]
    assert running().shadow == ()
