"""Group commit: uploads that come at the same time share one transaction, and each is answered once it is durable.

A commit waits for the disk whether it holds one reading or a hundred. So while one transaction is being committed
the next uploads gather, and go together. While many come, a transaction waits two thousandths of a second for those
that are about to: half as many transactions for the same uploads. A single upload on a quiet day waits for nobody.
"""

from __future__ import annotations

import asyncio
import select
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
import structlog

from foundation.clock import now
from foundation.collector import uncollected
from foundation.database import plain_url
from foundation.errors import Unavailable
from ingest.flights import Flights
from ingest.intake import BULK, keeping
from ingest.steps import Rows

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from datetime import datetime

    from ingest.answers import Answer
    from ingest.intake import Sent
    from ingest.steps import Step

log = structlog.get_logger()

TOGETHER = 128  # uploads in one transaction
LARGE = 500  # items from which an upload gets a transaction, a connection and a thread of its own
MANY = (
    BULK // 3
)  # items from which a group does so too: a panel has up to 3 values, and COPY goes in no flight
WAITING = 2_000  # uploads that may wait; beyond that the sender is asked to come back
BUSY_FROM = 5  # uploads that the last transaction held: more of them are on their way
GATHERING = 0.002  # seconds
TRIES = 5  # a deadlock or a key taken at the same moment (which breaks its unique index) is settled by running the plan again

AGAIN = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.UniqueViolation,
)
AWAY = (
    "The database cannot be reached, so nothing was stored. Keep the reading and send it again in a moment."
)
BUSY = "Too many uploads are waiting, so this one was not taken. Send it again in a moment."


def keep(batch: list[Sent], bounds_sql: str, at: datetime | None = None) -> list[Answer]:
    """Keep these uploads at once, on a connection of their own. Raises Unavailable while the database is away.

    at: when they were received; now, unless a history is being replayed.
    """
    for attempt in range(TRIES):
        try:
            with _connection() as connection, uncollected():
                return _run(connection, keeping(batch, at or now(), bounds_sql))
        except AGAIN:
            time.sleep(0.01 * attempt)
        except psycopg.OperationalError as error:
            raise Unavailable(AWAY) from error
    raise Unavailable(BUSY)


@contextmanager
def _connection() -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(plain_url("intake")) as connection:
        yield connection


def _run(connection: psycopg.Connection[Any], plan: Generator[Step, Rows, list[Answer]]) -> list[Answer]:
    answers: list[Answer] = []
    with connection.transaction(), connection.cursor() as cursor:
        try:
            step = next(plan)
            while True:
                rows = _rows(cursor, step)
                step = plan.send(rows._replace(also=[_rows(cursor, one) for one in step.also]))
        except StopIteration as done:
            answers = done.value
    return answers


def _rows(cursor: psycopg.Cursor[Any], step: Step) -> Rows:
    if step.copy is None:
        cursor.execute(step.sql, step.params)
    else:
        with cursor.copy(step.sql) as copy:
            for part in step.copy:
                copy.write(part)
    return Rows(cursor.fetchall() if cursor.description else [], cursor.rowcount)


class Writer:
    """Gathers the uploads of one web process. Made in its event loop, and stopped there."""

    def __init__(self, bounds_sql: str) -> None:
        self._bounds_sql = bounds_sql
        self._waiting: list[tuple[Sent, asyncio.Future[Answer]]] = []
        self._called = asyncio.Event()
        self._flights: Flights | None = None
        self._task = asyncio.create_task(self._work())

    async def keep(self, sent: Sent) -> Answer:
        """Keep one upload; returns once it is durable. Raises Unavailable where it cannot be kept now."""
        if len(sent.items) > LARGE:
            return (await asyncio.to_thread(keep, [sent], self._bounds_sql))[0]
        if len(self._waiting) >= WAITING:
            raise Unavailable(BUSY)
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((sent, future))
        self._called.set()
        return await future

    async def stop(self) -> None:
        """Finish what is waiting, then close."""
        while self._waiting:  # noqa: ASYNC110 it happens once, at the end
            await asyncio.sleep(0.01)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._disconnect()

    async def _work(self) -> None:
        last = 0
        while True:
            await self._called.wait()
            if last >= BUSY_FROM and len(self._waiting) < TOGETHER:
                await asyncio.sleep(GATHERING)
            group = self._take()
            last = len(group)
            if not self._waiting:
                self._called.clear()
            await self._keep_group(group)

    def _take(self) -> list[tuple[Sent, asyncio.Future[Answer]]]:
        """The next to go together: not two with one idempotency key, so that the second finds the first's answer."""
        group: list[tuple[Sent, asyncio.Future[Answer]]] = []
        rest: list[tuple[Sent, asyncio.Future[Answer]]] = []
        keys: set[tuple[int, str | None]] = set()
        for sent, future in self._waiting:
            key = (sent.patient_id, sent.idempotency_key)
            if len(group) >= TOGETHER or (sent.idempotency_key is not None and key in keys):
                rest.append((sent, future))
            elif not future.cancelled():
                keys.add(key)
                group.append((sent, future))
        self._waiting = rest
        return group

    async def _keep_group(self, group: list[tuple[Sent, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._attempt([sent for sent, _ in group])
        except Unavailable as error:
            _settle(group, error)
        except Exception as error:  # noqa: BLE001 whatever it is, it belongs to one upload: its neighbours must be kept
            if len(group) == 1:
                log.error("upload_failed", upload=str(group[0][0].id), problem=type(error).__name__)
                _settle(group, error)
            else:
                for one in group:
                    await self._keep_group([one])
        else:
            for (_, future), answer in zip(group, answers, strict=True):
                if not future.done():
                    future.set_result(answer)

    async def _attempt(self, batch: list[Sent]) -> list[Answer]:
        if sum(len(sent.items) for sent in batch) > MANY:
            return await asyncio.to_thread(keep, batch, self._bounds_sql)
        for attempt in range(TRIES):
            try:
                flights = await self._connected()
                return await flights.transaction(keeping(batch, now(), self._bounds_sql))
            except AGAIN:
                await asyncio.sleep(0.01 * attempt)
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                await self._disconnect()
                raise Unavailable(AWAY) from error
        raise Unavailable(BUSY)

    async def _connected(self) -> Flights:
        if self._flights is not None and _hung_up(self._flights.connection):
            await self._disconnect()
        if self._flights is None:
            connection = await psycopg.AsyncConnection.connect(plain_url("intake"), autocommit=True)
            self._flights = Flights(connection)
        return self._flights

    async def _disconnect(self) -> None:
        if self._flights is not None:
            flights, self._flights = self._flights, None
            await flights.connection.close()


def _hung_up(connection: psycopg.AsyncConnection[Any]) -> bool:
    """Whether the server ended this connection while nothing was asked of it: then its farewell waits to be read.

    Without this the first upload after the database was away would pay for it.
    """
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _settle(group: list[tuple[Sent, asyncio.Future[Answer]]], error: BaseException) -> None:
    for _, future in group:
        if not future.done():
            future.set_exception(error)
