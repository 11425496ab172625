"""A clinician at a desk: the alert that appears, its evidence, the work on it; two at once; no mouse; no script."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from foundation.clock import now
from service import enrolment
from tests.journeys.keyboard import then_the_focus_is_seen, when_they_go_by_tab_to
from tests.journeys.people import DESK, PHONE, a_member, a_patient

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SOON = 5_000  # milliseconds in which a red reading stands on an open queue
RED = "Oxygen saturation 89 %"


@pytest.fixture(scope="module")
def here(start):
    return start(lambda: None)


def when_they_send_a_red_reading(here, patient):
    """By the API, as an app does."""
    token = enrolment.patient_token(patient.nhs_number, at=now())
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    item = {"kind": "oxygen_saturation", "value": 89, "unit": "%", "measured_at": now().isoformat()}
    told = here.served.ask("POST", "/api/v1/readings", {"readings": [item]}, headers)
    assert told.json["results"][0]["verdict"] == "stored"


def given_a_clinician_at_the_queue(visit, name):
    member = a_member(name)
    visit.signs_in_as_staff(member.email, member.password, member.totp_secret)
    visit.at("/queue")
    return member


def given_an_alert(here, visit, name):
    """A red alert about a new patient, and the visitor at a queue that shows it."""
    patient = a_patient(name, ("virtual_ward",))
    when_they_send_a_red_reading(here, patient)
    expect(card_of(visit, patient)).to_be_visible(timeout=30_000)
    return patient


def card_of(visit, patient):
    name = visit.page.get_by_role("link", name=patient.name, exact=True)
    return visit.page.locator(".app-card").filter(has=name)


def when_they_open_the_alert(visit, patient):
    card_of(visit, patient).locator(".app-alert__sentence a").click()
    visit.page.wait_for_url("**/alerts/*")
    visit.sees_a_sound_page()


def then_they_are_told(visit, sentence):
    expect(visit.page.locator(".app-notice")).to_have_text(re.compile(re.escape(sentence)))
    visit.sees_a_sound_page()


def test_a_red_reading_stands_on_the_open_queue_within_five_seconds_and_is_worked_to_its_end(here, arrives):
    visit = arrives(DESK)
    given_a_clinician_at_the_queue(visit, "Nadia Rahman")
    patient = a_patient("Amina Okafor", ("virtual_ward",))
    visit.page.evaluate("window.loadedOnce = true")

    begun = time.monotonic()
    when_they_send_a_red_reading(here, patient)
    expect(card_of(visit, patient)).to_be_visible(timeout=SOON)
    print(f"\nfrom sending to standing on the open queue: {time.monotonic() - begun:.2f} s")

    assert visit.page.evaluate("window.loadedOnce")  # the page was never loaded anew
    card = card_of(visit, patient)
    expect(card.locator(".app-sev")).to_have_text("Red")
    expect(card.locator(".app-alert__sentence")).to_contain_text(RED)
    visit.sees_a_sound_page()

    when_they_open_the_alert(visit, patient)
    expect(visit.page.locator("h1")).to_contain_text(RED)
    expect(visit.page.locator("main")).to_contain_text(
        "Rule: Oxygen saturation beyond its limits, version 2."
    )
    expect(visit.page.get_by_role("region", name="Evidence")).to_contain_text("89%")
    visit.presses(re.compile("^Acknowledge"))
    then_they_are_told(visit, "You have acknowledged the alert.")
    visit.presses(re.compile("^Claim"))
    then_they_are_told(visit, "You have claimed the alert.")
    visit.page.get_by_label("Note", exact=True).fill("Rang; she is well and sits down.")
    visit.presses("Add note")
    then_they_are_told(visit, "Your note is on the alert's timeline.")
    visit.page.get_by_label("Outcome").select_option(index=1)
    visit.presses("Resolve")
    then_they_are_told(visit, "You have resolved the alert.")

    visit.goes_to("/queue")
    visit.sees_a_sound_page()
    expect(card_of(visit, patient)).to_have_count(0)
    visit.goes_to("/patients")
    visit.page.get_by_role("link", name=patient.name).click()
    visit.reads(patient.name)
    expect(visit.page.locator("#oxygen_saturation .app-wide svg.chart")).to_be_visible()
    expect(visit.page.locator(".app-resolved")).to_contain_text(RED)
    visit.page.locator(".app-resolved a").first.click()
    visit.page.wait_for_url("**/alerts/*")
    words = visit.page.locator(".app-timeline").inner_text()
    said = [re.search(verb, words) for verb in ("Raised", "Acknowledged", "Claimed", "sits down", "Resolved")]
    assert all(said), words
    assert [one.start() for one in said] == sorted(one.start() for one in said)


def test_of_two_who_acknowledge_the_same_alert_one_wins_and_the_other_is_told_who(here, arrives):
    first, second = arrives(DESK), arrives(DESK)
    winner = given_a_clinician_at_the_queue(first, "Tom Birch")
    given_a_clinician_at_the_queue(second, "Ines Duarte")
    patient = given_an_alert(here, first, "Bola Adeyemi")
    when_they_open_the_alert(first, patient)
    second.goes_to(first.page.url.removeprefix(here.address))

    first.presses(re.compile("^Acknowledge"))
    then_they_are_told(first, "You have acknowledged the alert.")
    second.presses(re.compile("^Acknowledge"))
    second.sees_a_sound_page()

    expect(second.page.locator(".app-notice--problem")).to_contain_text(winner.name)
    expect(second.page.locator(".app-timeline li b").get_by_text("Acknowledged")).to_have_count(1)
    expect(second.page.locator(".app-timeline")).to_contain_text(f"Acknowledged by {winner.name}")


def test_an_alert_is_worked_without_a_mouse_and_the_focus_is_always_seen(here, arrives):
    visit = arrives(DESK)
    member = a_member("Keira Boards")
    visit.goes_to("/sign-in")
    when_they_go_by_tab_to(visit, "#email")
    visit.page.keyboard.type(member.email)
    when_they_go_by_tab_to(visit, "#password")
    visit.page.keyboard.type(member.password)
    visit.page.keyboard.press("Enter")
    visit.page.wait_for_url("**/sign-in/code")
    when_they_go_by_tab_to(visit, "#code")
    visit.page.keyboard.type(member.code())
    visit.page.keyboard.press("Enter")
    visit.at("/queue")
    patient = given_an_alert(here, visit, "Carys Penhallow")
    alert = card_of(visit, patient).locator(".app-alert").get_attribute("id")

    when_they_go_by_tab_to(visit, f"#{alert} .app-act--acknowledge button")
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator(f"#{alert} .app-owner")).to_have_text(f"Seen by {member.name}")
    expect(visit.page.locator(f"#{alert}")).to_be_focused()  # the button is gone; its alert has the focus
    then_the_focus_is_seen(visit)

    when_they_go_by_tab_to(visit, f"#{alert} summary")
    visit.page.keyboard.press("Enter")
    when_they_go_by_tab_to(visit, f"#{alert} select[name=outcome]")
    visit.page.keyboard.press("ArrowDown")
    when_they_go_by_tab_to(visit, f"#{alert} .app-act--resolve button")
    visit.page.keyboard.press("Enter")
    expect(card_of(visit, patient)).to_have_count(0)
    expect(visit.page.locator("#queue-list")).to_be_focused()
    then_the_focus_is_seen(visit)
    visit.sees_a_sound_page()


def test_without_scripts_an_alert_is_acknowledged_and_resolved_by_plain_forms(here, arrives):
    visit = arrives(DESK, scripts=False)
    given_a_clinician_at_the_queue(visit, "Pat Plain")
    patient = a_patient("Dee Whitlock")
    when_they_send_a_red_reading(here, patient)
    for _ in range(30):  # no script, so they reload
        if card_of(visit, patient).count():
            break
        time.sleep(0.5)
        visit.goes_to("/queue")
    card = card_of(visit, patient)
    card.locator(".app-act--acknowledge button").click()
    visit.at("/queue")
    then_they_are_told(visit, "You have acknowledged the alert.")
    card.locator("summary").click()
    card.get_by_label("Outcome").select_option(index=1)
    card.get_by_role("button", name="Resolve", exact=True).click()
    then_they_are_told(visit, "You have resolved the alert.")
    expect(card).to_have_count(0)


def test_without_scripts_a_patient_signs_in_first_and_sends_a_reading(arrives):
    visit = arrives(PHONE, scripts=False)
    visit.signs_in_with_the_code_on_paper(a_patient("Ewan Muir"))
    visit.chooses_a_password()
    visit.page.locator(".app-task__link").filter(has_text="Weight").click()
    visit.reads("What is your weight?")
    visit.fills(body_weight="82.1")
    visit.presses("Continue")
    visit.reads("Check your answers")
    visit.presses("Send my readings")
    visit.reads("We have your readings")
    expect(visit.page.locator(".app-sent")).to_contain_text("82.1 kg")
