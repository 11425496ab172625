"""A connection on which statements go in flights: sent together, answered together.

A transaction of the writer is a few statements, each of which the driver would send by itself and wait for. Here
BEGIN goes with the first and COMMIT with the last, so that a transaction waits three times instead of seven, on our
side and on the database's. A flight with its COMMIT is answered before anybody is told that their upload is kept.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus

from ingest.steps import Rows, Step

if TYPE_CHECKING:
    from collections.abc import Generator

    from psycopg.pq.abc import PGresult

BEGIN, COMMIT, ROLLBACK = Step("BEGIN"), Step("COMMIT"), Step("ROLLBACK")

# Types the database cannot tell from where a parameter stands; those of all others it can.
_TYPES: dict[type, int] = {datetime: 1184, date: 1082}

Result = TypeVar("Result")


class Flights:
    """One connection, in libpq's pipeline mode. Every statement is prepared once; no COPY."""

    def __init__(self, connection: psycopg.AsyncConnection[Any]) -> None:
        self.connection = connection
        self._libpq = connection.pgconn
        self._libpq.enter_pipeline_mode()
        self._reader = Transformer(connection)
        self._prepared: dict[str, bytes] = {}
        self._made = 0

    async def transaction(self, plan: Generator[Step, Rows, Result]) -> Result:
        """Run a plan in a transaction of its own: all of it is committed, or none."""
        committed = False
        try:
            step, first = next(plan), [BEGIN]
            while True:
                came = await self._fly([*first, step, *step.also, *([COMMIT] if step.last else [])])
                committed, mine = step.last, came[len(first) :]
                step, first = plan.send(mine[0]._replace(also=mine[1 : 1 + len(step.also)])), []
        except StopIteration as done:
            if not committed:
                await self._fly([COMMIT])
            result: Result = done.value
            return result
        except Exception:
            with suppress(psycopg.Error):
                await self._fly([ROLLBACK])
            raise
        except BaseException:  # stopped while something was on its way: the answers to it are nobody's
            self._libpq.finish()
            raise

    async def _fly(self, steps: list[Step]) -> list[Rows]:
        """Send these, wait for all of them. Raises the first error; the database ran nothing after it."""
        fresh: dict[str, bytes] = {}
        answers: list[
            str | None
        ] = []  # in the order they come: of a statement's preparing, or (None) of its run
        for step in steps:
            name = self._prepared.get(step.sql) or fresh.get(step.sql)
            params = step.params or ()
            if name is None:
                self._made += 1
                name = fresh[step.sql] = b"intake_%d" % self._made
                self._libpq.send_prepare(
                    name, _numbered(step.sql), [_TYPES.get(type(one), 0) for one in params]
                )
                answers.append(step.sql)
            self._libpq.send_query_prepared(name, [_written(one) for one in params])
            answers.append(None)
        self._libpq.pipeline_sync()
        found: list[Rows] = []
        error: psycopg.Error | None = None
        for prepared in answers:
            result = await self._answer()
            if result.status in {ExecStatus.FATAL_ERROR, ExecStatus.PIPELINE_ABORTED}:
                error = error or psycopg.errors.error_from_result(result)
            elif prepared is not None:
                self._prepared[prepared] = fresh[prepared]
            else:
                found.append(self._rows(result))
        await self._answer(ends=False)  # to the sync
        if error is not None:
            raise error
        return found

    async def _answer(self, *, ends: bool = True) -> PGresult:
        """The next result. ends: it is a statement's, after which libpq says that there is no more of it."""
        while self._libpq.flush():
            await self._ready()
            self._libpq.consume_input()  # or the database may wait for us to read before it reads on
        while self._libpq.is_busy():
            await self._ready()
            self._libpq.consume_input()
        result = self._libpq.get_result()
        if result is None:
            message = "the connection to the database ended in the middle of an answer"
            raise psycopg.OperationalError(message)
        if ends:
            self._libpq.get_result()
        return result

    async def _ready(self) -> None:
        """Until the socket has something for us; until it takes more too, where not all is sent."""
        loop, socket = asyncio.get_running_loop(), self._libpq.socket
        ready: asyncio.Future[None] = loop.create_future()
        loop.add_reader(socket, _wake, ready)
        if unsent := self._libpq.flush():
            loop.add_writer(socket, _wake, ready)
        try:
            await ready
        finally:
            loop.remove_reader(socket)
            if unsent:
                loop.remove_writer(socket)

    def _rows(self, result: PGresult) -> Rows:
        if result.ntuples == 0:
            return Rows([], result.command_tuples or 0)
        self._reader.set_pgresult(result)
        return Rows(self._reader.load_rows(0, result.ntuples, tuple), result.ntuples)


def _wake(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


@cache
def _numbered(sql: str) -> bytes:
    """The statement as the database takes it: `$1` for the first `%s`."""
    first, *rest = sql.split("%s")
    return (first + "".join(f"${place}{part}" for place, part in enumerate(rest, 1))).encode()


def _written(value: object) -> bytes | None:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bytes):
        return b"\\x" + value.hex().encode()
    if isinstance(value, date):  # a moment too
        return value.isoformat().encode()
    return None if value is None else str(value).encode()
