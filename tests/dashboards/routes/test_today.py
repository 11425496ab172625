"""A patient's day, from what is asked for to what became of it."""

from __future__ import annotations

import re
from datetime import date

from sqlalchemy import text

from foundation.database import transaction
from people.viewer import OWNER
from tests.builders import a_patient
from tests.dashboards.routes.world import audited, signed_in, with_bounds


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
    assert "We have your readings" in after
    assert again.headers["location"] == sent.headers["location"]
    assert "You have sent everything for today" in today
    with transaction(OWNER) as session:
        channels = session.execute(text("SELECT channel, items FROM upload")).all()
    assert channels == [("page", 2)]
