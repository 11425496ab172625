"""The pages of thresholds and traits: shown, previewed, saved as previewed, refused with all that is wrong."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta

import pytest

from foundation.clock import now
from tests.builders import a_patient, a_staff, a_team
from tests.dashboards.routes.world import (
    an_alert,
    at_keyboard,
    audited,
    counted,
    only,
    reading,
    send,
    served,
    with_bounds,
)

SOON = now() + timedelta(days=60)
WHY = {
    "reason": "Runs at 86 when well.",
    "review_on_day": str(SOON.day),
    "review_on_month": str(SOON.month),
    "review_on_year": str(SOON.year),
}


@pytest.fixture
def desk(database):
    """A clinician's window on a COPD patient who sent low readings, and where that patient's thresholds are."""
    team = a_team()
    patient = with_bounds(a_patient(team, pathways=["copd"], name="Ada Madeup", enrolled_on=date(2026, 1, 1)))
    with served() as client:
        at_keyboard(client, patient)
        send(
            client,
            *(
                reading("oxygen_saturation", 86, now() - timedelta(days=day, minutes=5), "%")
                for day in (9, 8, 3)
            ),
            *(
                reading("oxygen_saturation", 95, now() - timedelta(days=day, minutes=5), "%")
                for day in (7, 6)
            ),
        )
        at_keyboard(client, a_staff("clinician", team, name="Nia Nurse"))
        client.team, client.patient = team, patient
        client.at = f"/patients/{patient.id}/thresholds"
        yield client


def hidden(page, action):
    """What the form of this action carries."""
    form = re.search(rf'<form action="{action}" method="post".*?</form>', page, re.DOTALL)
    assert form, f"no form for {action}"
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))


def test_the_record_leads_to_the_thresholds_and_they_say_where_they_are_from(desk):
    assert f'href="{desk.at}"' in desk.get(f"/patients/{desk.patient.id}").text
    page = desk.get(desk.at).text
    assert "Thresholds of Ada Madeup" in page
    rows = dict(re.findall(r'<tr role="row" id="(\w+)">(.*?)</tr>', page, re.DOTALL))
    assert "COPD pathway" in rows["oxygen_saturation"]
    assert "For everyone" in rows["glucose"]  # no pathway of hers says anything of it
    assert "Nobody has changed anything" in page
    assert "Kinds without thresholds" in page
    assert {row.patient_id for row in audited("thresholds.seen")} == {desk.patient.id}


def test_a_change_is_previewed_and_what_was_previewed_is_saved(desk):
    at = f"{desk.at}/oxygen_saturation"
    first = desk.get(at).text
    assert 'value="84"' in first
    assert 'value="87"' in first
    typed = {**hidden(first, f"{at}/preview"), **WHY, "red_low": "80", "amber_low": " 85 "}
    preview = desk.post(f"{at}/preview", data=typed)
    assert preview.status_code == 200
    assert (
        "would have raised none, today's 1 alert (1 amber): 1 would not have been raised."
        in html.unescape(preview.text)
    )
    assert "How people worked their alerts is not known here" in preview.text
    assert only("SELECT count(*) FROM threshold WHERE source = 'person'") == 0  # nothing is saved yet

    saved = desk.post(at, data=hidden(preview.text, at))
    assert (saved.status_code, saved.headers["location"]) == (303, desk.at)
    page = desk.get(desk.at).text
    assert "Oxygen saturation: the thresholds are saved." in page
    assert "This patient&#39;s own" in page
    assert "Nia Nurse" in page
    assert "Amber from 87% and red from 84% down." in page  # before
    assert "Amber from 85% and red from 80% down." in page  # after
    assert only("SELECT red_low FROM threshold WHERE source = 'person'") == 80

    late = desk.post(at, data=hidden(preview.text, at))
    assert late.headers["location"] == at
    assert "Nia Nurse changed this while you were looking" in desk.get(at).text


def test_all_that_is_wrong_is_said_at_once_beside_its_box(desk):
    at = f"{desk.at}/oxygen_saturation"
    wrong = {
        "red_low": "90",
        "amber_low": "85",
        "red_high": "much",
        "reason": " ",
        "review_on_day": "31",
        "review_on_month": "2",
    }
    answer = desk.post(f"{at}/preview", data=wrong)
    assert answer.status_code == 422
    told = dict(re.findall(r'<a href="#([a-z_]+)">\s*([^<]+?)\s*</a>', answer.text))
    assert set(told) == {"amber_low", "red_high", "reason", "review_on_day"}
    assert told["red_high"] == "Red high must be a number, such as 90 or 36.5."
    assert "Error: Oxygen saturation thresholds" in answer.text
    assert 'value="90"' in answer.text
    assert "Save these thresholds" not in answer.text
    saved = desk.post(at, data=wrong)
    assert saved.status_code == 422
    assert "There is a problem" in saved.text


def test_going_back_to_the_pathway_is_previewed_and_saved(desk):
    at = f"{desk.at}/oxygen_saturation"
    typed = {**hidden(desk.get(at).text, f"{at}/preview"), **WHY, "red_low": "80"}
    desk.post(at, data=typed)
    own = desk.get(at).text
    asked = {"expected": hidden(own, f"{at}/preview")["expected"], "pathway": "1"}
    empty = desk.post(f"{at}/preview", data=asked)
    assert (empty.status_code, 'href="#pathway_reason"' in empty.text) == (422, True)
    preview = desk.post(f"{at}/preview", data=asked | {"reason": "Better again."}).text
    assert "today's none: 1 would be new." in html.unescape(preview)
    done = desk.post(f"{at}/pathway", data=hidden(preview, f"{at}/pathway"))
    assert done.status_code == 303
    page = desk.get(desk.at).text
    assert "Better again." in page
    assert only("SELECT red_low FROM threshold WHERE kind = 4 AND replaced_at IS NULL") == 84


def test_a_kind_without_thresholds_gets_some(desk):
    at = f"{desk.at}/body_weight"
    page = desk.get(at).text
    assert "No thresholds are set." in page
    done = desk.post(at, data={**hidden(page, f"{at}/preview"), **WHY, "amber_high": "84.5"})
    assert done.status_code == 303
    assert "84.5" in desk.get(desk.at).text
    assert desk.get(f"{desk.at}/shoe_size").status_code == 404


def test_a_trait_is_set_changed_and_taken_away(desk):
    at = f"/patients/{desk.patient.id}/traits/dry_weight"
    form = hidden(desk.get(at).text, at)
    wrong = desk.post(at, data={**form, "value": "x", "reason": ""})
    assert wrong.status_code == 422
    assert set(re.findall(r'<a href="#([a-z_]+)">', wrong.text)) == {"value", "reason", "review_on_day"}
    assert desk.post(at, data={**form, **WHY, "value": "71.5"}).status_code == 303
    page = desk.get(desk.at).text
    assert "71.5 kg" in page
    assert "Dry weight: saved." in page
    later = desk.get(at).text
    assert 'value="71.5"' in later
    gone = hidden(later, f"{at}/take-away")
    assert desk.post(f"{at}/take-away", data=gone).status_code == 422
    assert desk.post(f"{at}/take-away", data=gone | {"reason": "Unclear."}).status_code == 303
    assert desk.post(f"{at}/take-away", data=gone | {"reason": "Unclear."}).headers["location"] == at
    assert only("SELECT count(*) FROM trait WHERE replaced_at IS NULL") == 0
    assert desk.get(f"/patients/{desk.patient.id}/traits/born").status_code == 404


def test_a_coordinator_looks_and_is_offered_nothing_to_change(desk):
    at_keyboard(desk, a_staff("coordinator", desk.team))
    page = desk.get(desk.at).text
    assert "COPD pathway" in page
    assert f'href="{desk.at}/' not in page
    assert "/traits/" not in page
    assert desk.get(f"{desk.at}/oxygen_saturation").status_code == 403


def test_a_patient_reads_what_is_agreed_for_them_beside_their_readings(desk):
    at_keyboard(desk, desk.patient)
    page = desk.get("/my-readings").text
    assert "<b>Agreed for you.</b> Amber from 87% and red from 84% down." in page
    assert desk.get(desk.at).status_code == 403


def test_a_change_shows_on_the_timeline_of_an_open_alert_of_its_rule(desk):
    alert = an_alert(desk.patient, rule="every.oxygen_limits")
    only(
        """INSERT INTO rule_version (rule, version, body, sha256, first_used_at)
           VALUES ('every.oxygen_limits', 1, '{"kinds": ["oxygen_saturation"], "schedule": null}', 'x', now()) RETURNING 1"""
    )
    at = f"{desk.at}/oxygen_saturation"
    desk.post(at, data={**hidden(desk.get(at).text, f"{at}/preview"), **WHY, "red_low": "80"})
    page = desk.get(f"/alerts/{alert}").text
    assert "Thresholds changed" in page
    assert "Runs at 86 when well." in page


def test_the_page_asks_the_database_as_often_for_much_as_for_little(desk):
    desk.get(desk.at)
    with counted() as few:
        desk.get(desk.at)
    for kind in ("body_weight", "steps", "heart_rate"):
        at = f"{desk.at}/{kind}"
        desk.post(at, data={**hidden(desk.get(at).text, f"{at}/preview"), **WHY, "amber_high": "100"})
    with counted() as many:
        desk.get(desk.at)
    assert len(few) == len(many) <= 14
