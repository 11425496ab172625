"""Two copies of one upload at the same moment: stored once, each answered right, none lost."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

import msgspec
import pytest
from sqlalchemy import text

from alerts import thresholds
from foundation.clock import now
from foundation.database import transaction
from ingest import writer
from ingest.intake import BULK, Sent
from ingest.items import decode
from people.viewer import OWNER, Viewer
from tests.crowd import a_crowd, breaths, days_ago
from tests.processes import serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from ingest.answers import Answer
    from tests.crowd import Person

PAIRS, ROUNDS = 8, 200  # sixteen threads; each round a pair of them sends two copies for one fresh patient
T = TypeVar("T")

STORED = text("""SELECT
    (SELECT count(*) FROM reading) AS readings,
    (SELECT count(*) FROM (SELECT DISTINCT patient_id, kind, measured_at FROM reading) AS r) AS different,
    (SELECT count(*) FROM upload) AS uploads,
    (SELECT count(*) FROM arrival) AS arrivals,
    (SELECT count(*) FROM held) AS held""")


def in_pairs(send: Callable[[int], T], pairs: int, rounds: int) -> list[tuple[T, T]]:
    """What both copies of each round came back with. The two are sent at the same moment, the pairs side by side."""

    def one_of(pair: int, together: threading.Barrier) -> list[T]:
        came = []
        try:
            for number in range(pair * rounds, (pair + 1) * rounds):
                together.wait(timeout=60)
                came.append(send(number))
        finally:
            if len(came) < rounds:
                together.abort()
        return came

    with ThreadPoolExecutor(2 * pairs) as pool:
        running = []
        for pair in range(pairs):
            together = threading.Barrier(2)
            running.append([pool.submit(one_of, pair, together) for _ in range(2)])
    return [both for first, second in running for both in zip(first.result(), second.result(), strict=True)]


def stored() -> dict[str, int]:
    with transaction(OWNER) as session:
        return dict(session.execute(STORED).one()._mapping)


def verdicts(body: bytes) -> list[str]:
    return [result["verdict"] for result in msgspec.json.decode(body)["results"]]


def a_panel() -> bytes:
    """One blood pressure with its pulse: three rows."""
    value = {"systolic": 152, "diastolic": 88, "heart_rate": 70}
    item = {"kind": "blood_pressure", "value": value, "unit": "mmHg", "measured_at": days_ago(1).isoformat()}
    return msgspec.json.encode({"readings": [item]})


def sent(person: Person, body: bytes, key: str | None = None) -> Sent:
    items = decode(body, "application/json", None, 2**24).items
    by = Viewer("patient", person.id, "patient")
    return Sent(person.id, by, "api", "application/json", body, items, now(), key)


def kept(*batch: Sent) -> list[Answer]:
    return writer.keep(list(batch), thresholds.CURRENT)


def keeping_twice(bodies: list[tuple[Person, bytes]], *, keyed: bool) -> Callable[[int], Answer]:
    """A copy of the upload of each number."""
    key = uuid4().hex if keyed else None
    return lambda number: kept(sent(*bodies[number], key))[0]


@pytest.mark.slow
def test_two_copies_of_a_first_upload_over_http_are_stored_once_and_answered_right(database, tmp_path):
    people, body = a_crowd(PAIRS * ROUNDS), a_panel()

    with serving(database, tmp_path, workers=2) as served:

        def send(number: int) -> Any:
            key = {"Idempotency-Key": f"first-{number}"} if number % 2 else {}
            return served.ask("POST", "/api/v1/readings", body, people[number].headers | key)

        came = in_pairs(send, PAIRS, ROUNDS)

    for number, both in enumerate(came):
        if number % 2:  # with a key: one answer, given twice, and one of them says that it is a copy
            assert [one.status for one in both] == [201, 201]
            assert both[0].body == both[1].body
            assert verdicts(both[0].body) == ["stored"]
            assert sorted("idempotent-replayed" in one.headers for one in both) == [False, True]
        else:
            assert sorted(one.status for one in both) == [200, 201]
            assert {one.status: verdicts(one.body) for one in both} == {201: ["stored"], 200: ["duplicate"]}
    uploads = len(people) * 3 // 2
    readings = 3 * len(people)
    assert stored() == {
        "readings": readings, "different": readings, "uploads": uploads, "arrivals": len(people), "held": 0
    }  # fmt: skip


@pytest.mark.storage
@pytest.mark.parametrize("items", [1, BULK + 100], ids=["one reading", "enough for COPY"])
@pytest.mark.parametrize("keyed", [False, True], ids=["without key", "with key"])
def test_two_copies_in_two_transactions_are_stored_once(database, items, keyed):
    rounds = 15 if items == 1 else 1
    people = a_crowd(4 * rounds)
    body = msgspec.json.encode({"readings": [breaths(16, days_ago(1 + n)) for n in range(items)]})

    came = in_pairs(keeping_twice([(person, body) for person in people], keyed=keyed), 4, rounds)

    for first, second in came:
        assert sorted([first.status, second.status]) == ([201, 201] if keyed else [200, 201])
        if keyed:
            assert first.body == second.body
        else:
            assert (
                sorted(verdicts(first.body) + verdicts(second.body))
                == ["duplicate"] * items + ["stored"] * items
            )
    found = stored()
    assert found["readings"] == found["different"] == items * len(people)
    assert found["uploads"] == (1 if keyed else 2) * len(people)
    assert found["arrivals"] == len(people)


@pytest.mark.storage
def test_two_copies_in_one_transaction_are_stored_once(database):
    people, body = a_crowd(40), a_panel()
    answers = kept(*[sent(person, body) for person in people * 2])
    for both in zip(answers[:40], answers[40:], strict=True):
        assert sorted(verdicts(one.body)[0] for one in both) == ["duplicate", "stored"]
    assert stored() == {"readings": 120, "different": 120, "uploads": 80, "arrivals": 40, "held": 0}


@pytest.mark.storage
def test_an_implausible_value_sent_twice_at_once_waits_for_a_person_once(database):
    people = a_crowd(60)
    body = msgspec.json.encode({"readings": [breaths(45, days_ago(1))]})

    came = in_pairs(keeping_twice([(person, body) for person in people], keyed=False), 4, 15)

    assert {one.status for both in came for one in both} == {201}
    assert {verdict for both in came for one in both for verdict in verdicts(one.body)} == {"held"}
    assert stored()["held"] == len(people)


@pytest.mark.storage
def test_an_implausible_value_twice_in_one_transaction_waits_for_a_person_once(database):
    [person] = a_crowd(1)
    body = msgspec.json.encode({"readings": [breaths(45, days_ago(1))]})
    assert [answer.status for answer in kept(sent(person, body), sent(person, body))] == [201, 201]
    assert stored()["held"] == 1


@pytest.mark.storage
def test_of_two_uploads_with_one_key_at_once_one_is_kept_and_the_other_refused(database):
    people = a_crowd(40)
    bodies = [msgspec.json.encode({"readings": [breaths(rate, days_ago(1))]}) for rate in (16, 17)]
    turn = iter(range(10**6))

    def send(number: int) -> Answer:
        return kept(sent(people[number], bodies[next(turn) % 2], "same"))[0]

    for both in in_pairs(send, 4, 10):
        assert sorted(one.status for one in both) in ([201, 201], [201, 422])
    found = stored()
    assert found["readings"] == found["uploads"] == len(people)


def test_without_its_key_the_table_of_readings_would_double_them(database):
    """The test of these tests: the race is real, and they see what comes of it."""
    people = a_crowd(60)
    with transaction(OWNER) as session:
        session.execute(text("ALTER TABLE reading DROP CONSTRAINT pk_reading"))
    in_pairs(keeping_twice([(person, a_panel()) for person in people], keyed=False), 4, 15)
    found = stored()
    assert found["readings"] > found["different"]
