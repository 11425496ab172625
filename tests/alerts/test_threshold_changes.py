"""Bounds that a clinician sets for one patient: what is refused, what is kept, who wins, what is checked again."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import text

from alerts import rule_versions, threshold_history, thresholds
from alerts.agreed import Said
from alerts.check import Checker
from foundation.database import transaction
from foundation.errors import Refused
from ingest.catalogue import KINDS
from ingest.intake import Sent
from ingest.items import decode
from ingest.writer import keep
from people import audit
from people.viewer import CHECKER, OWNER, Viewer
from tests.alerts.agreements import LOWER, OXYGEN, PACKS, REVIEW, SAID, SEEDED, Ward, found
from tests.builders import NOW


@pytest.fixture
def ward(database):
    return Ward()


@pytest.mark.storage
def test_a_change_replaces_what_holds_and_keeps_who_when_why_the_old_and_the_new(ward):
    ward.change()
    old, new = ward.rows()
    assert (old.red_low, old.amber_low, old.source, old.replaced_at) == (84, 87, "copd@1", NOW)
    assert tuple(new)[3:7] == LOWER
    assert (new.set_at, new.replaced_at, new.source) == (NOW, None, "person")
    assert (new.set_by_name, new.reason, new.review_on) == ("The clinician", SAID.reason, REVIEW)
    (told,) = found("SELECT * FROM audit WHERE action = 'threshold.changed'")
    assert told.actor == ward.viewers["clinician"].actor
    assert told.patient_id == ward.patient.id
    assert told.detail == {
        "kind": "oxygen_saturation", "old": [84, 87, None, None], "new": [80, 85, None, None], "review_on": "2027-02-01"
    }  # fmt: skip


@pytest.mark.storage
def test_a_changed_patient_waits_to_be_checked_from_that_moment_on(ward):
    ward.change()
    assert found("SELECT patient_id, measured_from FROM arrival") == [(ward.patient.id, NOW)]


def test_a_lead_may_change_too_and_nobody_else(ward):
    ward.change(by="lead")
    for role in ("coordinator", "admin", "patient"):
        with pytest.raises(Refused) as refused:
            ward.change(by=role)
        assert refused.value.status == 403
    with pytest.raises(Refused) as refused:
        ward.change(by="elsewhere")
    assert refused.value.status == 404
    assert len(ward.rows()) == 2


@pytest.mark.parametrize(
    ("four", "said", "field", "code"),
    [
        ((None, None, None, None), SAID, "red_low", "no_bound"),
        ((87, 85, None, None), SAID, "amber_low", "bounds_order"),
        ((85, 85, None, None), SAID, "amber_low", "bounds_order"),
        ((90, None, None, 88), SAID, "red_high", "bounds_order"),
        ((None, 92, 90, 99), SAID, "amber_high", "bounds_order"),
        ((40, 85, None, None), SAID, "red_low", "bound_impossible"),
        ((80, 85, None, 101), SAID, "red_high", "bound_impossible"),
        ((float("nan"), 85, None, None), SAID, "red_low", "bound_impossible"),
        ((80, 85.5, None, None), SAID, "amber_low", "bound_too_fine"),
        (LOWER, SAID._replace(reason=" "), "reason", "reason_missing"),
        (LOWER, SAID._replace(reason="x" * 501), "reason", "reason_too_long"),
        (LOWER, SAID._replace(review_on=None), "review_on", "review_missing"),
        (LOWER, SAID._replace(review_on=NOW.date() - timedelta(days=1)), "review_on", "review_past"),
        (LOWER, SAID._replace(review_on=NOW.date() + timedelta(days=367)), "review_on", "review_too_far"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field_and_changes_nothing(ward, four, said, field, code):
    with pytest.raises(Refused) as refused:
        ward.change(four, said)
    assert (refused.value.code, refused.value.field) == (code, f"/{field}")
    assert len(ward.rows()) == 1
    assert found("SELECT 1 FROM arrival") == []


def test_today_and_a_year_ahead_are_days_to_review(ward):
    ward.change(said=SAID._replace(review_on=NOW.date()))
    ward.change(said=Said("Again.", NOW.date() + timedelta(days=366), NOW), at=NOW + timedelta(minutes=1))
    assert len(ward.rows()) == 3


@pytest.mark.storage
@pytest.mark.parametrize("kind", ["oxygen_saturation", "body_weight"])  # the second has no bounds yet
def test_of_two_at_once_one_wins_and_the_other_is_told_who(database, kind):
    ward, ready = Ward(), Barrier(2)
    had = ward.rows(KINDS[kind].id)
    four = (60, 70, 90, 95)
    said = Said("As agreed.", REVIEW, had[0].set_at if had else None)

    def decide(by, seconds):
        ready.wait()
        try:
            ward.change(four, said, by=by, kind=KINDS[kind].id, at=NOW + timedelta(seconds=seconds))
        except Refused as refused:
            return refused
        return by

    with ThreadPoolExecutor(2) as both:
        told = [one.result() for one in [both.submit(decide, "clinician", 1), both.submit(decide, "lead", 2)]]
    (winner,) = [one for one in told if isinstance(one, str)]
    (loser,) = [one for one in told if isinstance(one, Refused)]
    assert (loser.code, loser.status) == ("changed_meanwhile", 409)
    assert f"The {winner}" in loser.sentence
    assert len(ward.rows(KINDS[kind].id)) == len(had) + 1
    assert len(found("SELECT 1 FROM audit WHERE action = 'threshold.changed'")) == 1
    assert len(found("SELECT 1 FROM arrival")) == 1


def test_a_change_whose_audit_cannot_be_written_has_not_happened(ward, monkeypatch):
    def fails(*_, **__):
        raise RuntimeError

    monkeypatch.setattr(audit, "chain", fails)
    with pytest.raises(RuntimeError):
        ward.change()
    assert len(ward.rows()) == 1


@pytest.mark.storage
def test_what_is_given_back_follows_the_pathway_again_and_says_who_gave_it(ward):
    ward.change()
    ward.give_back(Said("Back to usual.", None, NOW), by="lead", at=NOW + timedelta(hours=1))
    now = ward.rows()[-1]
    assert (now.red_low, now.amber_low, now.source, now.replaced_at) == (84, 87, "copd@1", None)
    assert (now.set_by_name, now.reason, now.review_on) == ("The lead", "Back to usual.", None)
    with transaction(OWNER) as session:
        old = text("UPDATE threshold SET red_low = 70 WHERE replaced_at IS NULL AND kind = :kind")
        session.execute(old, {"kind": OXYGEN})  # as an older pack had it
        thresholds.seed(session, [ward.patient.id], PACKS, NOW + timedelta(hours=2))
    assert (ward.rows()[-1].red_low, ward.rows()[-1].set_by_name) == (84, None)


def test_what_no_pathway_bounds_has_none_when_it_is_given_back(ward):
    weight = KINDS["body_weight"].id
    ward.change((60, 62, 80, 82), SAID._replace(expected=None), kind=weight)
    ward.give_back(Said("No longer followed.", None, NOW), kind=weight, at=NOW + timedelta(hours=1))
    last = ward.rows(weight)[-1]
    assert (tuple(last)[3:7], last.set_at == last.replaced_at) == ((None,) * 4, True)
    assert (last.set_by_name, last.reason) == ("The clinician", "No longer followed.")
    with transaction(OWNER) as session:
        assert (ward.patient.id, weight) not in threshold_history.in_force(
            session, [ward.patient.id], [weight]
        )
    with pytest.raises(Refused) as refused:
        ward.give_back(Said("Again.", None, None), kind=weight)
    assert refused.value.code == "threshold_not_set"


def test_a_pathway_that_changes_leaves_alone_what_a_person_set(ward):
    ward.change()
    with transaction(OWNER) as session:
        thresholds.seed(session, [ward.patient.id], PACKS, NOW + timedelta(hours=1))
    assert tuple(ward.rows()[-1])[3:7] == LOWER


# ---------------------------------------------------------------- what the checker makes of it


def send(patient, value, at, came=None):
    came = came or at
    item = {"kind": "oxygen_saturation", "value": value, "unit": "%", "measured_at": at.isoformat()}
    body = json.dumps({"readings": [item]}).encode()
    items = decode(body, "application/json", None, 10**6).items
    keep(
        [Sent(patient, Viewer("patient", patient, "patient"), "api", "application/json", body, items, came)],
        thresholds.CURRENT,
        came,
    )


@pytest.fixture
def checked(ward):
    with transaction(CHECKER) as session:
        rule_versions.register(session, PACKS, SEEDED)
    checker = Checker(PACKS)
    yield lambda at: checker.run(lambda: at)
    checker.close()


RULE = "every.oxygen_limits"


def alert_and_timeline(rule=RULE):
    alerts = found("SELECT * FROM alert WHERE rule = :r", r=rule)
    told = found(
        "SELECT e.what, e.actor, e.detail FROM alert_event e JOIN alert a ON a.id = e.alert_id WHERE a.rule = :r ORDER BY e.id",
        r=rule,
    )
    return alerts, told


def test_an_open_alert_that_rests_on_the_old_bounds_stays_and_says_that_they_changed(ward, checked):
    send(ward.patient.id, 84, NOW - timedelta(hours=2))
    checked(NOW - timedelta(hours=1))
    ward.change(by="lead")
    checked(NOW + timedelta(minutes=1))
    (alert,), told = alert_and_timeline()
    assert (alert.resolved_at, alert.settled_at, alert.withdrawn) == (None, None, False)
    changed = next(line for line in told if line.what == "thresholds_changed")
    assert changed.actor == ward.viewers["lead"].actor
    assert changed.detail == {"kind": "oxygen_saturation", "note": SAID.reason}
    assert told[0].what == "raised"


def test_tighter_bounds_raise_nothing_about_what_was_measured_before_them(ward, checked):
    send(ward.patient.id, 90, NOW - timedelta(hours=2))
    checked(NOW - timedelta(hours=1))
    ward.change((90.0, 92.0, None, None))
    checked(NOW + timedelta(minutes=1))
    assert alert_and_timeline() == ([], [])
    send(ward.patient.id, 90, NOW + timedelta(minutes=2))
    checked(NOW + timedelta(minutes=3))
    (alert,), _ = alert_and_timeline()
    assert alert.first_at == NOW + timedelta(minutes=2)


def test_what_was_measured_before_a_change_and_comes_after_it_is_judged_by_what_held_then(ward, checked):
    ward.change((70.0, 75.0, None, None))
    checked(NOW + timedelta(minutes=1))
    send(ward.patient.id, 84, NOW - timedelta(hours=2), came=NOW + timedelta(hours=1))
    checked(NOW + timedelta(hours=1, minutes=1))
    (alert,), _ = alert_and_timeline()
    assert (alert.severity, alert.first_at) == (4, NOW - timedelta(hours=2))


def test_an_alert_of_before_settles_by_the_new_bounds(ward, checked):
    tight = NOW - timedelta(hours=3)
    ward.change((89.0, 91.0, None, None), at=tight)
    send(ward.patient.id, 89, NOW - timedelta(hours=2))
    checked(NOW - timedelta(hours=1))
    ward.change((70.0, 75.0, None, None), SAID._replace(expected=tight))
    for minutes in (10, 20):
        send(ward.patient.id, 89, NOW + timedelta(minutes=minutes))
    checked(NOW + timedelta(minutes=30))
    (alert,), _ = alert_and_timeline()
    assert (alert.settled_at, alert.withdrawn) == (NOW + timedelta(minutes=20), False)


def test_a_rule_about_another_kind_is_told_nothing(ward, checked):
    send(ward.patient.id, 84, NOW - timedelta(hours=2))
    checked(NOW - timedelta(hours=1))
    ward.change((40, 45, 120, 140), kind=KINDS["heart_rate"].id)
    assert "thresholds_changed" not in [line.what for line in alert_and_timeline()[1]]
