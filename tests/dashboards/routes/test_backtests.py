"""Backtests on the page: asked for by those who may, over their own patients, one at a time, and seen by them alone."""

from __future__ import annotations

import re
import threading
import time
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from alerts import backtest, backtest_jobs
from foundation.clock import now
from foundation.database import transaction
from people.viewer import OWNER
from service import backtests
from tests.alerts.rule_changes import PACKS, on_record
from tests.builders import a_patient, a_staff, a_team, viewer_for
from tests.dashboards.routes.world import at_keyboard, reading, send, served, with_bounds

RULE = PACKS.rule("every.pulse_limits")
NAME = f"{RULE.id}@{RULE.version}"


@pytest.fixture
def desk(database):
    on_record(PACKS, now())
    with served() as client:
        client.here, client.there = a_team("Here"), a_team("There")
        for team, name in ((client.here, "Ada Madeup"), (client.there, "Otto Other")):
            one = with_bounds(
                a_patient(team, pathways=["copd"], name=name, enrolled_on=now().date() - timedelta(days=30))
            )
            at_keyboard(client, one)
            send(
                client,
                *(reading("heart_rate", 127, now() - timedelta(hours=hours), "/min") for hours in (9, 6, 3)),
            )
        client.nurse = a_staff("clinician", client.here)
        yield at_keyboard(client, client.nurse)


def asked(client, **boxes):
    answer = client.post("/backtests", data={"rule": NAME, "days": "30", **boxes})
    assert answer.status_code == 303, answer.text[:2000]
    return answer.headers["location"]


def make():
    while backtest_jobs.make_next(now):
        pass


def seen(client, href):
    return re.sub(r"<[^>]+>|\s+", " ", client.get(href).text)


def test_the_form_has_a_box_for_every_number_of_the_rule_as_it_is(desk):
    page = desk.get("/backtests", params={"rule": RULE.id}).text
    assert f'value="{NAME}"' in page
    assert re.search(r'name="n_needs_amber_high" value="2"', page)


def test_it_waits_is_made_and_says_first_what_it_would_have_raised(desk):
    href = asked(desk, n_needs_amber_high="3")
    assert "waits for its turn" in seen(desk, href)
    make()
    page = desk.get(href).text
    assert "this change would have raised 1 alert about 1 of your 1 patient" in re.sub(r"\s+", " ", page)
    assert "Ada Madeup" in page
    assert "Readings in a row for amber high" in page
    assert "every 2s" not in page


def test_nobody_s_patients_but_the_viewer_s_own_are_counted_or_named(desk):
    href = asked(desk)
    make()
    assert "Otto Other" not in desk.get(href).text
    at_keyboard(desk, a_staff("lead", desk.here, more_teams=[desk.there]))
    both = asked(desk)
    make()
    assert "2 alerts about 2 of your 2 patients" in seen(desk, both)
    assert desk.get(href).status_code == 404


def test_a_result_is_out_of_sight_for_who_left_one_of_its_teams(desk):
    lead = a_staff("lead", desk.here, more_teams=[desk.there])
    at_keyboard(desk, lead)
    href = asked(desk)
    make()
    with transaction(OWNER) as session:
        session.execute(
            text("DELETE FROM staff_team WHERE staff_id = :s AND team_id = :t"),
            {"s": lead.id, "t": desk.there.id},
        )
    assert desk.get(href).status_code == 404


def test_the_database_takes_no_team_that_is_not_the_viewer_s(desk):
    viewer = viewer_for(desk.nurse)
    with pytest.raises(ProgrammingError, match="row-level security"), transaction(viewer) as session:
        session.execute(
            backtest_jobs.ASK,
            {"id": "00000000-0000-0000-0000-000000000001", "by": viewer.id, "at": now(), "teams": [desk.here.id, desk.there.id],
             "rule": RULE.id, "body": "{}", "since": now() - timedelta(days=3), "until": now()},
        )  # fmt: skip


def test_one_at_a_time_for_each_person(desk):
    href = asked(desk)
    again = desk.post("/backtests", data={"rule": NAME})
    assert again.headers["location"] == "/backtests"
    assert "under way" in seen(desk, "/backtests")
    make()
    assert "Done" in seen(desk, href)


@pytest.mark.parametrize(
    ("boxes", "said"),
    [({"n_needs_amber_high": "two"}, "takes a whole number"), ({"n_settles_after": "0"}, "1 or more")],
)
def test_a_number_that_is_none_is_said_at_its_box_and_what_was_typed_stays(desk, boxes, said):
    answer = desk.post("/backtests", data={"rule": NAME, **boxes})
    assert answer.status_code == 422
    assert said in answer.text
    (value,) = boxes.values()
    assert f'value="{value}"' in answer.text


def test_one_that_is_called_off_stops_and_can_be_asked_for_again(desk, monkeypatch):
    href = asked(desk)
    began, go_on = threading.Event(), threading.Event()
    read = backtest._next

    def slowly(*told):
        began.set()
        go_on.wait(20)
        return read(*told)

    monkeypatch.setattr(backtest, "_next", slowly)
    making = threading.Thread(target=make)
    making.start()
    assert began.wait(20)
    assert desk.post(f"{href}/cancel").status_code == 303
    go_on.set()
    making.join(30)
    assert "Cancelled" in seen(desk, href)
    asked(desk)


def test_one_left_by_a_process_that_died_is_made_by_the_next_and_given_up_in_the_end(desk):
    href = asked(desk)
    with transaction(OWNER) as session:
        session.execute(text("UPDATE backtest SET state = 'running', tries = 1"))
    make()
    assert "Done" in seen(desk, href)
    href = asked(desk)
    with transaction(OWNER) as session:
        session.execute(text("UPDATE backtest SET state = 'running', tries = 3 WHERE state = 'waiting'"))
    make()
    assert "stopped again and again" in seen(desk, href)


def test_the_process_beside_the_checker_makes_what_waits(desk):
    href = asked(desk)
    stop = threading.Event()
    beside = threading.Thread(target=backtests.watch, args=(stop,))
    beside.start()
    until = time.monotonic() + 60
    while "Done" not in seen(desk, href) and time.monotonic() < until:
        time.sleep(0.3)
    stop.set()
    beside.join(20)
    assert "would have raised 1 alert" in seen(desk, href)
