"""The pages of rules: what runs and what waits, decided by two people with plain forms."""

from __future__ import annotations

import re

import pytest

from tests.alerts.rule_changes import PACKS, RULE, lives, newer, on_record, with_rule
from tests.builders import a_patient, a_staff, a_team
from tests.dashboards.routes.world import an_alert, at_keyboard, audited, counted, served

AT = f"/rules/{RULE}"


@pytest.fixture
def desk(database):
    """A window at a service that runs, to which a newer version has come."""
    on_record(PACKS)
    on_record(with_rule(newer(needs_amber_low=3)))
    team = a_team()
    with served() as client:
        client.team = team
        client.nurse, client.lead, client.coordinator = (
            a_staff(role, team, name=name)
            for role, name in (("clinician", "Nia Nurse"), ("lead", "Lee Lead"), ("coordinator", "Cora Chaser"))
        )  # fmt: skip
        yield at_keyboard(client, client.lead)


def form(page, version):
    """The hidden fields and the addresses of the buttons of a version's form."""
    for found in re.findall(r'<form method="post" action="[^"]+".*?</form>', page, re.DOTALL):
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', found))
        if hidden.get("version") == str(version):
            return hidden, re.findall(r'formaction="([^"]+)"', found)
    return {}, []


def test_the_list_has_every_rule_with_its_life_and_what_waits(desk):
    an_alert(a_patient(desk.team), rule=RULE)
    page = desk.get("/rules").text
    assert page.count('<code class="app-code">') == len(PACKS.rules)
    assert "Version 2 is a draft: it waits for somebody to try or propose it" in page
    drafts = sum(life == "draft" for pack in PACKS.by_id.values() for life in pack.lives.values())
    assert f"{len(PACKS.rules)} rules: {len(PACKS.rules) - drafts} active" in page
    row = re.search(rf"{re.escape(RULE)}</code>.*?</tr>", page, re.DOTALL)[0]
    assert (
        '<td role="cell" data-label="Alerts, 90 days" class="app-right"><div class="app-cell">1</div></td>'
        in row
    )
    assert len(audited("rules.seen")) == 1


def test_a_rule_says_what_differs_number_by_number(desk):
    page = desk.get(AT).text
    table = re.search(r"What differs from the active version.*?</table>", page, re.DOTALL)[0]
    assert re.findall(r'app-cell[^"]*">(?:<b>)?([^<]*)', table) == [
        "Readings in a row for amber low",
        "2",
        "3",
    ]


def test_a_draft_goes_through_shadow_to_active_by_two_people_with_plain_forms(desk):
    at_keyboard(desk, desk.nurse)
    for verb, notice in (("shadow", "runs in shadow"), ("propose", "Another person has to approve it")):
        hidden, buttons = form(desk.get(AT).text, 2)
        assert f"{AT}/{verb}" in buttons
        assert f"{AT}/approve" not in buttons
        answer = desk.post(f"{AT}/{verb}", data={**hidden, "reason": "So."})
        assert (answer.status_code, answer.headers["location"]) == (303, AT)
        assert notice in desk.get(AT).text
    assert "A lead has to approve it." in desk.get(AT).text
    at_keyboard(desk, desk.lead)
    page = desk.get(AT).text
    assert "Proposed by <b>Nia Nurse</b>" in page
    hidden, buttons = form(page, 2)
    assert f"{AT}/approve" in buttons
    desk.post(f"{AT}/approve", data={**hidden, "reason": "Agreed."})
    page = desk.get(AT).text
    assert "Version 2 is active" in page
    assert "Lee Lead, as Nia Nurse proposed" in page
    assert lives() == {1: "retired", 2: "active"}


def test_who_proposed_a_version_is_told_why_there_is_no_button_to_approve_it(desk):
    hidden, _ = form(desk.get(AT).text, 2)
    desk.post(f"{AT}/propose", data={**hidden, "reason": "So."})
    page = desk.get(AT).text
    assert "so another lead has to approve it" in page
    assert f"{AT}/approve" not in form(page, 2)[1]
    desk.post(f"{AT}/approve", data={**form(page, 2)[0], "reason": "So."})
    assert "You proposed this version yourself" in desk.get(AT).text


def test_a_coordinator_looks_and_decides_nothing(desk):
    page = at_keyboard(desk, desk.coordinator).get(AT).text
    assert form(page, 1) == form(page, 2) == ({}, [])
    assert desk.post(f"{AT}/propose", data={"version": "2", "reason": "So."}).status_code == 403


def test_without_a_reason_nothing_is_decided_and_the_page_says_so(desk):
    hidden, _ = form(desk.get(AT).text, 2)
    desk.post(f"{AT}/propose", data={**hidden, "reason": " "})
    assert "Say why, in a few words." in desk.get(AT).text
    assert lives() == {1: "active", 2: "draft"}


def test_a_rule_that_there_is_not_is_not_found(desk):
    assert desk.get("/rules/none.such").status_code == 404


def test_the_list_takes_as_many_statements_for_many_rules_as_for_few(desk):
    with counted() as statements:
        desk.get("/rules")
    assert len(statements) <= 20
