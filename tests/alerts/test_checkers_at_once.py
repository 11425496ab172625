"""Many checkers and many people at once: each breach is alerted once, and each alert taken by one person."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from starlette.testclient import TestClient

from alerts import pathways, rule_versions, thresholds, waiting
from alerts.check import Checker
from foundation.clock import now
from foundation.database import transaction
from ingest import writer
from ingest.intake import Sent
from ingest.items import Item
from people.viewer import CHECKER, OWNER, Viewer
from tests import rows
from tests.builders import a_staff, a_team, bearer
from tests.crowd import CALM, RED, RULE, a_crowd, days_ago
from tests.processes import eventually

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext, ForkServerProcess
    from multiprocessing.sharedctypes import Synchronized

    from tests.crowd import Person

CHECKERS, BREACHES, KILLS, LOTS = 8, 1_000, 10, 25
ROUNDS = 200  # alerts that two people acknowledge at the same moment
BATCH = 20  # patients a checker takes at once here; as many as there are would leave the others nothing

FOUND = text("""SELECT (SELECT count(*) FROM alert) AS alerts,
    (SELECT count(DISTINCT patient_id) FROM alert WHERE rule = :rule AND resolved_at IS NULL) AS patients,
    (SELECT count(*) FROM alert_event WHERE what = 'raised') AS raised,
    (SELECT count(*) FROM alert_event) AS events,
    (SELECT count(*) FROM episode) AS episodes,
    (SELECT count(*) FROM outbox) AS messages,
    (SELECT count(DISTINCT alert_id) FROM outbox) AS told_of,
    (SELECT count(*) FROM arrival) AS waiting,
    (SELECT count(*) FROM check_failure) AS failures""")


def found() -> dict[str, int]:
    with transaction(OWNER) as session:
        return dict(session.execute(FOUND, {"rule": RULE}).one()._mapping)


def send(people: list[Person], rate: float, days: float = 0.2) -> None:
    """One reading of each of these people, in one transaction."""
    at = days_ago(days)
    writer.keep([_sent(person, rate, at.isoformat()) for person in people], thresholds.CURRENT)


def _sent(person: Person, rate: float, at: str) -> Sent:
    item = Item(kind="respiratory_rate", value=float(rate), unit="/min", measured_at=at)
    return Sent(
        person.id, Viewer("patient", person.id, "patient"), "api", "application/json", b"{}", [item], now()
    )


def ready_packs() -> pathways.Packs:
    """The built-in rules, put on record."""
    packs = pathways.load()
    with transaction(CHECKER) as session:
        rule_versions.register(session, packs, now())
    return packs


def check(packs: pathways.Packs) -> None:
    """One whole pass by a checker of its own."""
    checker = Checker(packs)
    try:
        checker.run(now)
    finally:
        checker.close()


def checker_process(environment: dict[str, str], busy: Synchronized[int]) -> None:
    """What `telehealth checker` runs, taking few patients at once and telling when it is at work."""
    os.environ.update(environment)
    from service import checker  # noqa: PLC0415 it may only be loaded once the settings are in place

    waiting.PATIENTS = BATCH
    batch = Checker.batch

    def told(self: Checker, at: Any) -> Any:
        busy.value = 1
        try:
            return batch(self, at)
        finally:
            busy.value = 0

    Checker.batch = told  # type: ignore[method-assign]
    checker.run(threading.Event())


class Checkers:
    """Processes that check. They are forked from one that has everything loaded, so that most of their life is work."""

    def __init__(self, url: str, folder: str) -> None:
        self.environment = {
            "TELEHEALTH_DATABASE_URL": url,
            "TELEHEALTH_DATA": folder,
            "TELEHEALTH_CHECK_SECONDS": "1",
        }
        self.context: ForkServerContext = multiprocessing.get_context("forkserver")
        self.context.set_forkserver_preload(["service.checker", "tests.alerts.test_checkers_at_once"])
        self.running: list[tuple[ForkServerProcess, Synchronized[int]]] = []

    def start(self) -> None:
        busy = self.context.Value("i", 0, lock=False)
        process = self.context.Process(target=checker_process, args=(self.environment, busy), daemon=True)
        process.start()
        self.running.append((process, busy))  # type: ignore[arg-type]

    def kill_one_at_work(self, chance: random.Random) -> bool:
        """`kill -9` a checker somewhere inside a batch; False when none was at work in time."""
        if not eventually(lambda: any(busy.value for _, busy in self.running), seconds=10):
            return False
        process, _ = victim = chance.choice([one for one in self.running if one[1].value] or self.running)
        time.sleep(chance.random() * 0.1)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join(10)
        self.running.remove(victim)
        return True

    def stop(self) -> None:
        for process, _ in self.running:
            process.kill()
        for process, _ in self.running:
            process.join(10)


@pytest.mark.slow
def test_eight_checkers_of_whom_ten_are_killed_raise_each_alert_once(database, tmp_path):
    people = a_crowd(BREACHES)
    ready_packs()
    chance = random.Random(20261120)
    checkers = Checkers(database, str(tmp_path))
    killed = 0
    try:
        for _ in range(CHECKERS):
            checkers.start()
        for lot in range(LOTS):
            send(people[lot::LOTS], RED)
            if killed < KILLS and checkers.kill_one_at_work(chance):
                killed += 1
                checkers.start()
        assert eventually(lambda: found()["waiting"] == 0)
        checkers_left = [process.is_alive() for process, _ in checkers.running]
    finally:
        checkers.stop()

    assert killed == KILLS
    assert checkers_left == [True] * CHECKERS
    assert found() == {
        "alerts": BREACHES, "patients": BREACHES, "raised": BREACHES, "events": BREACHES, "episodes": BREACHES,
        "messages": BREACHES, "told_of": BREACHES, "waiting": 0, "failures": 0,
    }  # fmt: skip


@pytest.mark.storage
def test_whom_another_checker_has_are_replaced_by_others_in_a_batch(database, monkeypatch):
    monkeypatch.setattr(waiting, "PATIENTS", BATCH)
    send(a_crowd(3 * BATCH), CALM)
    with transaction(CHECKER) as one, transaction(CHECKER) as another, transaction(CHECKER) as third:
        assert waiting.much(one, now())
        taken = [waiting.take(session, now()) for session in (one, another, third)]
        ids = [set(batch.since) if batch else set() for batch in taken]
        # Buckets are of one or two patients here, so the last place may stay empty.
        assert [BATCH - 1 <= len(own) <= BATCH for own in ids] == [True] * 3
        assert len(set.union(*ids)) == sum(map(len, ids))


def test_the_database_itself_refuses_a_second_unresolved_alert_of_one_patient_and_rule(database):
    [person] = a_crowd(1)
    with transaction(OWNER) as session:
        rows.add(session, "alert", patient_id=person.id, rule=RULE)
    with pytest.raises(IntegrityError), transaction(OWNER) as session:
        rows.add(session, "alert", patient_id=person.id, rule=RULE)


def test_each_breach_is_alerted_once_however_often_it_is_checked_again(database):
    people = a_crowd(20)
    packs = ready_packs()
    send(people, RED)
    check(packs)
    before = found()
    for days in (0.15, 0.1):  # readings in range, after which nothing about the breach is new
        send(people, CALM, days)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(check, [packs] * 4))
    after = found()
    assert (before["alerts"], after["alerts"]) == (20, 20)
    assert (before["raised"], after["raised"]) == (20, 20)
    assert after["messages"] == 20


@pytest.mark.slow
def test_of_two_people_who_acknowledge_at_the_same_moment_one_wins_and_the_other_is_told_who(database):
    from service.web import app  # noqa: PLC0415 it loads every room

    team = a_team()
    names = ("Asha Begum", "Owen Clarke")
    staff = [bearer(a_staff("clinician", team, name=name)) for name in names]
    send(a_crowd(ROUNDS, team), RED)
    check(ready_packs())
    with transaction(OWNER) as session:
        alerts = list(session.execute(text("SELECT id FROM alert ORDER BY id")).scalars())
    together = threading.Barrier(2)

    with TestClient(app()) as client, ThreadPoolExecutor(2) as pool:

        def acknowledge_all(who: int) -> list[Any]:
            came = []
            for alert in alerts:
                together.wait(timeout=60)
                came.append(client.post(f"/api/v1/alerts/{alert}/acknowledge", headers=staff[who], json={}))
            return came

        both = list(pool.map(acknowledge_all, range(2)))

    winners = []
    for alert, answers in zip(alerts, zip(*both, strict=True), strict=True):
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        winner = 0 if answers[0].status_code == 200 else 1
        winners.append(winner)
        assert answers[winner].json()["acknowledged_by"] == names[winner], alert
        refused = answers[1 - winner]
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["code"] == "already_taken"
        assert names[winner] in refused.json()["detail"]
    assert len(alerts) == ROUNDS
    assert set(winners) == {0, 1}, "one person always won: the two did not race"
    with transaction(OWNER) as session:
        counted = text(
            "SELECT count(*), count(DISTINCT alert_id) FROM alert_event WHERE what = 'acknowledged'"
        )
        assert tuple(session.execute(counted).one()) == (ROUNDS, ROUNDS)
        audited = text("SELECT count(*) FROM audit WHERE action = 'alert.acknowledged'")
        assert session.scalar(audited) == ROUNDS
