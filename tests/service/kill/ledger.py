"""Clients that send without pause and write down what was answered, as a patient's phone would remember it."""

from __future__ import annotations

import http.client
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple, Self

from tests.crowd import CALM, RED, breaths
from tests.processes import AWAY, HOST, Reply, over

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.crowd import Person

PATIENTS_EACH = 6
BREACH_EVERY = 7  # one in so many readings is red; the two after it settle the episode
APART = timedelta(seconds=10)  # between a patient's readings
STUCK = 90.0  # seconds after which a reading that is not answered fails the test


class Reading(NamedTuple):
    """What a client sent. Every one has a patient and moment of its own."""

    patient_id: int
    measured_at: datetime
    rate: float


@dataclass
class Ledger:
    """What was answered, by all clients together. `strange`: answers that nobody should ever get."""

    answered: dict[Reading, str] = field(default_factory=dict)  # reading → verdict
    keys: dict[Reading, str] = field(default_factory=dict)  # → its Idempotency-Key
    retried: int = 0
    strange: list[str] = field(default_factory=list)

    @property
    def alarming(self) -> set[int]:
        """Patients with a breach among their readings."""
        return {reading.patient_id for reading in self.answered if reading.rate == RED}


class Client(threading.Thread):
    """One program that sends readings of its own patients, one after the other, each until it is answered."""

    def __init__(
        self, number: int, people: list[Person], begin: datetime, port: Callable[[], int], ledger: Ledger
    ) -> None:
        super().__init__(daemon=True, name=f"client-{number}")
        self.number, self.people, self.begin, self.port, self.ledger = number, people, begin, port, ledger
        self.stopping = threading.Event()
        self._line: http.client.HTTPConnection | None = None

    def run(self) -> None:
        count = 0
        while not self.stopping.is_set() and not self.ledger.strange:
            turn, who = divmod(count, len(self.people))
            person = self.people[who]
            rate = RED if (count + self.number) % BREACH_EVERY == 0 else CALM
            self._send(person, Reading(person.id, self.begin + turn * APART, rate), f"{self.number}-{count}")
            count += 1
        self._hang_up()

    def _send(self, person: Person, reading: Reading, key: str) -> None:
        body = {"readings": [breaths(reading.rate, reading.measured_at)]}
        until = time.monotonic() + STUCK
        while time.monotonic() < until:
            reply = self._once(person, body, key)
            if reply is None or reply.status == http.client.SERVICE_UNAVAILABLE:
                self.ledger.retried += 1
                time.sleep(0.1)
            elif reply.status in (http.client.OK, http.client.CREATED):
                [result] = reply.json["results"]
                self.ledger.keys[reading] = key
                self.ledger.answered[reading] = result["verdict"]
                return
            else:
                self.ledger.strange.append(f"{reply.status} {reply.body[:300]!r}")
                return
        self.ledger.strange.append(f"not answered in {STUCK} s")

    def _once(self, person: Person, body: object, key: str) -> Reply | None:
        """The answer; None where the server is not there or died before it answered."""
        if self._line is None:
            self._line = http.client.HTTPConnection(HOST, self.port(), timeout=20)
        try:
            return over(
                self._line, "POST", "/api/v1/readings", body, person.headers | {"Idempotency-Key": key}
            )
        except AWAY:
            self._hang_up()
            return None

    def _hang_up(self) -> None:
        if self._line is not None:
            with suppress(OSError):
                self._line.close()
            self._line = None


class Load:
    """Clients at work, for as long as the block lasts."""

    def __init__(self, people: list[Person], begin: datetime, port: int, clients: int = 8) -> None:
        self.ledger = Ledger()
        self.clients = [
            Client(number, people[number::clients], begin, lambda: port, self.ledger)
            for number in range(clients)
        ]

    def __enter__(self) -> Self:
        for client in self.clients:
            client.start()
        return self

    def __exit__(self, *_: object) -> None:
        for client in self.clients:
            client.stopping.set()
        for client in self.clients:
            client.join(STUCK + 30)

    def wait_for(self, more: int) -> None:
        """Until so many more readings have been answered."""
        wanted, until = len(self.ledger.answered) + more, time.monotonic() + STUCK
        while len(self.ledger.answered) < wanted:
            assert not self.ledger.strange, self.ledger.strange
            assert time.monotonic() < until, "the clients got no answers any more"
            time.sleep(0.01)
