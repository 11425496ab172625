"""A newer version of a rule comes with the packs, is tried in shadow, and is taken on by two people."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from foundation.clock import now
from tests.alerts.rule_changes import PACKS, RULE, newer, on_record, with_rule
from tests.journeys.people import DESK, PHONE, a_member

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TITLE = PACKS.rule(RULE).title


def a_newer_version():
    """What two releases leave behind: the rule as it ran, and the next version of it."""
    on_record(PACKS, now())
    on_record(with_rule(newer(needs_amber_low=3)), now())


@pytest.fixture(scope="module")
def here(start):
    return start(a_newer_version)


def given_at_the_rules(visit, name, role):
    member = a_member(name, role)
    visit.signs_in_as_staff(member.email, member.password, member.totp_secret)
    visit.page.get_by_role("navigation", name="Menu").get_by_role("link", name="Rules").click()
    visit.reads("Rules")


def when_they_open_the_rule_that_waits(visit):
    waiting = visit.page.get_by_role("region", name="Waiting for people")
    waiting.get_by_role("link", name=TITLE).first.click()
    visit.reads(TITLE)


def when_they_decide(visit, button, why):
    panel = visit.page.get_by_role("region", name="Version 2")
    panel.get_by_label("Why").fill(why)
    visit.presses(button, within=panel)
    visit.settles()


def then_they_are_told(visit, sentence):
    expect(visit.page.locator(".app-notice")).to_contain_text(sentence)
    visit.sees_a_sound_page()


def test_a_draft_becomes_active_by_two_people(here, arrives):
    nurse, lead = arrives(DESK), arrives(DESK)
    given_at_the_rules(nurse, "Nora Proposer", "clinician")
    when_they_open_the_rule_that_waits(nurse)
    draft = nurse.page.get_by_role("region", name="Version 2")
    expect(draft.get_by_role("row", name=re.compile("Readings in a row for amber low.* 2 3"))).to_be_visible()
    when_they_decide(nurse, "Try version 2 in shadow", "To see what it would find.")
    then_they_are_told(nurse, "Version 2 runs in shadow from the next check on.")
    when_they_decide(nurse, "Propose version 2", "Fewer false alarms.")
    then_they_are_told(nurse, "Another person has to approve it.")
    expect(nurse.page.get_by_role("button", name="Approve version 2")).to_have_count(0)

    given_at_the_rules(lead, "Lena Approver", "lead")
    when_they_open_the_rule_that_waits(lead)
    expect(lead.page.get_by_role("region", name="Version 2")).to_contain_text("Proposed by Nora Proposer")
    when_they_decide(lead, "Approve version 2", "Agreed at the safety meeting.")
    then_they_are_told(lead, "Version 2 is active: it raises alerts from the next check on.")
    life = lead.page.get_by_role("region", name="Its life")
    expect(life).to_contain_text("Lena Approver, as Nora Proposer proposed")
    lead.goes_to("/rules")
    row = lead.page.get_by_role("row").filter(has_text=RULE)
    expect(row).to_contain_text("Active")
    expect(row).to_contain_text("2")


def test_without_scripts_on_a_phone_a_rule_is_read_and_retired(here, arrives):
    visit = arrives(PHONE, scripts=False)
    member = a_member("Rita Retirer", "lead")
    visit.signs_in_as_staff(member.email, member.password, member.totp_secret)
    visit.goes_to("/rules/every.steps_limits")
    visit.page.get_by_text("Retire this rule").click()
    visit.page.get_by_label("Why").first.fill("Nobody sends steps.")
    visit.presses(re.compile("Retire version"))
    visit.settles()
    then_they_are_told(visit, "is retired. Alerts that it raised stay")
    visit.goes_to("/quality")
    visit.reads("Alert quality")
