"""A patient's record, and what is decided there."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta

import pytest

from foundation.clock import now
from tests.builders import a_patient, a_staff, a_team
from tests.dashboards.routes.world import (
    an_alert,
    at_keyboard,
    audited,
    counted,
    only,
    reading,
    send,
    served,
    signed_in,
    with_bounds,
)


def pressures(days: int, **more):
    return [
        reading(
            "blood_pressure",
            {"systolic": 130 + n % 5, "diastolic": 80, **more},
            now() - timedelta(days=n, minutes=1),
            "mmHg",
        )
        for n in range(days)
    ]


def test_a_record_draws_readings_against_thresholds_with_its_evidence_marked(database):
    team = a_team()
    patient = with_bounds(
        a_patient(team, name="Ada Madeup", pathways=["hypertension"], enrolled_on=date(2026, 1, 1))
    )
    told = pressures(20)
    evidence = {
        "kind": 1,
        "readings": [["systolic", told[3]["measured_at"], 133.0, True]],
        "arithmetic": ["133 is much"],
    }
    an_alert(patient, evidence=json.dumps(evidence))
    with served() as client:
        send(at_keyboard(client, patient), *told)
        page = at_keyboard(client, a_staff("clinician", team)).get(f"/patients/{patient.id}").text
        week = client.get(f"/patients/{patient.id}?days=7").text
        odd = client.get(f"/patients/{patient.id}?days=4000")
    assert "Ada Madeup" in page
    assert "20 readings" in page
    assert "7 readings" in week
    assert "an alert rests on it" in page
    assert "Hypertension pathway" in page
    assert "133 is much" in page
    assert (odd.status_code, "Readings, last 30 days" in odd.text) == (200, True)
    assert {row.patient_id for row in audited("record.seen")} == {patient.id}


def test_an_empty_record_says_that_nothing_came(database):
    team = a_team()
    patient = a_patient(team, pathways=[])
    with signed_in(a_staff("coordinator", team)) as client:
        page = client.get(f"/patients/{patient.id}").text
    assert "No readings have come yet, and no thresholds are set." in page
    assert "No alerts are waiting." in page


def held_at(page: str) -> str:
    (found,) = set(re.findall(r'action="(/patients/\d+/held/[^"]+)/accept"', page))
    return str(found)


def test_a_held_panel_is_decided_on_as_one_and_becomes_readings(database):
    team = a_team()
    patient = a_patient(team)
    with served() as client:
        send(
            at_keyboard(client, patient),
            reading("blood_pressure", {"systolic": 210, "diastolic": 110}, unit="mmHg"),
        )
        page = at_keyboard(client, a_staff("clinician", team)).get(f"/patients/{patient.id}").text
        assert "Waiting for a decision (1)" in page
        assert "210/110 mmHg" in page
        assert "not confirmed" in page
        done = client.post(f"{held_at(page)}/accept")
        assert (done.status_code, done.headers["location"]) == (303, f"/patients/{patient.id}")
        after = client.get(f"/patients/{patient.id}").text
        again = client.post(f"{held_at(page)}/accept")
        assert "Someone else decided" in client.get(again.headers["location"]).text
    assert "The value is kept as a reading." in after
    assert "Waiting for a decision" not in after
    assert only("SELECT count(*) FROM reading") == 2


def test_refusing_takes_a_reason_and_shows_what_is_stored_beside_it(database):
    team = a_team()
    patient = a_patient(team)
    at = now()
    with served() as client:
        at_keyboard(client, patient)
        send(client, reading("body_weight", 80.4, at, "kg"))
        send(client, reading("body_weight", 81.0, at, "kg"))
        at_keyboard(client, a_staff("clinician", team))
        page = client.get(f"/patients/{patient.id}").text
        assert "Already stored for that moment: <b>80.4 kg</b>" in page
        without = client.post(f"{held_at(page)}/refuse", data={"reason": " "})
        assert "Say why" in client.get(without.headers["location"]).text
        client.post(f"{held_at(page)}/refuse", data={"reason": "She misread it."})
    assert only("SELECT state FROM held") == "dismissed"


@pytest.mark.parametrize("role", ["coordinator", "lead"])
def test_only_clinicians_decide(database, role):
    team = a_team()
    patient = a_patient(team)
    with served() as client:
        send(at_keyboard(client, patient), reading("body_temperature", 40.1, unit="°C"))
        page = at_keyboard(client, a_staff(role, team)).get(f"/patients/{patient.id}").text
        assert "Waiting for a decision (1)" in page
        assert "/accept" not in page
        held = f"{only('SELECT upload_id FROM held')}-0"
        for verb in ("accept", "refuse"):
            assert (
                client.post(f"/patients/{patient.id}/held/{held}/{verb}", data={"reason": "x"}).status_code
                == 403
            )


def test_a_record_of_another_team_is_not_there_and_patients_and_admins_have_none(database):
    patient = a_patient()
    with served() as client:
        assert at_keyboard(client, a_staff("clinician")).get(f"/patients/{patient.id}").status_code == 404
        assert client.get("/patients/999999").status_code == 404
        assert client.post(f"/patients/{patient.id}/held/nonsense/accept").status_code == 404
        assert at_keyboard(client, a_staff("admin")).get(f"/patients/{patient.id}").status_code == 403
        assert at_keyboard(client, patient).get(f"/patients/{patient.id}").status_code == 403


def test_a_record_asks_the_database_as_often_for_much_as_for_little(database):
    team = a_team()
    patient = with_bounds(a_patient(team))
    pinned = json.dumps(
        {"kind": 1, "readings": [["systolic", now().isoformat(), 186.0, True]], "arithmetic": []}
    )
    an_alert(patient, evidence=pinned)
    with served() as client:
        at_keyboard(client, patient)
        send(client, *pressures(1))
        nurse = a_staff("clinician", team)
        at_keyboard(client, nurse).get(f"/patients/{patient.id}")
        with counted() as few:
            client.get(f"/patients/{patient.id}")
        at_keyboard(client, patient)
        send(
            client,
            *pressures(25, heart_rate=70),
            *(reading("body_temperature", 40.1 + n / 10, unit="°C") for n in range(5)),
        )
        for _ in range(5):
            an_alert(patient, evidence=pinned)
        at_keyboard(client, nurse)
        with counted() as many:
            client.get(f"/patients/{patient.id}")
    assert len(few) == len(many) <= 25
