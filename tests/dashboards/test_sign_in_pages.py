from __future__ import annotations

import json
from datetime import date

import pytest

from dashboards.routes import sign_in as pages
from foundation.clock import now
from foundation.database import transaction
from foundation.settings import settings
from people import enrolment_codes, sessions, totp
from people.signed_in import cookie_name
from people.viewer import OWNER
from tests.builders import PASSWORD, a_patient, a_staff
from tests.web import browser, csrf_of, small_app

APP = small_app(pages.router)
BORN = date(1951, 3, 14)


def typed_from_paper(patient):
    with transaction(OWNER) as session:
        code = enrolment_codes.issue(session, patient.id, by=OWNER, at=now())
    day = {"born_day": "14", "born_month": "3", "born_year": "1951"}
    return {"nhs_number": patient.nhs_number, "code": code} | day


def test_staff_come_to_the_queue_by_password_and_code(database):
    staff, web = a_staff("clinician", password=PASSWORD), browser(APP)

    first = web.post("/sign-in", data={"email": staff.email, "password": PASSWORD})
    assert (first.status_code, first.headers["location"]) == (303, "/sign-in/code")

    page = web.get("/sign-in/code")
    told = {"code": totp.code(staff.totp_secret, now()), "csrf": csrf_of(page.text)}
    second = web.post("/sign-in/code", data=told)
    assert (second.status_code, second.headers["location"]) == (303, "/queue")
    assert web.get("/").headers["location"] == "/queue"


def test_a_new_cookie_is_given_at_each_step(database):
    staff, web = a_staff(password=PASSWORD), browser(APP)
    web.post("/sign-in", data={"email": staff.email, "password": PASSWORD})
    half = web.cookies["__Host-session"]
    told = {
        "code": totp.code(staff.totp_secret, now()),
        "csrf": csrf_of(web.get("/sign-in/code").text),
    }
    web.post("/sign-in/code", data=told)
    assert web.cookies["__Host-session"] != half
    assert sessions.seen(half, now()) is None


def test_a_patient_comes_to_today_by_the_code_on_paper_and_later_by_password(database):
    patient, web = a_patient(born=BORN), browser(APP)

    first = web.post("/sign-in/patient", data=typed_from_paper(patient))
    assert (first.status_code, first.headers["location"]) == (303, "/choose-password")

    csrf = csrf_of(web.get("/choose-password").text)
    chosen = {"password": PASSWORD, "password_again": PASSWORD, "csrf": csrf}
    second = web.post("/choose-password", data=chosen)
    assert (second.status_code, second.headers["location"]) == (303, "/today")

    later = browser(APP)
    told = {"nhs_number": patient.nhs_number, "password": PASSWORD}
    third = later.post("/sign-in/patient/password", data=told)
    assert (third.status_code, third.headers["location"]) == (303, "/today")
    assert later.get("/").headers["location"] == "/today"


def test_an_admin_comes_to_the_service_page(database):
    staff, web = a_staff("admin", password=PASSWORD), browser(APP)
    web.post("/sign-in", data={"email": staff.email, "password": PASSWORD})
    csrf = csrf_of(web.get("/sign-in/code").text)
    told = {"code": totp.code(staff.totp_secret, now()), "csrf": csrf}
    assert web.post("/sign-in/code", data=told).headers["location"] == "/service"


@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/patient", "/sign-in/patient/password"])
def test_a_form_is_shown_to_anybody_and_kept_by_no_cache(database, path):
    answer = browser(APP).get(path)
    assert answer.status_code == 200
    assert f'action="{path}"' in answer.text
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "where"),
    [("/", "/sign-in"), ("/sign-in/code", "/sign-in"), ("/choose-password", "/sign-in/patient/password")],
)
def test_who_skips_a_step_is_sent_back_to_the_first(database, path, where):
    answer = browser(APP).get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, where)
    if path != "/":
        assert browser(APP).post(path, data={"code": "123456"}).headers["location"] == where


def test_a_wrong_password_is_said_on_the_form_which_keeps_the_address_and_not_the_password(database):
    answer = browser(APP).post("/sign-in", data={"email": "sam@example.org", "password": "lantern mole"})
    assert answer.status_code == 422
    assert "E-mail address or password is wrong" in answer.text
    assert "sam@example.org" in answer.text
    assert "lantern mole" not in answer.text


def test_a_locked_account_is_told_to_wait(database):
    web = browser(APP)
    told = [
        web.post("/sign-in", data={"email": "sam@example.org", "password": "x"}).status_code for _ in range(6)
    ]
    assert told == [422] * 5 + [429]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"nhs_number": "123"}, "nhs_number"),
        ({"born_month": "13"}, "born_day"),
        ({"born_day": "thirty"}, "born_day"),
        ({"born_year": ""}, "born_day"),
    ],
)
def test_a_mistake_is_said_beside_its_field(database, typed, field):
    answer = browser(APP).post("/sign-in/patient", data=typed_from_paper(a_patient(born=BORN)) | typed)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text


@pytest.mark.parametrize(
    ("password", "again", "field"),
    [("short", "short", "password"), (PASSWORD, "lantern mole cello", "password_again")],
)
def test_a_password_that_will_not_do_is_said_beside_its_field(database, password, again, field):
    patient, web = a_patient(born=BORN), browser(APP)
    web.post("/sign-in/patient", data=typed_from_paper(patient))
    csrf = csrf_of(web.get("/choose-password").text)
    told = {"password": password, "password_again": again, "csrf": csrf}
    answer = web.post("/choose-password", data=told)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert password not in answer.text


def test_signing_out_ends_the_session_and_forgets_what_the_browser_kept(database):
    staff, web = a_staff(password=PASSWORD), browser(APP)
    web.post("/sign-in", data={"email": staff.email, "password": PASSWORD})
    csrf = csrf_of(web.get("/sign-in/code").text)
    cookie = web.cookies["__Host-session"]

    assert web.post("/sign-out").status_code == 403  # only from our own page
    answer = web.post("/sign-out", data={"csrf": csrf})

    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert answer.headers["clear-site-data"] == '"cache"'
    assert "__Host-session" not in web.cookies
    assert sessions.seen(cookie, now()) is None


def test_signing_in_again_ends_the_session_before(database):
    staff, web = a_staff(password=PASSWORD), browser(APP)
    for _ in range(2):
        before = web.cookies.get("__Host-session", "")
        web.post("/sign-in", data={"email": staff.email, "password": PASSWORD})
    assert sessions.seen(before, now()) is None
    assert sessions.seen(web.cookies["__Host-session"], now())


def test_another_sites_page_can_sign_nobody_in(database):
    for path in ("/sign-in", "/sign-in/patient", "/sign-in/patient/password"):
        answer = browser(APP).post(path, data={}, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403


# ---------------------------------------------------------------- the demo


@pytest.fixture
def demo(database, monkeypatch):
    monkeypatch.setenv("TELEHEALTH_DEMO", "true")
    monkeypatch.setenv("TELEHEALTH_SECURE_COOKIES", "false")
    settings.cache_clear()
    told = [
        {
            "who": "clinician",
            "email": "sam@example.org",
            "password": PASSWORD,
            "totp_secret": totp.new_secret(),
        },
        {"who": "patient", "nhs_number": "9990000123", "password": PASSWORD},
    ]
    settings().data.mkdir(exist_ok=True)
    (settings().data / "demo.json").write_text(json.dumps({"accounts": told}))
    return told


def test_the_demo_says_who_can_sign_in_and_with_which_code(demo):
    page = browser(APP).get("/sign-in").text
    assert "sam@example.org" in page
    assert PASSWORD in page
    assert any(totp.code(demo[0]["totp_secret"], now()) in page for _ in range(2))
    assert "9990000123" in page


def test_anywhere_else_it_says_nothing_even_with_such_a_file(demo, monkeypatch):
    monkeypatch.delenv("TELEHEALTH_DEMO")
    settings.cache_clear()
    page = browser(APP).get("/sign-in").text
    assert "sam@example.org" not in page
    assert PASSWORD not in page


def test_a_demo_without_its_file_shows_the_plain_form(demo):
    (settings().data / "demo.json").unlink()
    assert browser(APP).get("/sign-in").status_code == 200


def test_the_demos_cookie_works_without_https(demo):
    assert cookie_name() == "session"
