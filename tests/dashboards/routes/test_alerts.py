"""One alert, and what people do to it."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import uuid4

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
)

CHANGES = "SELECT changes FROM alert WHERE id = :id"


def test_an_alert_shows_its_evidence_its_arithmetic_and_its_timeline(database):
    team = a_team()
    patient = a_patient(team, name="Ada Madeup")
    moment = now() - timedelta(hours=1)
    with served() as client:
        at_keyboard(client, patient)
        send(client, reading("heart_rate", 131, moment, "/min"))
        pinned = [
            ["heart_rate", moment.isoformat(), 131.0, True],
            ["heart_rate", (moment - timedelta(days=1)).isoformat(), 140.0, True],
        ]
        evidence = {"kind": 3, "readings": pinned, "arithmetic": ["131 is at or above 130"]}
        alert = an_alert(patient, evidence=json.dumps(evidence), sentence="Heart rate 131 /min.")
        page = at_keyboard(client, a_staff("clinician", team)).get(f"/alerts/{alert}").text
    assert "Ada Madeup" in page
    assert "131 is at or above 130" in page
    assert "131 /min" in page
    assert "140 /min" in page
    assert "<b>Raised</b> by the checks" in page
    assert "corrected since" not in page
    assert [row.patient_id for row in audited("alert.seen")] == [patient.id]


def test_evidence_that_was_corrected_since_is_struck(database):
    team = a_team()
    patient = a_patient(team)
    moment = now() - timedelta(hours=1)
    with served() as client:
        send(at_keyboard(client, patient), reading("heart_rate", 70, moment, "/min"))
        evidence = {
            "kind": 3,
            "readings": [["heart_rate", moment.isoformat(), 131.0, True]],
            "arithmetic": [],
        }
        alert = an_alert(patient, evidence=json.dumps(evidence))
        page = at_keyboard(client, a_staff("clinician", team)).get(f"/alerts/{alert}").text
    assert "<s>131 /min</s> corrected since" in page


@pytest.mark.parametrize("role", ["clinician", "coordinator", "lead"])
def test_an_alert_of_another_team_is_not_there(database, role):
    alert = an_alert(a_patient())
    with signed_in(a_staff(role)) as client:
        assert client.get(f"/alerts/{alert}").status_code == 404
        assert client.get(f"/alerts/{uuid4()}").status_code == 404


def test_neither_patients_nor_admins_see_alerts(database):
    team = a_team()
    patient = a_patient(team)
    alert = an_alert(patient)
    with served() as client:
        for person in (patient, a_staff("admin", team)):
            assert at_keyboard(client, person).get(f"/alerts/{alert}").status_code == 403
            assert client.post(f"/alerts/{alert}/acknowledge").status_code == 403


def test_acknowledging_leads_back_with_a_notice_that_is_said_once(database):
    team = a_team()
    alert = an_alert(a_patient(team))
    with signed_in(a_staff("clinician", team)) as client:
        done = client.post(
            f"/alerts/{alert}/acknowledge", data={"changes": "1", "back": "queue", "severity": "red"}
        )
        assert (done.status_code, done.headers["location"]) == (303, "/queue?severity=red")
        first, second = client.get("/queue").text, client.get("/queue").text
    assert "You have acknowledged the alert." in first
    assert "Seen by Sam Reyes" in first
    assert "You have acknowledged the alert." not in second


def test_the_notice_waits_for_a_page_and_not_for_its_rows(database):
    team = a_team()
    alert = an_alert(a_patient(team))
    with signed_in(a_staff("clinician", team)) as client:
        client.post(f"/alerts/{alert}/claim", data={"back": "queue"})
        client.get("/queue/rows")
        assert "You have claimed the alert." in client.get("/queue").text


def test_who_comes_second_is_told_who_was_first_and_changes_nothing(database):
    team = a_team()
    alert = an_alert(a_patient(team))
    first, second = (a_staff("clinician", team, name=name) for name in ("First Nurse", "Second Nurse"))
    with served() as client:
        at_keyboard(client, first).post(f"/alerts/{alert}/claim", data={"changes": "1", "back": "alert"})
        client.get(f"/alerts/{alert}")
        lost = at_keyboard(client, second).post(
            f"/alerts/{alert}/claim", data={"changes": "1", "back": "alert"}
        )
        assert (lost.status_code, lost.headers["location"]) == (303, f"/alerts/{alert}")
        page = client.get(f"/alerts/{alert}").text
    assert 'role="alert"><p>First Nurse took this while you were looking.' in page
    assert "Claimed by First Nurse" in page
    assert only("SELECT claimed_by FROM alert") == first.id


def test_an_alert_is_taken_over_from_who_claimed_it_by_exactly_one_who_saw_that(database):
    team = a_team()
    alert = an_alert(a_patient(team))
    first, second, third = (
        a_staff("clinician", team, name=f"{n} Nurse") for n in ("First", "Second", "Third")
    )
    with served() as client:
        at_keyboard(client, first).post(f"/alerts/{alert}/claim", data={"changes": "1", "back": "alert"})
        offered = at_keyboard(client, second).get(f"/alerts/{alert}").text
        assert "Take over" in offered
        assert 'name="changes" value="2"' in offered
        claim = {"changes": "2", "back": "alert"}
        client.post(f"/alerts/{alert}/claim", data=claim)
        page = client.get(f"/alerts/{alert}").text
        at_keyboard(client, third).post(f"/alerts/{alert}/claim", data=claim)
        lost = client.get(f"/alerts/{alert}").text
    assert "You have claimed the alert." in page
    assert "Taken over" in page
    assert 'role="alert"><p>Second Nurse took this while you were looking.' in lost
    assert only("SELECT claimed_by FROM alert") == second.id


def test_acting_on_an_alert_that_changed_since_is_refused_in_words(database):
    team = a_team()
    alert = an_alert(a_patient(team), changes=5)
    with signed_in(a_staff("clinician", team)) as client:
        client.post(f"/alerts/{alert}/acknowledge", data={"changes": "4"})
        assert "This alert changed while you were looking." in client.get(f"/alerts/{alert}").text
    assert only(CHANGES, id=alert) == 5


def test_resolving_takes_an_outcome_and_leads_back_to_the_record(database):
    team = a_team()
    patient = a_patient(team)
    alert = an_alert(patient)
    with signed_in(a_staff("clinician", team)) as client:
        without = client.post(f"/alerts/{alert}/resolve", data={"back": "alert", "outcome": ""})
        assert "Say what it came to" in client.get(without.headers["location"]).text
        done = client.post(
            f"/alerts/{alert}/resolve",
            data={"changes": "1", "back": "record", "outcome": "advice_given", "note": "Rang her."},
        )
        assert done.headers["location"] == f"/patients/{patient.id}"
        page = client.get(f"/alerts/{alert}").text
    assert "Resolved by Sam Reyes" in page
    assert "Advice given. Rang her." in page
    assert "There is nothing for you to do on this alert." in page


def test_a_coordinator_writes_notes_and_does_no_more(database):
    team = a_team()
    alert = an_alert(a_patient(team))
    with signed_in(a_staff("coordinator", team)) as client:
        for verb in ("acknowledge", "claim", "resolve"):
            assert client.post(f"/alerts/{alert}/{verb}", data={"outcome": "advice_given"}).status_code == 403
        client.post(f"/alerts/{alert}/note", data={"note": "She is away until Monday."})
        page = client.get(f"/alerts/{alert}").text
        empty = client.post(f"/alerts/{alert}/note", data={"note": "  "})
        assert "Write a few words first." in client.get(empty.headers["location"]).text
    assert "She is away until Monday." in page
    assert only("SELECT count(*) FROM alert WHERE acknowledged_at IS NULL") == 1


def test_a_form_leads_to_no_address_of_its_own(database):
    team = a_team()
    alert = an_alert(a_patient(team))
    with signed_in(a_staff("clinician", team)) as client:
        done = client.post(
            f"/alerts/{alert}/claim", data={"back": "https://elsewhere.example", "team": "//elsewhere"}
        )
    assert done.headers["location"] == f"/alerts/{alert}"


def test_a_said_cookie_that_nobody_wrote_is_left_alone(database):
    with signed_in(a_staff()) as client:
        for value in ("nonsense", "W10=", "eyJhIjoxfQ==", "WyI8Yj54PC9iPiIsIiJd"):
            client.cookies.set("said", value, domain="testserver.local")
            page = client.get("/queue")
            assert page.status_code == 200
            assert "<b>x</b>" not in page.text


def test_an_alert_asks_the_database_as_often_for_much_evidence_as_for_little(database):
    team = a_team()
    patient = a_patient(team)
    pinned = [["heart_rate", (now() - timedelta(hours=n)).isoformat(), 131.0, True] for n in range(20)]
    little = an_alert(patient, evidence=json.dumps({"kind": 3, "readings": pinned[:1]}))
    much = an_alert(patient, evidence=json.dumps({"kind": 3, "readings": pinned}))
    with signed_in(a_staff("clinician", team)) as client:
        client.get(f"/alerts/{little}")
        with counted() as few:
            client.get(f"/alerts/{little}")
        with counted() as many:
            client.get(f"/alerts/{much}")
    assert len(few) == len(many) <= 14
