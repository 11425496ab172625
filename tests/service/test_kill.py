"""`kill -9` of any process at any moment loses nothing that was answered, doubles nothing, and misses no breach.

TELEHEALTH_KILL_CYCLES says how many kills: 10 unless told, 50 by `make test-kill`.
"""

from __future__ import annotations

import os
import random
import time
from itertools import cycle, islice

import pytest

from tests.crowd import a_crowd, days_ago
from tests.processes import eventually
from tests.service.kill import findings
from tests.service.kill.ledger import PATIENTS_EACH, Load
from tests.service.kill.site import Site, site

CYCLES = int(os.environ.get("TELEHEALTH_KILL_CYCLES", "10"))
CLIENTS = 8
BETWEEN = 40  # readings answered between two kills, so that each one hits a service at work

pytestmark = [pytest.mark.kill, pytest.mark.slow]


def test_nothing_answered_is_lost_or_doubled_and_every_breach_is_alerted_while_processes_are_killed(
    monkeypatch,
):
    chance = random.Random(20261120)
    with site(monkeypatch, check_seconds="1") as service:
        people = a_crowd(CLIENTS * PATIENTS_EACH)
        begun = time.monotonic()
        with Load(people, days_ago(2), service.port, CLIENTS) as load:
            for victim in islice(cycle(("postmaster", "web", "whole database", "checker")), CYCLES):
                load.wait_for(BETWEEN)
                time.sleep(chance.random() * 0.3)
                kill(service, victim)
            load.wait_for(BETWEEN)
        took = time.monotonic() - begun
        assert service.well(), f"the service did not recover: {service.trouble!r}"
        assert eventually(lambda: findings.waiting() == 0), "readings are left that no check has seen"

        findings.hold_against(load.ledger)
        on_record = findings.episodes()
        findings.check_all_afresh()
        assert on_record == findings.episodes()
    ledger = load.ledger
    print(
        f"{CYCLES} kills, {len(ledger.answered)} readings answered, {ledger.retried} tried again, {took:.0f} s"
    )


def kill(service: Site, victim: str) -> None:
    if victim == "web":
        service.kill(service.web)
    elif victim == "checker":
        service.kill(service.checker)
    else:
        service.kill_database(whole=victim == "whole database")


def test_a_database_that_answers_before_it_is_durable_is_seen_to_lose_readings(monkeypatch):
    """The test of the test above: the same clients, ledger and kill, with durability switched off."""
    with site(monkeypatch, synchronous_commit="off") as service:
        people = a_crowd(CLIENTS * PATIENTS_EACH)
        service.tune(wal_writer_delay="10s", wal_writer_flush_after="1GB")
        lost = set()
        for attempt in range(5):
            with Load(people, days_ago(2 + attempt), service.port, CLIENTS) as load:
                load.wait_for(5 * BETWEEN)
                service.kill_database(whole=True)
                answered_before = len(load.ledger.answered)
            assert service.well(), f"the service did not recover: {service.trouble!r}"
            lost = findings.lost(load.ledger)
            print(f"{answered_before} readings answered before the kill, {len(lost)} of them lost")
            if lost:
                break
    assert lost, "durability was off and nothing was lost: this harness cannot see loss"
