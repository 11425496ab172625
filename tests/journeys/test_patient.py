"""A patient on a phone: the first sign-in, today's readings, what they mean, and coming back."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import text

from foundation.database import transaction
from people.viewer import OWNER
from tests.journeys.people import PHONE, SECRET_OF_PATIENT, a_patient

pytestmark = [pytest.mark.browser, pytest.mark.slow]

READINGS = text("""SELECT count(*) FROM reading
    JOIN patient ON patient.id = reading.patient_id WHERE patient.nhs_number = :number""")


@pytest.fixture(scope="module")
def here(start):
    return start(lambda: None)


def readings_of(patient) -> int:
    with transaction(OWNER) as session:
        return session.scalar(READINGS, {"number": patient.nhs_number})


def given_a_patient_at_their_first_day(visit, name):
    patient = a_patient(name)
    visit.signs_in_with_the_code_on_paper(patient)
    visit.sees_a_sound_page()
    visit.chooses_a_password()
    visit.reads("2 things to measure today")
    return patient


def when_they_answer(visit, **answers):
    """Question by question, as they are asked, until all are on the page once more."""
    while visit.page.get_by_role("heading", name="Check your answers").count() == 0:
        fields = [box.get_attribute("name") for box in visit.page.locator("main input:visible").all()]
        visit.fills(**{name: answers[name] for name in fields})
        visit.presses("Continue")
        visit.sees_a_sound_page()


def when_they_send(visit):
    visit.presses("Send my readings")
    visit.at("/today/sent")


def then_each_reading_says(visit, title, value, tag):
    section = visit.page.locator(".app-sent").filter(has=visit.page.get_by_role("heading", name=title))
    expect(section.locator(".app-big-value")).to_have_text(value)
    expect(section.locator(".nhsuk-tag")).to_have_text(tag)


def test_a_patient_signs_in_first_sends_todays_readings_and_comes_back_with_a_password(arrives):
    visit = arrives(PHONE)
    patient = given_a_patient_at_their_first_day(visit, "Amina Okafor")

    visit.presses("Start")
    visit.reads("What is your blood pressure?")
    when_they_answer(visit, systolic="200", diastolic="96", heart_rate="72", body_weight="81.4")
    assert readings_of(patient) == 0  # nothing is sent before they have seen it all once more
    when_they_send(visit)

    expect(visit.page.locator("h1")).to_have_text("Get help now")
    expect(visit.page.get_by_role("link", name="Call 999")).to_have_attribute("href", "tel:999")
    expect(visit.page.get_by_role("link", name="Call 111")).to_have_attribute("href", "tel:111")
    then_each_reading_says(visit, "Blood pressure", "200/96 mmHg, pulse 72", "Needs help now")
    then_each_reading_says(visit, "Weight", "81.4 kg", "Kept")
    assert readings_of(patient) == 1  # so high a pressure is kept apart until it was measured again

    visit.goes_to("/my-readings")
    visit.reads("My readings")
    expect(visit.page.get_by_role("heading", name="Weight")).to_be_visible()
    visit.presses("Sign out")
    visit.at("/sign-in/patient/password")
    visit.goes_to("/today")
    visit.at("/sign-in/patient/password")
    visit.signs_in_as_patient(patient.nhs_number, SECRET_OF_PATIENT)
    visit.reads("1 thing to measure today")  # the pressure, again


def test_sending_again_by_the_back_button_doubles_nothing(arrives):
    visit = arrives(PHONE)
    patient = given_a_patient_at_their_first_day(visit, "Bola Adeyemi")
    visit.presses("Start")
    when_they_answer(visit, systolic="124", diastolic="78", heart_rate="70", body_weight="77")
    when_they_send(visit)
    kept = readings_of(patient)
    address = visit.page.url

    visit.page.go_back()
    visit.reads("Check your answers")
    when_they_send(visit)

    assert visit.page.url == address
    assert readings_of(patient) == kept == 4
    then_each_reading_says(visit, "Blood pressure", "124/78 mmHg, pulse 70", "In your range")


def test_a_value_that_cannot_be_right_is_asked_for_again_beside_its_box(arrives):
    visit = arrives(PHONE)
    given_a_patient_at_their_first_day(visit, "Carys Penhallow")
    visit.presses("Start")
    visit.settles()
    visit.fills(systolic="12O", diastolic="80", heart_rate="70")
    visit.presses("Continue")
    visit.reads("What is your blood pressure?")
    expect(visit.page.get_by_role("alert")).to_contain_text("There is a problem")
    assert visit.page.locator("#diastolic").input_value() == "80"
