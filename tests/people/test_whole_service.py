"""Who may ask, on the application that is served."""

from __future__ import annotations

from people.rights import not_found
from tests.builders import PASSWORD, a_patient, a_staff, a_team, an_nhs_number
from tests.web import PAGE, client


def readings_of(patient):
    return f"/api/v1/patients/{patient.nhs_number}/readings"


def test_a_program_without_a_token_is_told_which_kind_it_needs(database):
    with client() as web:
        answer = web.get(readings_of(a_patient()))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not_signed_in"


def test_a_person_at_a_page_is_sent_to_sign_in(database):
    with client() as web:
        for page, where in [("/queue", "/sign-in"), ("/today", "/sign-in/patient/password")]:
            answer = web.get(page, headers=PAGE)
            assert (answer.status_code, answer.headers["location"]) == (303, where)


def test_another_teams_patient_and_nobody_are_the_same_to_who_asks(database):
    team = a_team()
    asking, far = a_staff("clinician", team), a_patient()
    with client(asking) as web:
        told = {
            web.get(path).text for path in (readings_of(far), f"/api/v1/patients/{an_nhs_number()}/readings")
        }
        assert web.get(readings_of(a_patient(team))).status_code == 200
    assert len(told) == 1
    assert not_found().sentence in told.pop()


def test_a_password_that_was_sent_comes_back_in_no_answer_and_no_log(database, caplog, capfd):
    staff = a_staff(password=PASSWORD)
    with client() as web:
        for email, password in [(staff.email, "lantern mole cello"), (staff.email, PASSWORD)]:
            answer = web.post("/sign-in", data={"email": email, "password": password}, headers=PAGE)
            assert password not in answer.text
    written = caplog.text + "".join(capfd.readouterr())
    for secret in ("lantern mole", PASSWORD, staff.email):
        assert secret not in written
