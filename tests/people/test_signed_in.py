from __future__ import annotations

import inspect
from datetime import timedelta

import pytest
import time_machine
from fastapi import APIRouter, Request
from sqlalchemy import event

from foundation.clock import now
from foundation.database import engine, transaction
from people import sessions, signed_in, teams
from people.signed_in import SignedIn, SignedInPatient, SignedInStaff, WatchingStaff
from people.viewer import DOOR, OWNER
from tests.builders import a_patient, a_staff, bearer, token_for
from tests.web import browser, program, small_app

router = APIRouter()


@router.get("/anybody")
@router.post("/anybody")
def anybody(viewer: SignedIn, request: Request):
    return {"actor": viewer.actor, "csrf": request.state.csrf}


@router.get("/staff")
def staff_only(viewer: SignedInStaff):
    return viewer.role


@router.get("/live")
def live(viewer: WatchingStaff):
    return viewer.role


@router.get("/patient")
def patient_only(viewer: SignedInPatient):
    return viewer.role


@router.get("/api/v1/anybody")
def of_programs(viewer: SignedIn):
    return viewer.actor


@router.post("/form")
async def form(viewer: SignedIn, request: Request):
    async with request.form() as told:
        return {name: value for name, value in told.items() if isinstance(value, str)}


APP = small_app(router)


def signed_in_browser(person, *, stage="full"):
    """A browser with an open session, and the CSRF token of its pages."""
    kind = "staff" if hasattr(person, "role") else "patient"
    with transaction(DOOR) as session:
        cookie = sessions.start(session, kind, person.id, stage, at=now())
    found = sessions.seen(cookie, now())
    return browser(APP, **{"__Host-session": cookie}), found.csrf


def test_a_bearer_token_says_who_asks(database):
    patient = a_patient()
    answer = program(APP).post("/anybody", headers=bearer(patient))
    assert answer.json() == {"actor": f"patient:{patient.id}", "csrf": ""}


def test_a_cookie_says_who_asks(database):
    staff = a_staff()
    web, csrf = signed_in_browser(staff)
    assert web.get("/anybody").json() == {"actor": f"staff:{staff.id}", "csrf": csrf}


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer th_"},
        {"Authorization": "Bearer th_nobodys"},
        {"Authorization": "Basic YTpi"},
        {"Cookie": "__Host-session="},
        {"Cookie": "__Host-session=nobodys"},
    ],
)
def test_who_cannot_be_told_is_refused(database, given):
    answer = program(APP).get("/anybody", headers=given)
    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")


def test_a_wrong_token_is_not_made_good_by_a_cookie(database):
    web, _ = signed_in_browser(a_staff())
    assert web.get("/api/v1/anybody", headers={"Authorization": "Bearer th_nobodys"}).status_code == 401


def test_a_token_of_another_scheme_is_not_looked_at(database):
    given = {"Authorization": f"Basic {token_for(a_patient())}"}
    assert program(APP).get("/anybody", headers=given).status_code == 401


@pytest.mark.parametrize("stage", ["password", "code"])
def test_who_is_not_done_signing_in_may_do_nothing(database, stage):
    web, _ = signed_in_browser(a_staff(), stage=stage)
    assert web.get("/api/v1/anybody").status_code == 401


@pytest.mark.parametrize(
    ("path", "where"),
    [("/anybody", "/sign-in"), ("/staff", "/sign-in"), ("/patient", "/sign-in/patient/password")],
)
def test_a_person_at_a_page_is_sent_to_where_they_sign_in(database, path, where):
    answer = browser(APP).get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, where)


def test_a_program_and_a_part_of_a_page_are_sent_nowhere(database):
    assert browser(APP).get("/api/v1/anybody").status_code == 401
    assert browser(APP).get("/staff", headers={"HX-Request": "true"}).status_code == 401


def test_staff_pages_are_for_staff_and_patients_pages_for_patients(database):
    patient, staff = bearer(a_patient()), bearer(a_staff())
    told = {
        (path, who): program(APP).get(path, headers=given).status_code
        for path in ("/staff", "/live", "/patient")
        for who, given in (("patient", patient), ("staff", staff))
    }
    allowed = {("/staff", "staff"), ("/live", "staff"), ("/patient", "patient")}
    assert told == {key: 200 if key in allowed else 403 for key in told}


# ---------------------------------------------------------------- from our own page


def test_a_change_needs_the_csrf_token_of_this_session(database):
    web, csrf = signed_in_browser(a_staff())
    _, others = signed_in_browser(a_staff())
    assert web.post("/anybody", headers={"X-CSRF": csrf}).status_code == 200
    assert web.post("/form", data={"csrf": csrf, "note": "seen"}).json() == {"csrf": csrf, "note": "seen"}
    assert web.post("/form", data={"csrf": csrf}, files={"f": ("a.txt", b"x")}).status_code == 200
    for wrong in ("", others, csrf[:-1], "é"):
        assert web.post("/form", data={"csrf": wrong}).json() == {"code": "form_too_old"}
    assert web.post("/form", data={"note": "seen"}).status_code == 403
    assert web.post("/anybody").status_code == 403
    assert web.post("/anybody", json={"csrf": csrf}).status_code == 403
    assert web.post("/form", files={"csrf": ("a.txt", csrf.encode())}).status_code == 403


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),  # what a page under no-referrer sends
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://testserver"}, 403),
        ({"Origin": "https://testserver"}, 200),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "https://testserver.elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 200),
    ],
)
def test_another_sites_page_can_change_nothing_even_with_the_token(database, told, status):
    web, csrf = signed_in_browser(a_staff())
    del web.headers["Sec-Fetch-Site"]
    assert web.post("/anybody", headers={"X-CSRF": csrf} | told).status_code == status


def test_looking_needs_no_token(database):
    web, _ = signed_in_browser(a_staff())
    assert web.get("/anybody", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_a_program_with_a_token_needs_no_csrf_token(database):
    given = bearer(a_patient()) | {"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"}
    assert program(APP).post("/anybody", headers=given).status_code == 200


# ---------------------------------------------------------------- for how long


def test_a_live_page_keeps_nobody_signed_in_and_a_click_does(database):
    with time_machine.travel(now(), tick=False) as clock:
        web, _ = signed_in_browser(a_staff())
        for path, minutes, expected in [
            ("/live", 20, 200),
            ("/staff", 5, 200),
            ("/live", 29, 200),
            ("/live", 2, 401),
        ]:
            clock.shift(timedelta(minutes=minutes))
            assert web.get(path, headers={"HX-Request": "true"}).status_code == expected


def test_a_change_of_role_counts_at_the_next_request(database):
    staff = a_staff("clinician")
    web, _ = signed_in_browser(staff)
    assert web.get("/staff").json() == "clinician"
    with transaction(OWNER) as session:
        teams.change_staff(session, staff.id, "lead", [], by=OWNER, at=now())
    assert web.get("/staff").json() == "lead"


# ---------------------------------------------------------------- the cookie, and the cost


def test_the_cookie_is_for_this_host_and_https_alone_and_no_script_reads_it(database):
    from starlette.responses import Response  # noqa: PLC0415 the one test that needs it

    answer = Response()
    signed_in.give_cookie(answer, "abc")
    told = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")}
    assert told == {"__host-session=abc", "httponly", "path=/", "samesite=lax", "secure"}


def test_without_https_the_cookie_has_a_plain_name(database, monkeypatch):
    from foundation.settings import settings  # noqa: PLC0415 the one test that needs it

    monkeypatch.setenv("TELEHEALTH_SECURE_COOKIES", "false")
    settings.cache_clear()
    assert signed_in.cookie_name() == "session"


def test_a_reading_by_a_token_that_was_just_seen_costs_no_statement(database):
    given, web = bearer(a_patient()), program(APP)
    web.post("/anybody", headers=given)
    asked = []
    event.listen(engine("door"), "before_cursor_execute", lambda *told: asked.append(told[2]))
    web.post("/anybody", headers=given)
    assert asked == []


def test_a_request_of_a_browser_costs_one_transaction_of_one_statement(database):
    web, _ = signed_in_browser(a_staff())
    web.get("/anybody")
    asked = []
    event.listen(engine("door"), "before_cursor_execute", lambda *told: asked.append(told[2]))
    web.get("/anybody")
    assert len(asked) == 1


def test_no_dependency_holds_a_transaction_open():
    for name in ("_anybody", "_staff", "_watching_staff", "_patient"):
        assert inspect.iscoroutinefunction(
            getattr(signed_in, name)
        )  # a plain value: nothing to yield, nothing held
