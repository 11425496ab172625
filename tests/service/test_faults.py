"""What happens while the database or the checker is away, or hangs up in the middle: said plainly, and mended by itself."""

from __future__ import annotations

import random
import threading
import time
from typing import TYPE_CHECKING

import psutil
import psycopg
import pytest
from sqlalchemy import text

from alerts import pathways
from alerts.check import Checker
from foundation.clock import now
from foundation.database import transaction
from people.viewer import OWNER
from tests.builders import a_staff, bearer
from tests.crowd import Person, a_crowd, breaths, days_ago
from tests.processes import AWAY, Reply, Served, answers, environment, eventually, running, serving
from tests.service.kill import findings
from tests.service.kill.ledger import PATIENTS_EACH, Load
from tests.service.kill.site import own_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from foundation.embedded import EmbeddedServer

STOPPED_AFTER = 3.0  # seconds without a complete check, here; the checker makes one every half second
PAGE = {"Accept": "text/html"}

pytestmark = pytest.mark.slow


@pytest.fixture
def database_server(monkeypatch) -> Iterator[EmbeddedServer]:
    """A server of this test's own, which it may stop; migrated, with the engines of this process on it."""
    with own_server(monkeypatch) as server:
        yield server


def send(served: Served, person: Person, rate: float = 16, days: float = 1.0) -> Reply:
    body = {"readings": [breaths(rate, days_ago(days))]}
    return served.ask("POST", "/api/v1/readings", body, person.headers)


def stored() -> dict[str, int]:
    """How many rows there are of all that an upload writes."""
    with transaction(OWNER) as session:
        return {
            name: session.scalar(text(f"SELECT count(*) FROM {name}")) or 0
            for name in ("reading", "upload", "arrival", "held")
        }


def says_try_again(reply: Reply) -> bool:
    assert int(reply.headers["retry-after"]) > 0
    assert b"Traceback" not in reply.body
    return reply.status == 503


def test_while_the_database_is_away_everybody_is_told_to_try_again_and_afterwards_all_goes_on(
    database_server,
):
    url, folder = database_server.url(), database_server.data
    [person] = a_crowd(1)
    staff = bearer(a_staff("clinician"))
    with serving(url, folder) as served:
        assert send(served, person).status == 201
        assert served.ask("GET", "/api/v1/alerts", headers=staff).status == 200
        before = stored()

        database_server.stop()

        for _ in range(3):
            refused = send(served, person, days=0.5)
            assert says_try_again(refused)
            assert refused.headers["content-type"] == "application/problem+json"
            assert refused.json["code"] == "unavailable"
        assert says_try_again(
            served.ask("GET", f"/api/v1/patients/{person.nhs_number}/readings", headers=person.headers)
        )
        assert says_try_again(served.ask("GET", "/api/v1/alerts", headers=staff))
        for page, headers in (("/", {"Cookie": "__Host-session=made-up"}), ("/queue", staff)):
            shown = served.ask("GET", page, headers=headers | PAGE)
            assert says_try_again(shown), page
            assert shown.headers["content-type"].startswith("text/html")
        assert served.ask("GET", "/health/live").status == 200
        ready = served.ask("GET", "/health/ready")
        assert (ready.status, ready.json["status"]) == (503, "not ready")
        assert "database" in ready.json["problems"][0]

        database_server.url()

        assert stored() == before
        assert eventually(lambda: send(served, person, days=0.5).status == 201, seconds=15)
        assert served.ask("GET", "/api/v1/alerts", headers=staff).status == 200
        assert stored()["reading"] == before["reading"] + 1
        assert served.process.poll() is None


def test_readiness_says_when_nobody_checks_and_when_somebody_does_again(database, tmp_path):
    patience = {"check_seconds": "0.5", "stopped_after_seconds": str(STOPPED_AFTER)}
    env = environment(database, tmp_path, **patience)
    [person] = a_crowd(1)
    with serving(database, tmp_path, **patience) as served:

        def ready() -> bool:
            return served.ask("GET", "/health/ready").status == 200

        assert not ready(), "nobody has ever checked"
        for _ in range(2):
            with running("checker", env=env, log=tmp_path / "checker.txt") as checker:
                assert eventually(ready)
                checker.kill()
                checker.wait()
                gone = time.monotonic()
            assert eventually(lambda: not ready(), seconds=STOPPED_AFTER + 10)
            assert time.monotonic() - gone > STOPPED_AFTER / 2, "it was unready before anything could be late"
            told = served.ask("GET", "/health/ready").json
            assert "not being checked" in told["problems"][0]
            assert served.ask("GET", "/health/live").status == 200
            assert send(served, person, days=random.random()).status == 201, "intake never waits for checking"


def test_web_workers_whose_parent_was_killed_make_way_for_the_next(database, tmp_path):
    with serving(database, tmp_path, workers=2) as served:
        workers = psutil.Process(served.process.pid).children(recursive=True)
        served.process.kill()
        served.process.wait()
        assert len(psutil.wait_procs(workers, timeout=20)[1]) == 0
        env = environment(database, tmp_path)
        with running("serve", "--port", str(served.port), env=env, log=tmp_path / "next.txt") as following:
            assert eventually(lambda: answers(served.port))
            assert following.poll() is None


def test_a_connection_ended_in_the_middle_of_a_batch_is_no_wrong_answer(database, tmp_path):
    """The upload waits at a locked table, half of it written; then an administrator ends its connection."""
    [person] = a_crowd(1)
    with serving(database, tmp_path) as served, psycopg.connect(database) as keeper:
        keeper.execute("LOCK TABLE upload IN ACCESS EXCLUSIVE MODE")
        replies: list[Reply] = []
        sending = threading.Thread(target=lambda: replies.append(send(served, person)))
        sending.start()
        with psycopg.connect(database, autocommit=True) as administrator:
            ended = """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'"""
            assert eventually(lambda: administrator.execute(ended).rowcount > 0, seconds=20)
        keeper.rollback()
        sending.join(30)
        [reply] = replies
        assert says_try_again(reply)
        assert stored() == {"reading": 0, "upload": 0, "arrival": 0, "held": 0}
        assert send(served, person).status == 201
        assert stored() == {"reading": 1, "upload": 1, "arrival": 1, "held": 0}


def test_under_load_no_answer_is_wrong_while_connections_are_ended_all_the_time(database, tmp_path):
    people = a_crowd(8 * PATIENTS_EACH)
    ended = 0
    sql = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND query ILIKE %s"""
    with (
        serving(database, tmp_path) as served,
        psycopg.connect(database, autocommit=True) as administrator,
        Load(people, days_ago(2), served.port) as load,
    ):
        until = time.monotonic() + 30
        while ended < 25 and time.monotonic() < until:
            time.sleep(random.random() * 0.1)
            ended += administrator.execute(sql, ("%upload%",)).rowcount
        load.wait_for(50)
    checker = Checker(pathways.load())
    checker.run(now)
    checker.close()
    print(
        f"{ended} connections ended, {len(load.ledger.answered)} answered, {load.ledger.retried} tried again"
    )
    assert ended >= 5, "hardly a connection was ended: this proves nothing"
    assert load.ledger.retried > 0
    findings.hold_against(load.ledger)


def test_when_every_connection_was_ended_the_next_reading_is_kept_and_checked_as_if_nothing_had_been(
    database, tmp_path
):
    env = environment(database, tmp_path, check_seconds="0.5")
    people = a_crowd(3)
    with (
        serving(database, tmp_path) as served,
        running("checker", env=env, log=tmp_path / "checker.txt") as checker,
        psycopg.connect(database, autocommit=True) as administrator,
    ):
        for number, person in enumerate(people, start=1):
            assert send(served, person, rate=30).status == 201
            assert eventually(lambda wanted=number: alerts() == wanted)
            administrator.execute(
                """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid()"""
            )
        assert checker.poll() is None


def alerts() -> int:
    try:
        with transaction(OWNER) as session:
            return session.scalar(text("SELECT count(*) FROM alert")) or 0
    except AWAY:
        return -1
