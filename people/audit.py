"""Who looked at what and who changed what: rows chained by hash, written in the transaction they tell of.

There are 32 chains, so that transactions need not wait for each other: each takes one that nobody holds.
A row changed, removed, added or moved later breaks its chain, and `broken` finds where.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, text
from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Row
    from sqlalchemy.orm import SessionTransaction

    from people.viewer import Actor

TAKE = "SELECT stream, seq, hash FROM audit_head ORDER BY random() LIMIT 1 FOR UPDATE SKIP LOCKED"
TAKE_ANY = (
    "SELECT stream, seq, hash FROM audit_head WHERE stream = 0 FOR UPDATE"  # all are held: wait for one
)
ADD = """INSERT INTO audit (stream, seq, at, actor, action, patient_id, about, detail, hash)
SELECT * FROM unnest({}::smallint[], {}::bigint[], {}::timestamptz[], {}::text[], {}::text[],
    {}::bigint[], {}::text[], {}::jsonb[], {}::bytea[])"""
TYPES = ("smallint", "bigint", "timestamptz", "text", "text", "bigint", "text", "jsonb", "bytea")
MOVE = "UPDATE audit_head SET seq = {}, hash = {} WHERE stream = {}"

WALK = text("""SELECT seq, at, actor, action, patient_id, about, detail::text AS detail, hash
    FROM audit WHERE stream = :stream ORDER BY seq""")
IN_PARTS = {"stream_results": True, "max_row_buffer": 1000}  # a chain may be longer than memory

# at, actor, action, patient_id, about, detail as JSON
Entry = tuple[datetime, str, str, int | None, str | None, str | None]
Waiting = tuple["SessionTransaction | None", Entry]  # in which savepoint, if any, it was done


def entry(
    action: str,
    *,
    by: Actor,
    at: datetime,
    patient_id: int | None = None,
    about: str | None = None,
    detail: dict[str, Any] | None = None,
) -> Entry:
    """One row to be, without its place in a chain. `detail` holds what changed, never a value that was measured."""
    told = None if detail is None else json.dumps(detail, sort_keys=True, default=str)
    return (at.astimezone(UTC), by.actor, action, patient_id, about, told)


def record(
    session: Session,
    action: str,
    *,
    by: Actor,
    at: datetime,
    patient_id: int | None = None,
    about: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Note that this was done; written when the session commits, and if that fails nothing was done."""
    waiting: list[Waiting] = session.info.setdefault("audit", [])
    within = session.get_nested_transaction() or session.get_transaction()
    waiting.append((within, entry(action, by=by, at=at, patient_id=patient_id, about=about, detail=detail)))


def chain(stream: int, seq: int, previous: bytes, entries: Iterable[Entry]) -> Iterator[tuple[Any, ...]]:
    """The rows that continue a chain: stream, seq, at, actor, action, patient_id, about, detail, hash."""
    for place, entry_ in enumerate(entries, seq + 1):
        previous = _hash(previous, stream, place, entry_)
        yield (stream, place, *entry_, previous)


def _hash(previous: bytes, stream: int, seq: int, told: Entry) -> bytes:
    at, *rest = told
    line = json.dumps([stream, seq, at.isoformat(timespec="microseconds"), *rest])
    return hashlib.sha256(previous + line.encode()).digest()


@event.listens_for(Session, "before_commit")
def _write(session: Session) -> None:
    if session.in_nested_transaction():  # only a savepoint is released: what surrounds it may yet be undone
        return
    waiting = [told for _, told in session.info.pop("audit", [])]
    if not waiting:
        return
    connection = session.connection()
    head = connection.exec_driver_sql(TAKE).first() or connection.exec_driver_sql(TAKE_ANY).one()
    rows = list(chain(head.stream, head.seq, bytes(head.hash), waiting))
    connection.exec_driver_sql(
        ADD.format(*["%s"] * 9), tuple(list(column) for column in zip(*rows, strict=True))
    )
    connection.exec_driver_sql(MOVE.format("%s", "%s", "%s"), (rows[-1][1], rows[-1][-1], head.stream))


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, undone: SessionTransaction) -> None:
    """Of a savepoint that was undone forget what was done within it, and nothing else."""
    waiting: list[Waiting] = session.info.get("audit", [])
    waiting[:] = [(within, told) for within, told in waiting if undone not in _around(within)]


def _around(within: SessionTransaction | None) -> Iterator[SessionTransaction]:
    while within is not None:
        yield within
        within = within.parent


@event.listens_for(Session, "after_transaction_end")
def _end(session: Session, ended: SessionTransaction) -> None:
    if ended.parent is None:  # also one that was closed with neither commit nor rollback
        session.info.pop("audit", None)


def broken(session: Session) -> list[tuple[int, int]]:
    """Walk every chain; (stream, seq) of the first row of each that does not follow from the one before it.

    A chain that ends before its head says is broken at the row that is missing.
    """
    found = []
    for stream, last, head in session.execute(
        text("SELECT stream, seq, hash FROM audit_head ORDER BY stream")
    ).all():
        seq, previous = 0, bytes(32)  # of the last row seen
        with session.execute(WALK, {"stream": stream}, execution_options=IN_PARTS) as rows:
            for seq, row in enumerate(rows, 1):
                if row.seq != seq or _hash(previous, stream, seq, _told(row)) != bytes(row.hash):
                    found.append((stream, seq))
                    break
                previous = bytes(row.hash)
            else:
                if (seq, previous) != (last, bytes(head)):
                    found.append((stream, seq + 1))
    return found


def _told(row: Row[Any]) -> Entry:
    detail = None if row.detail is None else json.dumps(json.loads(row.detail), sort_keys=True)
    return (row.at.astimezone(UTC), row.actor, row.action, row.patient_id, row.about, detail)
