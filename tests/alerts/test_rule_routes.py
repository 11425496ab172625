"""The doors for rules: what is told, and that two people must come in by them."""

from __future__ import annotations

import pytest

from tests.alerts.rule_changes import PACKS, RULE, lives, newer, on_record, with_rule
from tests.builders import a_patient, a_staff, a_team
from tests.dashboards.routes.world import an_alert, at_keyboard, audited, served

AT = f"/api/v1/rules/{RULE}"


@pytest.fixture
def door(database):
    on_record(PACKS)
    on_record(with_rule(newer(needs_amber_low=3)))
    team = a_team()
    with served() as client:
        client.nurse, client.lead = a_staff("clinician", team, name="Nia Nurse"), a_staff("lead", team)
        client.team = team
        yield client


def test_the_list_says_how_each_rule_stands_and_what_waits(door):
    told = at_keyboard(door, door.lead).get("/api/v1/rules").json()["items"]
    assert len(told) == len(PACKS.rules)
    one = next(rule for rule in told if rule["id"] == RULE)
    assert (one["version"], one["life"], one["waiting"], one["fired"]) == (1, "active", [2], 0)
    assert len(audited("rules.seen")) == 1


def test_a_rule_is_taken_on_by_two_people_through_the_door(door):
    decision = {"version": 2, "reason": "Fewer false alarms."}
    nurse = at_keyboard(door, door.nurse)
    shown = nurse.get(AT).json()
    (draft, active) = shown["versions"]
    assert draft["differs"] == [{"name": "params.needs_amber_low", "before": "2", "after": "3"}]
    assert active["differs"] == []
    assert nurse.post(f"{AT}/shadow", json=decision | {"step": shown["step"]}).json()["step"] == 3
    assert nurse.post(f"{AT}/propose", json=decision | {"step": 2}).status_code == 409
    assert nurse.post(f"{AT}/propose", json=decision).status_code == 200
    assert nurse.post(f"{AT}/approve", json=decision).status_code == 403
    told = at_keyboard(door, door.lead).post(f"{AT}/approve", json=decision).json()
    assert (told["version"], told["life"], told["waiting"]) == (2, "active", [])
    steps = [(step["what"], step["by"]) for step in told["versions"][0]["steps"]]
    assert steps == [
        ("entered", None),
        ("shadowed", "Nia Nurse"),
        ("proposed", "Nia Nurse"),
        ("approved", "Sam Reyes"),
    ]
    assert lives() == {1: "retired", 2: "active"}
    assert door.post(f"{AT}/retire", json={"version": 2, "reason": ""}).status_code == 422
    assert door.post(f"{AT}/retire", json=decision).json()["life"] == "retired"


def test_how_often_a_rule_fired_counts_the_viewers_own_patients_alone(door):
    an_alert(a_patient(door.team), rule=RULE)
    an_alert(a_patient(), rule=RULE)
    assert at_keyboard(door, door.lead).get(AT).json()["fired"] == 1


def test_a_rule_that_there_is_not_is_not_found(door):
    assert at_keyboard(door, door.lead).get("/api/v1/rules/none.such").status_code == 404
