"""The way of an upload: read, judge, keep, answer. Many uploads share one transaction; each item gets its own verdict.

`keeping` is a plan: it yields the statements to run and is sent their rows, so that the same code is run by the
writer's event loop and by a plain connection. It holds every decision and does no waiting of its own.
"""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from foundation import arrays
from ingest import answers, copied, holding, in_columns, plausibility, usual
from ingest.answers import Answer
from ingest.items import BadItem, Item
from ingest.judged import Judged
from ingest.meaning import Bounds
from ingest.packing import packed
from ingest.steps import Rows, Step
from ingest.tables import BUCKETS, NEW, TYPES
from people import audit

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from datetime import datetime

    from ingest.changes import Usual
    from ingest.holding import Believed
    from people.viewer import Actor

IN_COLUMNS = 1_000  # items from which judging in columns is the faster way
BULK = 2_000  # rows from which COPY is worth its more statements

UNNEST = "unnest({}) AS s ({})".format(", ".join(f"%s::{name}[]" for name in TYPES), NEW)

STAGE = f"CREATE TEMPORARY TABLE IF NOT EXISTS staging ON COMMIT DELETE ROWS AS SELECT {NEW} FROM reading WITH NO DATA"
COPY = f"COPY staging ({NEW}) FROM STDIN (FORMAT BINARY)"
ROOM = "SET LOCAL work_mem = '64MB'"  # so that sorting a long upload needs no file

# Sorted, so that two transactions that hold the same readings wait for each other instead of deadlocking; by upload too,
# so that of two copies of a panel in one transaction one is stored whole and the other is a whole duplicate.
KEEP = """INSERT INTO reading ({new}, received_at)
SELECT {new}, %s FROM {source} ORDER BY patient_id, kind, measured_at, upload_id
ON CONFLICT DO NOTHING"""
# What was there already. Ours carry our own upload's id, so the rest of what we sent is another's.
THERE = """SELECT s.upload_id, s.item, s.kind, s.measured_at, r.value = s.value AS same
FROM {source} JOIN reading r USING (patient_id, kind, measured_at) WHERE r.upload_id <> s.upload_id"""

SAME_KEY = """SELECT u.patient_id, u.idempotency_key, u.body_sha256, u.status, u.answer FROM upload u
JOIN unnest(%s::bigint[], %s::text[]) AS s (patient_id, idempotency_key) USING (patient_id, idempotency_key)"""
UPLOADED = (
    "patient_id, id, sender, channel, content_type, idempotency_key, body_sha256, body, items, stored, duplicates, held, rejected, "
    "status, answer"
)
UPLOAD_TYPES = (
    "bigint",
    "uuid",
    "text",
    "text",
    "text",
    "text",
    "bytea",
    "bytea",
    *["int"] * 5,
    "smallint",
    "bytea",
)
# The end of every upload, in one statement: who must be looked at again (and the checker woken), the audit's next rows,
# and the upload as it came with what it was answered. Where another upload with the same idempotency key was committed
# meanwhile, the unique index refuses ours: the plan is to be run again, and finds the other's answer.
FINISH = f"""WITH came AS (
    INSERT INTO arrival (patient_id, bucket, measured_from, received_at)
    SELECT s.*, %s FROM unnest(%s::bigint[], %s::smallint[], %s::timestamptz[]) AS s RETURNING pg_notify('arrival', '')
), moved AS ({audit.MOVE.format("%s", "%s", "%s")}), noted AS ({audit.ADD.format(*["%s"] * 9)})
INSERT INTO upload ({UPLOADED}, received_at)
SELECT s.*, %s FROM unnest({", ".join(f"%s::{name}[]" for name in UPLOAD_TYPES)}) AS s"""


@dataclass(slots=True)
class Sent:
    """One upload on its way: what came, from whom, about whom."""

    patient_id: int
    by: Actor
    channel: str  # api, page, import
    content_type: str
    body: bytes
    items: list[Item | BadItem]
    received_at: datetime
    idempotency_key: str | None = None
    id: UUID = field(default_factory=uuid4)
    sha256: bytes = b""

    def __post_init__(self) -> None:
        self.sha256 = self.sha256 or hashlib.sha256(self.body).digest()


def keeping(batch: list[Sent], at: datetime, bounds_sql: str) -> Generator[Step, Rows, list[Answer]]:
    """Keep these uploads in the transaction that the caller holds, and say what to answer once it is committed.

    at: when they were received. bounds_sql: patients' bounds, given their ids (alerts.thresholds).
    An upload whose idempotency key was taken meanwhile breaks a unique index: undo, and run it again.
    """
    replays = yield from _replays(batch)
    fresh = [sent for sent in batch if sent.id not in replays]
    if fresh:
        verdicts = yield from _keep(fresh, at, bounds_sql)
        replays |= verdicts
    return [replays[sent.id] for sent in batch]


def _replays(batch: list[Sent]) -> Generator[Step, Rows, dict[UUID, Answer]]:
    """Answers of uploads that came before with the same idempotency key."""
    keyed = [sent for sent in batch if sent.idempotency_key is not None]
    if not keyed:
        return {}
    told = (arrays.numbers(s.patient_id for s in keyed), arrays.texts(s.idempotency_key for s in keyed))
    found = yield Step(SAME_KEY, told)
    before = {(row[0], row[1]): row for row in found.rows}
    replays = {}
    for sent in keyed:
        row = before.get((sent.patient_id, sent.idempotency_key))
        if row is not None:
            same = bytes(row[2]) == sent.sha256
            replays[sent.id] = (
                Answer(row[3], zlib.decompress(row[4]), replayed=True) if same else answers.KEY_REUSED
            )
    return replays


def _keep(batch: list[Sent], at: datetime, bounds_sql: str) -> Generator[Step, Rows, dict[UUID, Answer]]:
    patients = sorted({sent.patient_id for sent in batch})
    found = yield Step(bounds_sql, (arrays.numbers(patients),), also=usual.asked(batch, at))
    bounds = {(row[0], row[1]): Bounds(*row[2:6]) for row in found.rows}
    usuals = usual.known(found.also)
    judged = {sent.id: _judge(sent, at, usuals.get(sent.patient_id)) for sent in batch}
    believed = yield from holding.believe(batch, judged, at)

    there = yield from _store(batch, judged, at)
    for sent in batch:
        answers.hold_other_values(judged[sent.id], there.get(sent.id, []))
    yield from holding.hold(batch, judged, believed, there, at)

    made: dict[UUID, Answer] = {}
    rows = []
    for sent in batch:
        verdicts = answers.verdicts(len(sent.items), judged[sent.id], there.get(sent.id, []))
        body = answers.encode(sent.id, sent.items, judged[sent.id], verdicts, bounds, sent.patient_id, at)
        status = answers.status(verdicts)
        made[sent.id] = Answer(status, body)
        counts = (len(sent.items), *(verdicts.count(code) for code in answers.COUNTED))
        rows.append(
            (sent.patient_id, sent.id, sent.by.actor, sent.channel, sent.content_type, sent.idempotency_key, sent.sha256,
             packed(sent.body), *counts, status, packed(body))
        )  # fmt: skip
    moved = yield from _audit(batch, rows, at)
    arrivals = _arrivals(batch, judged, there, believed)
    told = (at, *arrivals, *moved, at, *arrays.of(UPLOAD_TYPES, zip(*rows, strict=True)))
    yield Step(FINISH, told, last=True)
    return made


def _judge(sent: Sent, at: datetime, known: Usual | None) -> Judged:
    way = in_columns.judge if len(sent.items) >= IN_COLUMNS else plausibility.judge
    return way(sent.items, received_at=at, usual=known)


def _store(
    batch: list[Sent], judged: dict[UUID, Judged], at: datetime
) -> Generator[Step, Rows, dict[UUID, list[Any]]]:
    """Write the rows; give back, for each upload, those that were there already."""
    total = sum(map(len, judged.values()))
    if total == 0:
        return {}
    params: list[str] = []
    if total >= BULK:
        yield Step(STAGE)
        yield Step(ROOM)
        yield Step(COPY, copy=_copied(batch, judged))
        source = "staging s"
    else:
        source, params = UNNEST, _columns(batch, judged)
    kept = yield Step(KEEP.format(new=NEW, source=source), (at, *params))
    if kept.changed == total:
        return {}
    found = yield Step(THERE.format(source=source), params)
    there: dict[UUID, list[Any]] = {}
    for row in found.rows:
        there.setdefault(row[0], []).append(row)
    return there


def _columns(batch: list[Sent], judged: dict[UUID, Judged]) -> list[str]:
    columns: tuple[list[Any], ...] = ([], [], [], [], [], [], [], [], [])
    for sent in batch:
        one = judged[sent.id]
        one.spread()
        n = len(one.index)
        mine: list[Any] = [sent.patient_id] * n
        parts: tuple[list[Any], ...] = (
            mine,
            one.kind_id,
            one.measured_at,
            one.value,
            [sent.id] * n,
            one.index,
        )
        more: tuple[list[Any], ...] = (one.provenance, one.offset_minutes, one.given)
        for column, part in zip(columns, (*parts, *more), strict=True):
            column.extend(part)
    return arrays.of(TYPES, columns)


def _copied(batch: list[Sent], judged: dict[UUID, Judged]) -> Iterator[bytes]:
    yield copied.HEAD
    for sent in batch:
        yield from copied.rows(sent.patient_id, sent.id, judged[sent.id])
    yield copied.END


def _arrivals(
    batch: list[Sent], judged: dict[UUID, Judged], there: dict[UUID, list[Any]], believed: Believed
) -> list[str]:
    """Which patients the checker must look at, their buckets, and from which moment on."""
    earliest: dict[int, datetime] = {patient: min(moments) for patient, moments in believed.waited.items()}
    for sent in batch:
        one = judged[sent.id]
        moments = one.moments() if len(there.get(sent.id, ())) < len(one) else []
        moments += [row.measured_at for held in one.held for row in held.rows]
        if moments:
            first = min(moments)
            earliest[sent.patient_id] = min(first, earliest.get(sent.patient_id, first))
    buckets = (patient % BUCKETS for patient in earliest)
    return [arrays.numbers(earliest), arrays.numbers(buckets), arrays.moments(earliest.values())]


def _audit(batch: list[Sent], rows: list[tuple[Any, ...]], at: datetime) -> Generator[Step, Rows, list[Any]]:
    """Take a chain; what its head and its next rows will be."""
    entries = [
        audit.entry(
            "readings.sent", by=sent.by, at=at, patient_id=sent.patient_id, about=f"upload:{sent.id}",
            detail={"items": row[8], "stored": row[9], "duplicate": row[10], "held": row[11], "rejected": row[12]},
        )
        for sent, row in zip(batch, rows, strict=True)
    ]  # fmt: skip
    head = yield Step(audit.TAKE)
    if not head.rows:
        head = yield Step(audit.TAKE_ANY)
    stream, seq, previous = head.rows[0]
    chained = list(audit.chain(stream, seq, bytes(previous), entries))
    return [chained[-1][1], chained[-1][-1], stream, *arrays.of(audit.TYPES, zip(*chained, strict=True))]
