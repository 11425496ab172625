"""A check that fails after any of its statements leaves everything as it was, and the next one finds it all."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, text

from alerts import history
from alerts.check import Checker
from alerts.moments import RED as RED_LEVEL
from foundation.clock import now
from foundation.database import engine, transaction
from people.viewer import OWNER
from tests.alerts.test_checkers_at_once import ready_packs, send
from tests.crowd import CALM, RED, a_crowd

if TYPE_CHECKING:
    from collections.abc import Iterator

WRITTEN = ("arrival", "alert", "alert_event", "episode", "outbox", "wake", "rollup_day", "check_failure")
AMBER_RATE, ODD_RATE = 22, 45  # amber at the second one; odd enough to be held until a person decides
MOST = 100  # statements of a check; it has about twenty

STORIES = text("""SELECT a.patient_id, a.severity, a.settled_at IS NOT NULL,
    (SELECT array_agg(e.what ORDER BY e.id) FROM alert_event e WHERE e.alert_id = a.id),
    (SELECT array_agg(o.what ORDER BY o.created_at) FROM outbox o WHERE o.alert_id = a.id)
    FROM alert a ORDER BY a.patient_id""")


class Stopped(Exception):
    """What the test makes go wrong."""


@pytest.fixture
def checker(database):
    made = Checker(ready_packs())
    yield made
    made.close()


@contextmanager
def failing_after(count: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Everything that the checker asks of the database, its commit too, works `count` times and then fails."""
    left = count

    def one_more(*_: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Stopped

    def fetch(reader: history.Reader, sql: str) -> Any:
        one_more()
        return original(reader, sql)

    original = history.Reader._arrow
    for name in ("before_cursor_execute", "commit"):
        event.listen(engine("checker"), name, one_more)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(history.Reader, "_arrow", fetch)
            yield
    finally:
        for name in ("before_cursor_execute", "commit"):
            event.remove(engine("checker"), name, one_more)


def as_it_stands() -> dict[str, list[str]]:
    """Every row of every table that a check writes, as text."""
    with transaction(OWNER) as session:
        return {
            name: sorted(session.execute(text(f"SELECT t::text FROM {name} t")).scalars()) for name in WRITTEN
        }


def test_a_check_that_fails_after_any_statement_changes_nothing_and_the_next_one_misses_nothing(
    checker, monkeypatch
):
    worse, better, new, odd, well = people = a_crowd(5)
    send([worse], AMBER_RATE, 1.0)
    send([worse], AMBER_RATE, 0.9)
    send([better], RED, 1.0)
    checker.run(now)
    send([worse, new], RED, 0.5)
    send([odd], ODD_RATE, 0.5)
    for days in (0.5, 0.4):
        send([better, well], CALM, days)
    before = as_it_stands()
    assert before["arrival"]

    for count in range(MOST):
        try:
            with failing_after(count, monkeypatch):
                done = checker.batch(now())
        except Stopped:
            assert as_it_stands() == before, f"something was half saved after {count} statements"
        else:
            break
    else:
        pytest.fail("the check never came to its end")

    assert count > 15, "the check failed nowhere"
    assert done is not None
    assert (done.patients, done.raised) == (5, 2)
    with transaction(OWNER) as session:
        assert [tuple(row) for row in session.execute(STORIES)] == [
            (worse.id, RED_LEVEL, False, ["raised", "worsened"], ["raised", "worsened"]),
            (better.id, RED_LEVEL, True, ["raised", "settled"], ["raised"]),
            (new.id, RED_LEVEL, False, ["raised"], ["raised"]),
            (odd.id, RED_LEVEL, False, ["raised"], ["raised"]),
        ]
    assert as_it_stands()["arrival"] == []
    assert len(people) == 5
