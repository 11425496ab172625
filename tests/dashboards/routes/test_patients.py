"""The list of patients."""

from __future__ import annotations

from datetime import timedelta

import pytest

from foundation.clock import now
from foundation.database import transaction
from people.viewer import OWNER
from tests import rows
from tests.builders import a_patient, a_staff, a_team
from tests.dashboards.routes.world import (
    an_alert,
    at_keyboard,
    audited,
    counted,
    reading,
    send,
    served,
    signed_in,
)


def test_the_list_says_what_pathway_what_last_came_and_what_is_open(database):
    team = a_team()
    patient = a_patient(team, name="Ada Madeup", pathways=["heart_failure"])
    an_alert(patient)
    with transaction(OWNER) as session:
        rows.add(
            session,
            "pause",
            patient_id=patient.id,
            starts_at=now() - timedelta(days=1),
            ends_at=now() + timedelta(days=9),
        )
    with served() as client:
        send(at_keyboard(client, patient), reading("heart_rate", 70, unit="/min"))
        page = at_keyboard(client, a_staff("coordinator", team)).get("/patients").text
    assert f'href="/patients/{patient.id}"' in page
    assert "Heart failure" in page
    assert "today" in page
    assert "Paused until" in page
    assert "app-sev--red" in page
    assert [row.detail for row in audited("patients.seen")] == [{"patients": [patient.id]}]


def test_a_search_is_a_form_and_finds_names_in_part_and_numbers_as_a_whole(database):
    team = a_team()
    ada, ben = (
        a_patient(team, name=name, pathways=[pathway])
        for name, pathway in (("Ada 100% Madeup", "copd"), ("Ben_Sample", "diabetes"))
    )
    spaced = f"{ben.nhs_number[:3]} {ben.nhs_number[3:6]} {ben.nhs_number[6:]}"
    wanted = {
        "madeup": {ada.id},
        "BEN": {ben.id},
        spaced: {ben.id},
        ben.nhs_number[:9]: set(),
        "%": {ada.id},
        "_": {ben.id},
        "": {ada.id, ben.id},
        "' OR 1=1": set(),
    }
    with signed_in(a_staff("lead", team)) as client:
        for q, found in wanted.items():
            page = client.post("/patients", data={"q": q}).text
            assert {one.id for one in (ada, ben) if f'href="/patients/{one.id}"' in page} == found, q
        narrowed = client.get("/patients", params={"pathway": "copd", "team": team.id}).text
    assert "Ada 100% Madeup" in narrowed
    assert "Ben_Sample" not in narrowed


def test_patients_of_other_teams_are_on_nobodys_list_but_an_admins(database):
    a_patient(name="There Person")
    with served() as client:
        assert "No patients yet" in at_keyboard(client, a_staff("clinician")).get("/patients").text
        assert "No patient matches" in client.post("/patients", data={"q": "There"}).text
        assert "There Person" in at_keyboard(client, a_staff("admin")).get("/patients").text


def test_a_patient_has_no_list(database):
    with signed_in(a_patient()) as client:
        assert client.get("/patients").status_code == 403
        assert client.post("/patients", data={"q": "a"}).status_code == 403


def test_the_list_asks_the_database_as_often_for_many_as_for_one(database):
    team = a_team()
    a_patient(team)
    with signed_in(a_staff("lead", team)) as client:
        client.get("/patients")
        with counted() as few:
            client.get("/patients")
        for _ in range(7):
            a_patient(team)
        with counted() as many:
            client.get("/patients")
    assert len(few) == len(many) <= 14


@pytest.mark.parametrize("team", ["x", "99999999999999", "-1", "٣"])
def test_a_filter_that_is_no_number_filters_nothing(database, team):
    with signed_in(a_staff("lead")) as client:
        assert client.get("/patients", params={"team": team}).status_code == 200
