"""A clinician tries a change of a rule on what their patients sent, and reads what it would have raised."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.people import DESK, PHONE
from tests.journeys.place import a_cohort, accounts

pytestmark = [pytest.mark.browser, pytest.mark.slow]

RULE = "every.oxygen_limits"


@pytest.fixture(scope="module")
def here(start):
    served = start(lambda: a_cohort(12, 21))
    served.start_checking()
    return served


def given_at_a_rule_s_page(visit, role):
    who = accounts()[role]
    visit.signs_in_as_staff(who["email"], who["password"], who["totp_secret"])
    visit.goes_to(f"/rules/{RULE}")


def when_they_try_a_change_of_it(visit):
    visit.page.get_by_role("link", name="Try a change on past readings").click()
    visit.reads("Backtest")
    visit.sees_a_sound_page()
    visit.page.get_by_label("Readings in a row for amber low").fill("5")
    visit.page.get_by_label("How far back").select_option("30")
    visit.presses("Try it")


def then_one_sentence_says_what_came_of_it(visit):
    expect(visit.page.locator(".app-lead")).to_contain_text("Over the 30 days to", timeout=60_000)
    expect(visit.page.locator(".app-lead")).to_contain_text("this change would have raised")
    expect(visit.page.get_by_role("row", name="Readings in a row for amber low")).to_contain_text("5")
    visit.sees_a_sound_page()


def test_a_change_is_tried_and_read_without_touching_the_page(here, arrives):
    visit = arrives(DESK)
    given_at_a_rule_s_page(visit, "clinician")
    when_they_try_a_change_of_it(visit)
    then_one_sentence_says_what_came_of_it(visit)
    region = visit.page.get_by_role("region", name="Patients")
    if region.get_by_role("link").count():
        region.get_by_role("link").first.click()
        expect(visit.page.get_by_role("link", name="Thresholds")).to_be_visible()


def test_without_scripts_on_a_phone_the_page_refreshes_itself(here, arrives):
    visit = arrives(PHONE, scripts=False)
    given_at_a_rule_s_page(visit, "lead")
    when_they_try_a_change_of_it(visit)
    then_one_sentence_says_what_came_of_it(visit)
