"""The page of alert quality and its file: figures and names of the viewer's own teams, and nothing a spreadsheet runs."""

from __future__ import annotations

import csv
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from foundation.clock import now
from foundation.database import transaction
from people.viewer import OWNER
from tests import rows
from tests.alerts.rule_changes import PACKS, on_record, plain, with_rule
from tests.builders import a_patient, a_staff, a_team
from tests.dashboards.routes.world import an_alert, at_keyboard, audited, counted, served, with_bounds

RULE = "every.oxygen_limits"


@pytest.fixture
def desk(database):
    on_record(PACKS, now())
    here, there = a_team("Here"), a_team("There")
    with served() as client:
        client.here, client.there = here, there
        client.own = with_bounds(
            a_patient(here, pathways=["copd"], name="Ada Madeup", enrolled_on=date(2026, 1, 1))
        )
        client.other = with_bounds(
            a_patient(there, pathways=["copd"], name="Otto Other", enrolled_on=date(2026, 1, 1))
        )
        yield at_keyboard(client, a_staff("lead", here, more_teams=[there]))


def question(page, id_):
    return re.search(
        rf'<(?:div class="app-panel"|li) id="{id_}">.*?(?=<div class="app-panel"|<li id|</section>)',
        page,
        re.DOTALL,
    )[0]


def test_the_page_names_who_is_unprotected_and_what_to_do(desk):
    with transaction(OWNER) as session:
        ended = {"starts_at": now() - timedelta(days=60), "ends_at": now() + timedelta(days=1)}
        rows.add(session, "pause", patient_id=desk.own.id, **ended, reason="in hospital")
        rows.add(session, "rollup_recent", patient_id=desk.own.id, kind=15, last_day=now().date())
    page = desk.get("/quality").text
    assert "Somebody could go unseen: see below who, and what to do." in page
    paused = question(page, "paused")
    assert "1 patient." in paused
    assert f'<a href="/patients/{desk.own.id}">Ada Madeup</a>' in paused
    assert "in hospital" in paused
    assert "Ask whether they are back" in paused
    assert "Otto Other" in question(page, "never-sent")
    assert question(page, "past-review").startswith("<li")
    assert page.index("Also looked for, and not found") < page.index('id="past-review"')
    assert "2 teams." in question(page, "teams")
    (seen,) = audited("quality.seen")
    assert set(seen.detail["patients"]) == {desk.own.id, desk.other.id}


def test_a_team_is_chosen_and_what_is_shown_is_of_that_team_alone(desk):
    an_alert(desk.own, rule=RULE)
    an_alert(desk.other, rule=RULE)
    both = desk.get("/quality").text
    one = desk.get(f"/quality?team={desk.here.id}").text
    assert ">2</div>" in both
    assert ">2</div>" not in one
    assert "Otto Other" in both
    assert "Otto Other" not in one


def test_the_file_holds_the_report_card_and_nothing_that_a_spreadsheet_runs(desk):
    title = "=HYPERLINK(1)"
    odd = plain(PACKS.rule(RULE))
    on_record(with_rule(odd), now())
    with transaction(OWNER) as session:
        change = "UPDATE rule_version SET body = jsonb_set(body, '{title}', to_jsonb(CAST(:title AS text))) WHERE rule = :rule"
        session.execute(text(change), {"title": title, "rule": RULE})
    an_alert(desk.own, rule=RULE)
    answer = desk.get("/quality.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    told = {row["rule"]: row for row in csv.DictReader(answer.text.removeprefix("\ufeff").splitlines())}
    assert len(told) == len(PACKS.rules)
    assert (told[RULE]["title"], told[RULE]["fired"], told[RULE]["open now"]) == (f"'{title}", "1", "1")


def test_a_patients_own_door_is_closed_and_an_admin_sees_none_of_it(desk):
    assert at_keyboard(desk, a_staff("admin")).get("/quality").status_code == 403
    assert at_keyboard(desk, desk.own).get("/quality").status_code == 403


def test_the_page_takes_as_many_statements_for_many_patients_as_for_few(desk):
    desk.get("/quality")
    with counted() as few:
        desk.get("/quality")
    for _ in range(3):
        an_alert(with_bounds(a_patient(desk.here, pathways=["copd"])), rule=RULE)
    with counted() as many:
        desk.get("/quality")
    assert len(many) == len(few)
