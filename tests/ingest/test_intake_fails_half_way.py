"""An upload whose transaction fails after any statement leaves nothing, and sent again it is stored whole."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg
import pytest
from sqlalchemy import text

from alerts import thresholds
from foundation.database import transaction
from foundation.errors import Unavailable
from ingest import intake, writer
from ingest.steps import Step
from people import audit
from people.viewer import OWNER
from tests.crowd import a_crowd, breaths, days_ago
from tests.ingest.test_races import kept, sent, verdicts

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator

    from ingest.answers import Answer
    from ingest.intake import Sent
    from ingest.steps import Rows

WRITTEN = ("reading", "held", "arrival", "upload", "audit", "audit_head")
MOST = 40  # statements of intake's plan; it has about a dozen


def dying_after(count: int) -> Callable[..., Any]:
    """Intake's plan, on whose connection the database hangs up once `count` of its statements have run."""

    def plan(*told: Any) -> Generator[Step, Rows, list[Answer]]:
        inner, left = intake.keeping(*told), count
        [[backend]] = (yield Step("SELECT pg_backend_pid()")).rows
        step = next(inner)
        while True:
            if left == 0:
                hang_up(backend)
            left -= 1
            rows = yield step
            try:
                step = inner.send(rows)
            except StopIteration as done:
                if left == 0:  # after the last statement, before the commit
                    hang_up(backend)
                answers: list[Answer] = done.value
                return answers

    return plan


def hang_up(backend: int) -> None:
    """As an administrator, a failover or a killed server would."""
    with transaction(OWNER) as session:
        assert session.scalar(text("SELECT pg_terminate_backend(:backend, 5000)"), {"backend": backend})


def as_it_stands() -> dict[str, list[str]]:
    """Every row of every table that intake writes, as text."""
    with transaction(OWNER) as session:
        return {
            name: sorted(session.execute(text(f"SELECT t::text FROM {name} t")).scalars()) for name in WRITTEN
        }


def an_upload_of_every_verdict(items: int) -> tuple[bytes, bytes]:
    """What is there before, and what is sent then: new, already there, disputed, odd, and no reading at all.

    The odd one speaks for a later one that waits already, which becomes a reading.
    """
    at = days_ago(3)
    there = [breaths(16, at), breaths(17, at + timedelta(hours=1)), breaths(45, at + timedelta(hours=2.5))]
    more = [breaths(16, at), breaths(18, at + timedelta(hours=1)), breaths(45, at + timedelta(hours=2))]
    more += [breaths(1000, at + timedelta(hours=3))]
    more += [breaths(15, at + timedelta(hours=4, seconds=second)) for second in range(items - len(more))]
    return msgspec.json.encode({"readings": there}), msgspec.json.encode({"readings": more})


def a_batch(items: int) -> list[Sent]:
    """An upload whose items get every verdict there is, and a neighbour in the same transaction."""
    person, neighbour = a_crowd(2)
    there, more = an_upload_of_every_verdict(items)
    kept(sent(person, there))
    alone = msgspec.json.encode({"readings": [breaths(16, days_ago(1))]})
    return [sent(person, more, "its key"), sent(neighbour, alone)]


def in_a_loop_of_its_own(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """On a thread: where a browser is being driven, this one has a loop that runs already."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(lambda: asyncio.run(work())).result()


def keep_at_once(batch: list[Sent]) -> list[Answer]:
    return kept(*batch)


def keep_by_the_writer(batch: list[Sent]) -> list[Answer]:
    """As the web process does; one writer for all of them, so that they share a transaction."""

    async def together() -> list[Answer]:
        one = writer.Writer(thresholds.CURRENT)
        try:
            came = await asyncio.gather(*[one.keep(each) for each in batch], return_exceptions=True)
        finally:
            await one.stop()
        for each in came:
            if isinstance(each, BaseException):
                raise each
        return [each for each in came if not isinstance(each, BaseException)]

    return in_a_loop_of_its_own(together)


@pytest.mark.parametrize(
    ("items", "keep"), [(6, keep_at_once), (intake.BULK + 10, keep_at_once), (6, keep_by_the_writer)]
)
def test_a_connection_lost_after_any_statement_stores_nothing_and_the_next_try_stores_all(
    database, items, keep, monkeypatch
):
    batch = a_batch(items)
    before = as_it_stands()

    for count in range(MOST):
        try:
            with monkeypatch.context() as patch:
                patch.setattr(writer, "keeping", dying_after(count))
                answers = keep(batch)
        except Unavailable:
            assert as_it_stands() == before, f"something was half stored after {count} statements"
        else:
            break
    else:
        pytest.fail("the plan never came to its end")

    assert count > 8, "the plan failed nowhere"  # it has about ten statements here
    assert [answer.status for answer in answers] == [201, 201]
    told = verdicts(answers[0].body)
    assert told[:4] == ["duplicate", "held", "held", "rejected"]
    assert set(told[4:]) == {"stored"}
    again = kept(batch[0])[0]
    assert (again.body, again.replayed) == (answers[0].body, True)
    with transaction(OWNER) as session:
        assert audit.broken(session) == []
        assert session.scalar(text("SELECT count(*) FROM upload")) == 3
        assert session.scalar(text("SELECT count(*) FROM reading")) == 3 + len(told[4:]) + 1


def test_an_upload_that_cannot_be_kept_costs_its_neighbours_nothing(database, monkeypatch):
    people = a_crowd(4)
    body = msgspec.json.encode({"readings": [breaths(16, days_ago(1))]})
    batch = [sent(person, body) for person in people]
    poison = batch[2].id

    def plan(group: list[Sent], *told: Any) -> Generator[Step, Rows, list[Answer]]:
        if any(one.id == poison for one in group):
            yield Step("SELECT 1 / 0")
        answers = yield from intake.keeping(group, *told)
        return answers

    monkeypatch.setattr(writer, "keeping", plan)
    answers: list[Any] = []

    async def together() -> None:
        one = writer.Writer(thresholds.CURRENT)
        answers.extend(await asyncio.gather(*[one.keep(each) for each in batch], return_exceptions=True))
        await one.stop()

    in_a_loop_of_its_own(together)
    assert isinstance(answers.pop(2), psycopg.errors.DivisionByZero)
    assert [answer.status for answer in answers] == [201] * 3
    with transaction(OWNER) as session:
        stored = session.execute(text("SELECT patient_id FROM reading ORDER BY 1")).scalars()
        assert list(stored) == sorted(person.id for person in people if person is not people[2])
