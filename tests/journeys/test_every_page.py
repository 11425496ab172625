"""Every page of the running service, seen by each who may, on a phone and at a desk; and what three roles come for."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from playwright.sync_api import expect

from service import demo_data
from tests.chromium import overflow
from tests.journeys.people import DESK, WIDTHS, Visit, a_patient
from tests.journeys.place import a_cohort, accounts

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AGREED = ("/patient/thresholds", "/patient/thresholds/oxygen_saturation", "/patient/traits/oxygen_scale")
RULE = "/rules/every.oxygen_limits"
OF_STAFF = {
    "clinician": (
        "/queue",
        "/queue?severity=red",
        "/alert",
        "/patients",
        "/patient",
        *AGREED,
        "/trends",
        RULE,
    ),
    "coordinator": (
        "/queue",
        "/alert",
        "/patients",
        "/patient",
        "/patient/thresholds",
        "/trends",
        "/quality",
        RULE,
    ),
    "lead": (
        "/queue",
        "/alert",
        "/patients",
        "/trends",
        "/quality",
        "/rules",
        RULE,
        "/backtests?rule=every.oxygen_limits",
        "/service",
    ),
    "admin": ("/patients", "/service"),
}
OF_A_PATIENT = ("/today", "/today/blood-pressure", "/today/weight", "/today/sent", "/my-readings")
OF_ANYBODY = ("/sign-in", "/sign-in/patient", "/sign-in/patient/password", "/there-is-no-such-page")


@pytest.fixture(scope="module")
def here(start):
    return start(lambda: a_cohort(12, 21))


@pytest.fixture(scope="module")
def signed_in(here, browser):
    """What a browser keeps of a sign-in, by role: a code works once, so each signs in once."""
    kept = {}
    people = accounts()
    for role in ("patient", *OF_STAFF):
        visit, who = Visit(browser, here, DESK), people[role]
        if role == "patient":
            visit.signs_in_as_patient(who["nhs_number"], who["password"])
        else:
            visit.signs_in_as_staff(who["email"], who["password"], who["totp_secret"])
        kept[role] = visit.context.storage_state()
        visit.leaves()
    return kept


def address_of(visit, page):
    """`/alert` and `/patient`, with what follows it, stand for the first one of the list."""
    if page == "/alert":
        visit.goes_to("/queue")
        return visit.page.locator(".app-alert__sentence a").first.get_attribute("href")
    if page == "/patient" or page.startswith("/patient/"):
        visit.goes_to("/queue")
        return visit.page.locator(".app-card__name a").first.get_attribute("href") + page.removeprefix(
            "/patient"
        )
    return page


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("role", ["patient", *OF_STAFF])
def test_every_page_is_sound_for_who_may_see_it(here, arrives, signed_in, role, width):
    visit = arrives(width, state=signed_in[role])
    for page in OF_STAFF.get(role, OF_A_PATIENT):
        address = address_of(visit, page)
        visit.goes_to(address)
        assert visit.page.url == here.address + address  # and was sent nowhere else
        visit.sees_a_sound_page()
        for details in visit.page.locator("details").all()[:3]:
            details.evaluate("one => one.open = true")
        assert overflow(visit.page) <= 0, address


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_before_signing_in_is_sound(arrives, width):
    visit = arrives(width)
    for address in OF_ANYBODY:
        visit.goes_to(address)
        visit.sees_a_sound_page()
    visit.signs_in_with_the_code_on_paper(a_patient("Amina Okafor", team=demo_data.TEAMS[0]))
    visit.sees_a_sound_page()


def test_a_coordinator_reads_the_trends_filters_them_and_takes_them_along(arrives, signed_in, tmp_path):
    visit = arrives(DESK, state=signed_in["coordinator"])
    visit.goes_to("/trends")
    visit.reads("Trends")
    everybody = visit.page.locator("main tbody tr").count()
    visit.page.get_by_label("Pathway", exact=True).select_option(label="Heart failure")
    visit.presses("Show")
    visit.page.wait_for_url("**/trends?*pathway=heart_failure*")
    visit.reads("Trends")
    assert 0 < visit.page.locator("main tbody tr").count() < everybody

    with visit.page.expect_download() as coming:
        visit.page.get_by_role("link", name="Download as CSV").click()
    file = Path(tmp_path / "trends.csv")
    coming.value.save_as(file)
    rows = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))
    assert len(rows) > 1
    assert {len(row) for row in rows} == {len(rows[0])}
    shown = visit.page.locator("main tbody a b").all_inner_texts()
    assert set(shown) <= {cell for row in rows for cell in row}


def test_a_lead_sees_how_alerts_were_answered_and_which_rules_are_in_force(arrives, signed_in):
    visit = arrives(DESK, state=signed_in["lead"])
    visit.goes_to("/service")
    visit.reads("Service")
    answered = visit.page.get_by_role("region", name="How alerts were answered")
    assert answered.locator("tbody tr").count() > 0
    rules = visit.page.get_by_role("region", name="Rules in force")
    expect(rules.locator("tbody tr").filter(has_text="every.oxygen_limits")).to_be_visible()


def test_an_admin_finds_patients_and_nothing_clinical(here, arrives, signed_in):
    visit = arrives(DESK, state=signed_in["admin"])
    visit.goes_to("/patients")
    visit.reads("Patients")
    menu = visit.page.get_by_role("navigation", name="Menu").get_by_role("link").all_inner_texts()
    assert menu == ["Patients", "Service"]
    for address in ("/queue", "/trends"):
        answer = visit.page.goto(here.address + address)
        assert answer is not None
        assert answer.status == 403
        visit.sees_a_sound_page()
