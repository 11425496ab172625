"""The stream of events: over a real server, because a test client waits for the end of an answer."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx2
import psycopg
import pytest
import uvicorn

from alerts import actions
from dashboards import live
from dashboards.live import ALIVE, CHANGED, Live
from foundation.clock import now
from foundation.database import plain_url, transaction
from foundation.settings import settings
from people import sessions
from people.viewer import DOOR, OWNER
from service import web
from tests.builders import a_patient, a_staff, a_team, bearer, viewer_for
from tests.dashboards.routes.world import an_alert, only


@contextmanager
def serving() -> Iterator[str]:
    """The whole web process on a free port."""
    server = uvicorn.Server(
        uvicorn.Config(web.app(), port=0, log_level="critical", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


@contextmanager
def watching(address: str, **headers: Any) -> Iterator[Iterator[str]]:
    """The names of the events that an open page is sent."""
    timeout = httpx2.Timeout(20.0)
    with httpx2.stream("GET", f"{address}/queue/live", headers=headers, timeout=timeout) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        yield (line.removeprefix("event: ") for line in answer.iter_lines() if line.startswith("event: "))


def until_listening(events: Iterator[str]) -> None:
    """The first two: the line is up, and the process listens (whatever changed before is fetched then)."""
    assert next(events) == "alive"
    assert next(events) == "changed"


def test_a_page_that_opens_while_others_are_open_is_told_to_look_at_once(database):
    """What changed between its drawing and its line is told to nobody else."""
    nurse = a_staff()
    with serving() as address, watching(address, **bearer(nurse)) as first:
        until_listening(first)
        begun = time.monotonic()
        with watching(address, **bearer(nurse)) as second:
            until_listening(second)
        assert time.monotonic() - begun < 5


def test_an_open_queue_is_told_within_seconds_when_somebody_acts(database):
    team = a_team()
    nurse = a_staff("clinician", team)
    alert = an_alert(a_patient(team))
    with serving() as address, watching(address, **bearer(nurse)) as events:
        until_listening(events)
        begun = time.monotonic()
        with transaction(viewer_for(nurse)) as session:
            actions.acknowledge(session, alert, by=viewer_for(nurse), at=now())
        assert next(events) == "changed"
        assert time.monotonic() - begun < 5


def test_another_teams_alerts_wake_nobody(database, monkeypatch):
    monkeypatch.setattr(live, "BEAT", 2.0)
    team = a_team()
    other = an_alert(a_patient(a_team()))
    with serving() as address, watching(address, **bearer(a_staff("clinician", team))) as events:
        until_listening(events)
        with psycopg.connect(plain_url("owner"), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_notify('alert', (SELECT team_id || ':' || id FROM alert WHERE id = %s))", (other,)
            )
            assert next(events) == "alive"
            connection.execute("SELECT pg_notify('alert', %s)", (f"{team.id}:many",))
            assert next(events) == "changed"


def test_a_complete_check_is_told_with_the_next_beat(database, monkeypatch):
    monkeypatch.setattr(live, "BEAT", 1.0)
    with serving() as address, watching(address, **bearer(a_staff())) as events:
        until_listening(events)
        with psycopg.connect(plain_url("owner"), autocommit=True) as connection:
            connection.execute("SELECT pg_notify('alert', 'pass')")
        assert next(events) == "changed"
        assert next(events) == "alive"


def test_silence_of_the_checking_is_told_once_and_its_return_at_once(database, monkeypatch):
    monkeypatch.setenv("TELEHEALTH_STOPPED_AFTER_SECONDS", "1")
    monkeypatch.setattr(live, "GRACE", 0.0)
    monkeypatch.setattr(live, "BEAT", 3.0)
    settings.cache_clear()
    with serving() as address, watching(address, **bearer(a_staff())) as events:
        until_listening(events)
        begun = time.monotonic()
        assert next(events) == "changed"
        assert time.monotonic() - begun < 2.5
        assert next(events) == "alive"
        with psycopg.connect(plain_url("owner"), autocommit=True) as connection:
            begun = time.monotonic()
            connection.execute("SELECT pg_notify('alert', 'pass')")
        assert next(events) == "changed"
        assert time.monotonic() - begun < 2.5


def test_after_the_connection_was_lost_every_page_looks_anew(database, monkeypatch):
    monkeypatch.setattr(live, "RETRY", 0.1)
    with serving() as address, watching(address, **bearer(a_staff())) as events:
        until_listening(events)
        with psycopg.connect(plain_url("owner"), autocommit=True) as connection:
            ended = connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN alert' AND datname = current_database()"
            )
            assert ended.rowcount == 1
        assert next(events) == "changed"


def test_many_pages_share_one_connection(database):
    headers = bearer(a_staff())
    with serving() as address, watching(address, **headers) as one, watching(address, **headers) as other:
        until_listening(one)
        assert next(other) == "alive"
        assert (
            only(
                "SELECT count(*) FROM pg_stat_activity WHERE query = 'LISTEN alert' AND datname = current_database()"
            )
            == 1
        )


def test_the_stream_ends_with_the_session_and_keeps_nobody_signed_in(database, monkeypatch):
    monkeypatch.setattr(live, "BEAT", 0.2)
    monkeypatch.setattr(live, "APART", 0.1)
    monkeypatch.setattr(live, "LOOK_AGAIN", 1.0)
    monkeypatch.setenv("TELEHEALTH_SECURE_COOKIES", "false")
    settings.cache_clear()
    nurse, begun = a_staff(), now() - timedelta(minutes=20)
    with transaction(DOOR) as session:
        cookie = sessions.start(session, "staff", nurse.id, "full", at=begun)
    with serving() as address, watching(address, Cookie=f"session={cookie}") as events:
        until_listening(events)
        time.sleep(1.5)
        assert only("SELECT last_seen_at FROM web_session") == begun
        with transaction(OWNER) as session:
            sessions.end(session, cookie, at=now())
        last = time.monotonic()
        for _ in events:
            assert time.monotonic() - last < 10
    assert only("SELECT last_seen_at FROM web_session") == begun


def test_a_thousand_changes_at_once_are_told_as_one(monkeypatch):
    monkeypatch.setattr(live, "APART", 0.05)
    monkeypatch.setattr(live, "BEAT", 0.2)
    monkeypatch.setattr(Live, "_listening", lambda _: None)

    async def told() -> list[str]:
        line = Live()

        async def teams() -> frozenset[int]:
            return frozenset({7})

        events = line.events(frozenset({7}), teams)
        seen = [await anext(events)]
        for _ in range(1_000):
            line.hear("7:many")
        seen += [await anext(events), await anext(events)]
        await line.close()
        return seen

    assert asyncio.run(told()) == [ALIVE, CHANGED, ALIVE]


@pytest.mark.parametrize("told", ["", ":", "7", "x:y", "7:", "pass:1", "⁷:1"])
def test_whatever_is_said_on_the_channel_breaks_nothing(told):
    Live().hear(told)
