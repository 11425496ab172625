"""Traits as they are kept: set and taken away with a reason, history kept, read as the rules take them."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest

from alerts import pathways, thresholds, traits
from alerts.agreed import Said
from alerts.check import Checker
from foundation.database import engine, transaction
from foundation.errors import Refused
from ingest.intake import Sent
from ingest.items import decode
from ingest.writer import keep
from people.viewer import CHECKER, Viewer
from tests import builders
from tests.alerts.agreements import OXYGEN, REVIEW, SAID, Ward, found
from tests.builders import NOW

WORDS = Said("Set in clinic.", REVIEW, None)


@pytest.fixture
def ward(database):
    return Ward()


def change(ward, name, value, said=WORDS, by="clinician", at=NOW):
    who = ward.viewers[by]
    with transaction(who) as session:
        traits.change(session, ward.patient.id, name, value, said, by=who, at=at)


def take_away(ward, name, said, by="clinician", at=NOW):
    who = ward.viewers[by]
    with transaction(who) as session:
        traits.take_away(session, ward.patient.id, name, said, by=who, at=at)


def held(ward, by=CHECKER):
    with transaction(by) as session:
        frame = traits.current(session, [ward.patient.id])
    assert list(frame.columns) == ["patient_id", "name", "value"]
    return dict(zip(frame["name"], frame["value"], strict=True))


@pytest.mark.storage
def test_traits_are_read_as_the_rules_take_them_with_the_date_of_birth(ward):
    other = builders.a_patient(born=date(1969, 12, 31))
    change(ward, "dry_weight", 71.5)
    born = (ward.patient.born - date(1970, 1, 1)).days
    assert held(ward) == {"born": born, "dry_weight": 71.5}
    with engine("checker").connect() as connection:
        frame = traits.current(connection, [ward.patient.id, other.id])
    assert frame.to_dict("list") == {
        "patient_id": [ward.patient.id, ward.patient.id, other.id],
        "name": ["born", "dry_weight", "born"],
        "value": [born, 71.5, -1.0],
    }
    with transaction(CHECKER) as session:
        assert len(traits.current(session, [])) == 0


@pytest.mark.storage
def test_a_trait_is_replaced_taken_away_and_its_history_kept(ward):
    change(ward, "best_peak_flow", 410)
    change(
        ward, "best_peak_flow", 430, Said("Blew more.", REVIEW, NOW), by="lead", at=NOW + timedelta(days=1)
    )
    assert held(ward)["best_peak_flow"] == 430
    last = NOW + timedelta(days=2)
    take_away(ward, "best_peak_flow", Said("Another meter.", None, NOW + timedelta(days=1)), at=last)
    assert "best_peak_flow" not in held(ward)
    with transaction(ward.viewers["coordinator"]) as session:
        steps = traits.steps(session, ward.patient.id)
    assert [(s.value, s.reason, s.set_by_name, s.replaced_at) for s in steps] == [
        (410, "Set in clinic.", "The clinician", NOW + timedelta(days=1)),
        (430, "Blew more.", "The lead", last),
        (None, "Another meter.", "The clinician", last),
    ]
    assert [(row.action, row.detail["trait"]) for row in found("SELECT * FROM audit WHERE action LIKE 'trait.%' ORDER BY at")] == [
        ("trait.changed", "best_peak_flow"), ("trait.changed", "best_peak_flow"), ("trait.taken_away", "best_peak_flow")
    ]  # fmt: skip
    assert {row.measured_from for row in found("SELECT measured_from FROM arrival")} == {
        NOW, NOW + timedelta(days=1), last
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "said", "field", "code"),
    [
        ("dry_weight", None, WORDS, "/value", "value_missing"),
        ("dry_weight", float("inf"), WORDS, "/value", "value_missing"),
        ("dry_weight", 20, WORDS, "/value", "value_impossible"),
        ("oxygen_scale", 3, WORDS, "/value", "value_impossible"),
        ("oxygen_scale", 1.5, WORDS, "/value", "value_not_whole"),
        ("frail", 1, WORDS._replace(reason=""), "/reason", "reason_missing"),
        ("frail", 1, WORDS._replace(review_on=None), "/review_on", "review_missing"),
        ("born", 1, WORDS, None, "trait_unknown"),
        ("shoe_size", 1, WORDS, None, "trait_unknown"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(ward, name, value, said, field, code):
    with pytest.raises(Refused) as refused:
        change(ward, name, value, said)
    assert (refused.value.code, refused.value.field) == (code, field)
    assert found("SELECT 1 FROM trait") == []


def test_only_a_clinician_or_a_lead_of_the_patients_team_sets_traits(ward):
    for role, status in (("coordinator", 403), ("admin", 403), ("patient", 403), ("elsewhere", 404)):
        with pytest.raises(Refused) as refused:
            change(ward, "frail", 1, by=role)
        assert refused.value.status == status


def test_what_is_not_set_cannot_be_taken_away(ward):
    with pytest.raises(Refused) as refused:
        take_away(ward, "frail", WORDS)
    assert refused.value.code == "trait_not_set"


@pytest.mark.storage
def test_of_two_at_once_one_wins_and_the_other_is_told_who(ward):
    ready = Barrier(2)

    def decide(by, value):
        ready.wait()
        try:
            change(ward, "dry_weight", value, by=by, at=NOW + timedelta(seconds=value))
        except Refused as refused:
            return refused
        return by

    with ThreadPoolExecutor(2) as both:
        told = [
            one.result() for one in [both.submit(decide, "clinician", 70), both.submit(decide, "lead", 71)]
        ]
    (winner,) = [one for one in told if isinstance(one, str)]
    (loser,) = [one for one in told if isinstance(one, Refused)]
    assert (loser.code, loser.status) == ("changed_meanwhile", 409)
    assert f"The {winner}" in loser.sentence
    assert len(found("SELECT 1 FROM trait")) == 1


def test_what_is_past_its_review_is_listed_by_team_the_longest_overdue_first(ward):
    clinician = ward.viewers["clinician"]
    ward.change(said=SAID._replace(review_on=NOW.date() + timedelta(days=10)))
    change(ward, "frail", 1, Said("Since the fall.", NOW.date() + timedelta(days=5), None))

    def listed(viewer, days):
        with transaction(viewer) as session:
            day = NOW.date() + timedelta(days=days)
            return [(row.kind, row.trait) for row in thresholds.past_review(session, ward.team.id, day)]

    assert listed(clinician, 5) == []  # the day itself is the day to do it
    assert listed(clinician, 6) == [(None, "frail")]
    assert listed(clinician, 11) == [(None, "frail"), (OXYGEN, None)]
    assert listed(ward.viewers["elsewhere"], 11) == []


def weigh(patient, value, at):
    item = {"kind": "body_weight", "value": value, "unit": "kg", "measured_at": at.isoformat()}
    body = json.dumps({"readings": [item]}).encode()
    items = decode(body, "application/json", None, 10**6).items
    who = Viewer("patient", patient, "patient")
    keep([Sent(patient, who, "api", "application/json", body, items, at)], thresholds.CURRENT, at)


@pytest.mark.storage
def test_the_checker_judges_by_traits(database):
    ward = Ward("heart_failure")
    change(ward, "dry_weight", 80.0, at=NOW - timedelta(days=9))
    for days in range(4):
        weigh(ward.patient.id, 82.6, NOW - timedelta(days=days))
    checker = Checker(pathways.load())
    checker.run(lambda: NOW)
    checker.close()
    assert "heart_failure.above_dry_weight" in {row.rule for row in found("SELECT rule FROM alert")}
