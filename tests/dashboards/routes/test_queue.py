"""The queue as each person sees it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from alerts import cards as queued
from foundation.clock import now
from foundation.database import transaction
from foundation.settings import settings
from people import sessions
from people.viewer import DOOR, OWNER
from tests import rows
from tests.builders import a_patient, a_staff, a_team
from tests.dashboards.routes.world import (
    a_pass,
    an_alert,
    at_keyboard,
    audited,
    counted,
    only,
    reading,
    send,
    served,
    signed_in,
    with_bounds,
)


def cards(page: str) -> list[str]:
    """The patients in the order they stand."""
    return re.findall(r'class="app-card__name"><a href="[^"]+">([^<]+)</a>', page)


def test_the_worst_and_then_the_longest_waiting_patient_comes_first(database):
    team = a_team()
    amber, old_red, red = (a_patient(team, name=name) for name in ("Amber Person", "Old Red", "New Red"))
    an_alert(amber, severity=3, raised_at=now() - timedelta(days=3))
    an_alert(red, severity=4)
    an_alert(red, severity=1, raised_at=now() - timedelta(days=9))
    an_alert(old_red, severity=4, raised_at=now() - timedelta(hours=3))
    a_pass()
    with signed_in(a_staff("clinician", team)) as client:
        page = client.get("/queue").text
    assert cards(page) == ["Old Red", "New Red", "Amber Person"]
    assert "3 of 3 patients, 0 errors" in page


def test_an_alert_says_what_and_shows_the_last_days(database):
    team = a_team()
    patient = with_bounds(a_patient(team, pathways=["hypertension"]))
    alert = an_alert(patient, rule="every.systolic_limits")
    with served() as client:
        at_keyboard(client, patient)
        told = [
            reading(
                "blood_pressure", {"systolic": 180 + n, "diastolic": 90}, now() - timedelta(days=n), "mmHg"
            )
            for n in range(3)
        ]
        send(client, *told)
        page = at_keyboard(client, a_staff("coordinator", team)).get("/queue").text
    assert "at or above the red limit of 180 mmHg" in page
    assert "Systolic blood pressure beyond its limits, version 1" in page
    assert f'id="spark-{alert}' in page
    assert f'id="acknowledge-{alert}"' not in page  # a coordinator writes notes and no more


def test_the_queue_shows_only_the_viewers_teams(database):
    here, there = a_team(), a_team()
    an_alert(a_patient(here, name="Here Person"))
    an_alert(a_patient(there, name="There Person"))
    with signed_in(a_staff("lead", here)) as client:
        page = client.get("/queue").text
        other_team = client.get("/queue", params={"team": there.id}).text
    assert cards(page) == ["Here Person"]
    assert cards(other_team) == []


def test_filters_narrow_the_queue_and_stay_in_its_links(database):
    team = a_team()
    nurse = a_staff("clinician", team)
    one, two, three = (a_patient(team, name=name) for name in ("Red Person", "Amber Person", "Done Person"))
    an_alert(one, severity=4)
    an_alert(
        two,
        severity=3,
        claimed_by=nurse.id,
        claimed_at=now(),
        acknowledged_by=nurse.id,
        acknowledged_at=now(),
    )
    resolved = {"resolved_at": now(), "resolved_by": nurse.id, "outcome": "advice_given"}
    an_alert(three, severity=3, **resolved)
    with signed_in(nurse) as client:
        found = {
            asked: cards(client.get(f"/queue?{asked}").text)
            for asked in ("severity=red", "state=claimed", "mine=1", "state=resolved")
        }
        page = client.get("/queue?severity=amber&mine=1").text
        wrong = client.get("/queue?severity=purple")
    assert found == {
        "severity=red": ["Red Person"], "state=claimed": ["Amber Person"], "mine=1": ["Amber Person"],
        "state=resolved": ["Done Person"],
    }  # fmt: skip
    assert 'hx-get="/queue/rows?severity=amber&amp;mine=1"' in page
    assert wrong.status_code == 422


def test_an_empty_queue_says_that_all_was_checked(database):
    a_pass()
    with signed_in(a_staff()) as client:
        page = client.get("/queue").text
    assert "No alerts are waiting." in page
    assert 'role="alert"' not in page


def test_an_empty_queue_that_nobody_checks_is_never_taken_for_all_clear(database):
    a_pass(now() - timedelta(hours=1))
    with signed_in(a_staff("lead")) as client:
        page = client.get("/queue").text
        rows_alone = client.get("/queue/rows").text
        elsewhere = client.get("/service").text
    for seen in (page, rows_alone):
        assert "Alerts have not been checked since" in seen
        assert "Do not take this as all clear" in seen
    assert "Readings are not being checked" in elsewhere


def test_before_the_first_check_the_queue_says_so(database):
    with signed_in(a_staff()) as client:
        assert "Alerts have not been checked yet" in client.get("/queue").text


def test_a_reading_that_waits_too_long_turns_the_queue_red_and_is_not_counted_as_checked(database):
    a_pass()
    a_patient()
    with transaction(OWNER) as session:
        rows.add(session, "arrival", patient_id=a_patient().id, received_at=now() - timedelta(minutes=5))
    with signed_in(a_staff()) as client:
        page = client.get("/queue").text
    assert "Alerts have not been checked since" in page
    assert "1 of 2 patients" in page


def test_a_notifier_that_never_ran_is_said_where_messages_should_go_out(database, monkeypatch):
    a_pass()
    monkeypatch.setenv("TELEHEALTH_SMTP_URL", "smtp://localhost:1")
    settings.cache_clear()
    with signed_in(a_staff()) as client:
        assert "has never run" in client.get("/queue").text


@pytest.mark.parametrize("role", ["clinician", "coordinator", "lead"])
def test_who_may_see_alerts_sees_the_queue_and_it_is_on_record(database, role):
    team = a_team()
    patient = a_patient(team)
    an_alert(patient)
    with signed_in(a_staff(role, team)) as client:
        assert client.get("/queue").status_code == 200
    (looked,) = audited("alerts.seen")
    assert looked.detail == {"patients": [patient.id]}


@pytest.mark.parametrize("path", ["/queue", "/queue/rows", "/queue/live"])
def test_nobody_else_sees_the_queue(database, path):
    with served() as client:
        assert client.get(path).headers["location"] == "/sign-in"
        assert at_keyboard(client, a_staff("admin")).get(path).status_code == 403
        assert at_keyboard(client, a_patient()).get(path).status_code == 403


def test_a_page_that_fetches_its_rows_keeps_nobody_signed_in(database):
    nurse = a_staff("clinician")
    long_ago = now() - timedelta(minutes=20)
    with transaction(DOOR) as session:
        cookie = sessions.start(session, "staff", nurse.id, "full", at=long_ago)
    seen = "SELECT last_seen_at FROM web_session"
    with served() as client:
        client.cookies.set("__Host-session", cookie, domain="testserver.local")
        assert client.get("/queue/rows").status_code == 200
        assert only(seen) == long_ago
        page = client.get("/queue").text
        assert only(seen) > long_ago
    assert f'name="csrf" value="{only("SELECT csrf FROM web_session")}"' in page


def test_the_queue_asks_the_database_as_often_for_many_as_for_one(database):
    team = a_team()
    nurse = a_staff("clinician", team)
    an_alert(a_patient(team))
    with signed_in(nurse) as client:
        client.get("/queue")
        with counted() as few:
            client.get("/queue")
        for _ in range(7):
            patient = a_patient(team)
            an_alert(patient)
            an_alert(patient, severity=2)
        with counted() as many:
            client.get("/queue")
    assert len(few) == len(many) <= 14


def test_what_does_not_fit_on_the_page_is_the_least_urgent_and_is_counted(database, monkeypatch):
    team = a_team()
    an_alert(a_patient(team, name="Yellow Person"), severity=1, raised_at=now() - timedelta(days=9))
    an_alert(a_patient(team, name="New Red"))
    an_alert(a_patient(team, name="Old Red"), raised_at=now() - timedelta(hours=1))
    an_alert(a_patient(team, name="Amber Person"), severity=3, raised_at=now() - timedelta(days=2))
    monkeypatch.setattr(queued.queue, "__kwdefaults__", queued.queue.__kwdefaults__ | {"most": 1})
    with signed_in(a_staff("clinician", team)) as client:
        one = client.get("/queue").text
        queued.queue.__kwdefaults__["most"] = 3
        three = client.get("/queue").text
    assert cards(one) == ["Old Red"]
    assert "3 more alerts not shown" in one
    assert cards(three) == ["Old Red", "New Red", "Amber Person"]
    assert "1 more alert not shown" in three
