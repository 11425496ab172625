"""A patient's day, from what is asked for to what became of it."""

from __future__ import annotations

import re
from datetime import date, timedelta

from sqlalchemy import text

from foundation.clock import now
from foundation.database import transaction
from people.viewer import OWNER
from tests import rows
from tests.builders import a_patient
from tests.dashboards.routes.world import audited, counted, reading, send, signed_in, with_bounds


def on(*pathways: str, **more):
    """A patient who has been on these pathways for long, with the ranges they come with."""
    return with_bounds(a_patient(pathways=pathways, enrolled_on=date(2026, 1, 1), **more))


def hidden(page: str) -> dict[str, str]:
    """What the page's form carries on."""
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))


def stored() -> list[tuple[int, float]]:
    with transaction(OWNER) as session:
        return [tuple(row) for row in session.execute(text("SELECT kind, value FROM reading ORDER BY kind"))]


def walked(client, *answers: tuple[str, dict[str, str]]) -> str:
    """The last page after these questions were answered in turn."""
    carried: dict[str, str] = {}
    page = ""
    for slug, given in answers:
        answer = client.post(f"/today/{slug}", data={**carried, **given})
        assert answer.status_code == 200, answer.text
        page, carried = answer.text, hidden(answer.text)
    return page


def test_today_lists_what_the_schedule_asks_for(database):
    with signed_in(on("heart_failure")) as client:
        page = client.get("/today").text
    assert "2 things to measure today" in page
    assert 'href="/today/blood-pressure"' in page
    assert 'href="/today/weight"' in page
    assert len(audited("own_day.seen")) == 1


def test_answers_go_from_question_to_question_and_are_stored_once_they_are_sent(database):
    with signed_in(on("heart_failure")) as client:
        first = client.post(
            "/today/blood-pressure", data={"systolic": "128", "diastolic": "82", "heart_rate": "70"}
        )
        assert "What is your weight?" in first.text
        assert "Question 2 of 2" in first.text
        check = client.post("/today/weight", data={**hidden(first.text), "body_weight": "84.6"})
        assert "128/82 mmHg, pulse 70" in check.text
        assert "84.6 kg" in check.text
        assert stored() == []
        sent = client.post("/today/send", data=hidden(check.text))
        assert sent.status_code == 303
        after = client.get(sent.headers["location"]).text
        again = client.post("/today/send", data=hidden(check.text))
        today = client.get("/today").text
    assert stored() == [(1, 128.0), (2, 82.0), (3, 70.0), (7, 84.6)]
    assert len(audited("readings.sent")) == len(audited("own_upload.seen")) == 1
    assert "We have your readings" in after
    assert again.headers["location"] == sent.headers["location"]
    assert "You have sent everything for today" in today
    with transaction(OWNER) as session:
        channels = session.execute(text("SELECT channel, items FROM upload")).all()
    assert channels == [("page", 2)]


def test_a_slip_is_said_on_the_question_and_what_was_typed_stays(database):
    with signed_in(on("heart_failure")) as client:
        page = client.post("/today/weight", data={"body_weight": "84,6", "systolic": "128"})
    assert page.status_code == 422
    assert "Write the number with a point" in page.text
    assert 'value="84,6"' in page.text
    assert hidden(page.text)["systolic"] == "128"


def test_a_question_that_is_skipped_is_neither_asked_again_nor_sent(database):
    with signed_in(on("heart_failure")) as client:
        first = client.post("/today/blood-pressure", data={"skip": "1", "systolic": "12"})
        check = client.post("/today/weight", data={**hidden(first.text), "body_weight": "84.6"})
        assert "Blood pressure" not in check.text
        nothing = client.post("/today/weight", data={**hidden(first.text), "skip": "1"})
        assert "there is nothing to send" in nothing.text
        empty = client.post("/today/send", data={"key": "1"})
        assert "There was nothing to send." in client.get(empty.headers["location"]).text
        client.post("/today/send", data=hidden(check.text))
    assert stored() == [(7, 84.6)]


def test_an_answer_can_be_changed_before_it_is_sent(database):
    with signed_in(on("heart_failure")) as client:
        check = walked(
            client,
            ("blood-pressure", {"systolic": "128", "diastolic": "82", "heart_rate": "70"}),
            ("weight", {"body_weight": "48.6"}),
        )
        again = client.post("/today/weight", data={**hidden(check), "change": "1"})
        assert again.status_code == 200
        assert 'value="48.6"' in again.text
        right = client.post("/today/weight", data={**hidden(again.text), "body_weight": "84.6"})
        assert "84.6 kg" in right.text
        assert "128/82 mmHg" in right.text
        client.post("/today/send", data=hidden(right.text))
    assert (7, 84.6) in stored()
    assert len(stored()) == 4


def test_a_red_reading_says_999_and_111_at_once(database):
    with signed_in(on("virtual_ward")) as client:
        check = walked(client, ("oxygen", {"oxygen_saturation": "90", "heart_rate": "80"}))
        after = client.get(client.post("/today/send", data=hidden(check)).headers["location"]).text
    assert "Get help now" in after
    assert 'href="tel:999"' in after
    assert 'href="tel:111"' in after
    assert "call 999 or go to A&amp;E" in after


def test_a_held_reading_asks_to_measure_again_and_the_repeat_is_another_upload(database):
    with signed_in(on("hypertension")) as client:
        pressure = {"systolic": "160", "diastolic": "55"}  # further apart than is usual
        check = walked(client, ("blood-pressure", pressure))
        assert "measure again" in check
        after = client.get(client.post("/today/send", data=hidden(check)).headers["location"]).text
        assert "Measure again" in after
        assert 'href="/today/blood-pressure"' in after
        again = client.get("/today/blood-pressure")
        assert again.status_code == 200
        assert 'value="160"' not in again.text
        second = walked(client, ("blood-pressure", {"systolic": "150", "diastolic": "90"}))
        client.post("/today/send", data=hidden(second))
    assert stored() == [(1, 150.0), (2, 90.0)]


def test_what_one_patient_sent_no_other_is_shown(database):
    with signed_in(on("heart_failure")) as client:
        check = walked(client, ("weight", {"body_weight": "84.6"}))
        sent = client.post("/today/send", data=hidden(check)).headers["location"]
    with signed_in(on("heart_failure")) as other:
        page = other.get(sent).text
        own = other.get("/today/sent").text
    assert "84.6" not in page
    assert "Nothing was sent." in page
    assert "Nothing was sent." in own


def test_a_patient_can_send_only_about_themselves(database):
    first, second = on("heart_failure"), on("heart_failure")
    with signed_in(first) as client:
        check = walked(client, ("weight", {"body_weight": "84.6"}))
        client.post(
            "/today/send", data={**hidden(check), "patient": second.nhs_number, "patient_id": str(second.id)}
        )
    with transaction(OWNER) as session:
        assert session.execute(text("SELECT DISTINCT patient_id FROM reading")).scalars().all() == [first.id]


def test_in_a_pause_nothing_is_due_and_all_can_be_sent(database):
    patient = on("heart_failure")
    with transaction(OWNER) as session:
        rows.add(
            session,
            "pause",
            patient_id=patient.id,
            starts_at=now() - timedelta(days=1),
            ends_at=now() + timedelta(days=2),
        )
    with signed_in(patient) as client:
        page = client.get("/today").text
    assert "You are not expected to send readings until" in page
    assert "Nothing to measure today" in page
    assert 'href="/today/weight"' in page


def test_what_was_sent_by_another_way_is_not_asked_for_again(database):
    with signed_in(on("diabetes")) as client:
        assert "1 thing to measure today" in client.get("/today").text
        send(client, reading("glucose", 7.1, unit="mmol/L"))
        assert "You have sent everything for today" in client.get("/today").text


def test_a_question_that_does_not_exist_is_not_there(database):
    with signed_in(on("heart_failure")) as client:
        assert client.get("/today/shoe-size").status_code == 404
        assert client.post("/today/shoe-size", data={"x": "1"}).status_code == 404


def test_text_that_is_no_answer_breaks_nothing(database):
    with signed_in(on("heart_failure")) as client:
        for typed in ("\0", "9" * 5000, "<b>80</b>", "NaN", "１２"):
            page = client.post("/today/weight", data={"body_weight": typed})
            assert page.status_code == 422
            assert "<b>80</b>" not in page.text
        sent = client.post(
            "/today/send", data={"body_weight": "80", "at.weight": "yesterday", "key": "k" * 999}
        )
        assert "We could not use this" in client.get(sent.headers["location"]).text
    assert stored() == []


def test_a_day_asks_the_database_as_often_for_many_readings_as_for_none(database):
    with signed_in(on("copd")) as client:
        client.get("/today")
        with counted() as few:
            client.get("/today")
        send(
            client, *(reading("oxygen_saturation", 95, now() - timedelta(minutes=n), "%") for n in range(20))
        )
        with counted() as many:
            client.get("/today")
    assert len(few) == len(many) <= 12
