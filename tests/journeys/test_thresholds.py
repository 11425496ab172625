"""A clinician changes what is agreed for a patient: by keyboard, with a preview; and by plain forms."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from foundation.clock import now
from service import enrolment
from tests.journeys.keyboard import then_the_focus_is_seen, when_they_go_by_tab_to
from tests.journeys.people import DESK, a_member, a_patient

pytestmark = [pytest.mark.browser, pytest.mark.slow]

REVIEW = now() + timedelta(days=90)


@pytest.fixture(scope="module")
def here(start):
    return start(lambda: None)


def given_a_patient_who_sent_low_readings(here, name):
    patient = a_patient(name, ["copd"])
    token = enrolment.patient_token(patient.nhs_number, at=now())
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    items = [
        {"kind": "oxygen_saturation", "value": value, "unit": "%", "measured_at": (now() - timedelta(days=day)).isoformat()}
        for day, value in ((20, 86), (19, 86), (18, 95), (17, 95), (3, 83), (2, 95), (1, 95))
    ]  # fmt: skip
    told = here.served.ask("POST", "/api/v1/readings", {"readings": items}, headers)
    assert {one["verdict"] for one in told.json["results"]} <= {"stored", "held"}
    return patient


def given_a_clinician_at_the_record(visit, member, patient):
    visit.signs_in_as_staff(member.email, member.password, member.totp_secret)
    visit.goes_to("/patients")
    visit.page.get_by_role("link", name=patient.name).click()
    visit.reads(patient.name)


def test_a_bound_is_changed_with_a_preview_by_keyboard_alone(here, arrives):
    visit, member = arrives(DESK), a_member("Mina Keys")
    patient = given_a_patient_who_sent_low_readings(here, "Idris Lowe")
    given_a_clinician_at_the_record(visit, member, patient)

    when_they_go_by_tab_to(visit, ".app-thresholds-link")
    visit.page.keyboard.press("Enter")
    visit.reads(f"Thresholds of {patient.name}")
    when_they_go_by_tab_to(visit, "#oxygen_saturation a")
    visit.page.keyboard.press("Enter")
    visit.reads("Oxygen saturation: thresholds")

    # First without a reason: it is said at the top, which has the focus, and leads to the box.
    when_they_type(visit, {"red_low": "80", "amber_low": "84"})
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator(".nhsuk-error-summary")).to_be_focused()
    visit.sees_a_sound_page()
    expect(visit.page.locator(".nhsuk-error-summary a")).to_have_count(2)
    when_they_go_by_tab_to(visit, ".nhsuk-error-summary a")
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator("#reason")).to_be_focused()
    then_the_focus_is_seen(visit)
    visit.page.keyboard.type("Runs low when well.")
    review = {"review_on_day": REVIEW.day, "review_on_month": REVIEW.month, "review_on_year": REVIEW.year}
    when_they_type(visit, {name: str(value) for name, value in review.items()})
    visit.page.keyboard.press("Enter")

    preview = visit.page.locator("#preview")
    expect(preview).to_contain_text(
        re.compile("In the last 90 days the new thresholds would have raised .*today's [1-9]")
    )
    visit.sees_a_sound_page()
    expect(visit.page.locator(".app-notice")).to_have_count(0)  # nothing is saved yet
    when_they_go_by_tab_to(visit, ".app-save button")
    visit.page.keyboard.press("Enter")

    visit.reads(f"Thresholds of {patient.name}")
    expect(visit.page.locator(".app-notice")).to_contain_text("Oxygen saturation: the thresholds are saved.")
    row = visit.page.locator("#oxygen_saturation")
    for said in ("80", "84", "This patient's own", member.name, "Runs low when well."):
        expect(row).to_contain_text(said)


def when_they_type(visit, boxes):
    for name, text in boxes.items():
        when_they_go_by_tab_to(visit, f"#{name}")
        visit.page.keyboard.press("Control+a")
        visit.page.keyboard.type(text)


def test_without_scripts_thresholds_and_traits_are_changed_by_plain_forms(here, arrives):
    visit, member = arrives(DESK, scripts=False), a_member("Pat Forms")
    patient = given_a_patient_who_sent_low_readings(here, "Wilma Plain")
    given_a_clinician_at_the_record(visit, member, patient)
    visit.page.get_by_role("link", name="Thresholds and traits").click()
    visit.page.locator("#heart_rate a").click()
    visit.reads("Heart rate: thresholds")
    boxes = {
        "reason": "Beta blocker.",
        "review_on_day": str(REVIEW.day),
        "review_on_month": str(REVIEW.month),
    }
    visit.fills(red_low="35", amber_low="40", review_on_year=str(REVIEW.year))
    agree = visit.page.locator(".app-agree").first
    for name, text in boxes.items():
        agree.locator(f"[name={name}]").fill(text)
    visit.presses("Preview")
    visit.sees_a_sound_page()
    visit.presses("Save these thresholds")
    visit.reads(f"Thresholds of {patient.name}")
    expect(visit.page.locator("#heart_rate")).to_contain_text("Beta blocker.")

    visit.page.locator("#oxygen_scale a").click()
    visit.reads("Oxygen target")
    visit.page.get_by_label("88 to 92 % is prescribed").check()
    visit.fills(reason="By the chest clinic.", review_on_year=str(REVIEW.year))
    visit.fills(review_on_day=str(REVIEW.day), review_on_month=str(REVIEW.month))
    visit.presses("Save")
    visit.reads(f"Thresholds of {patient.name}")
    expect(visit.page.locator("#oxygen_scale")).to_contain_text("88 to 92 % is prescribed (scale 2)")


def test_of_two_who_change_the_same_kind_the_second_is_told_who_was_first(here, arrives):
    patient = given_a_patient_who_sent_low_readings(here, "Tessa Two")
    visits = [arrives(DESK), arrives(DESK)]
    names = ["First Mover", "Second Mover"]
    for visit, name in zip(visits, names, strict=True):
        given_a_clinician_at_the_record(visit, a_member(name), patient)
        visit.goes_to(f"{visit.page.url.removeprefix(here.address)}/thresholds/heart_rate")
        visit.fills(red_low="35", amber_low="40", reason="So.", review_on_year=str(REVIEW.year))
        visit.fills(review_on_day=str(REVIEW.day), review_on_month=str(REVIEW.month))
        visit.presses("Preview")
        visit.settles()
    for visit in visits:
        visit.presses("Save these thresholds")
    expect(visits[1].page.locator(".app-notice--problem")).to_contain_text("First Mover changed this")
    visits[1].reads("Heart rate: thresholds")
    expect(visits[1].page.locator("main")).to_contain_text("First Mover")
