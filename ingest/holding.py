"""Held items of a batch: known already, believed because a repeat says the same, or kept for a person to decide.

Which odd values are believed follows from all that came of a patient, not from their order (`ingest.believing`). So an
odd one is looked at together with those already on record, and where it speaks for one that waits there, that one
becomes a reading in the same transaction. Believed values stay on record among the held ones, to speak for others.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from foundation import arrays
from ingest.believing import ODD, Said, Value, spans
from ingest.catalogue import KINDS, PANELS
from ingest.steps import Rows, Step
from ingest.tables import NEW, TYPES

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping
    from datetime import datetime
    from uuid import UUID

    from ingest.believing import Item
    from ingest.intake import Sent
    from ingest.judged import Held, Judged

# Of two uploads of one patient at once the second must see the odd values of the first. Held until the commit; taken
# before anything is written, in the order of the patients, so that nobody waits in a circle.
LOCK = 7_243_005  # any fixed number
ONE_BY_ONE = f"SELECT pg_advisory_xact_lock({LOCK}, hashint8(s.id)) FROM unnest(%s::bigint[]) AS s (id)"

# What is stored for the moments of held values. A value there is a duplicate, however odd it is by now: what is usual
# for a patient changes, and what was stored before it changed stays. Where another is stored, nothing may replace it.
STORED = """SELECT s.upload_id, s.item, s.kind, r.value = s.value
FROM unnest(%s::bigint[], %s::smallint[], %s::timestamptz[], %s::float8[], %s::uuid[], %s::int[])
    AS s (patient_id, kind, measured_at, value, upload_id, item)
JOIN reading r USING (patient_id, kind, measured_at)"""
# Odd values on record that may speak for those, or be spoken for. What a person corrected away speaks for nothing.
AROUND = """SELECT h.patient_id, h.upload_id, h.item, h.kind, h.measured_at, h.value,
    CASE WHEN c.revision IS NULL OR c.value = h.value THEN h.state ELSE 'dismissed' END,
    h.state = 'waiting' AND EXISTS (SELECT FROM reading r WHERE r.patient_id = h.patient_id AND r.kind = h.kind
                                    AND r.measured_at = h.measured_at AND r.value <> h.value)
FROM unnest(%s::bigint[], %s::smallint[], %s::timestamptz[], %s::timestamptz[]) AS s (patient_id, kind, since, until)
JOIN held h ON h.patient_id = s.patient_id AND h.kind = s.kind AND h.measured_at BETWEEN s.since AND s.until
LEFT JOIN LATERAL (
    SELECT k.revision, k.value FROM correction k
    WHERE h.state IN ('accepted', 'believed') AND k.patient_id = h.patient_id AND k.kind = h.kind
      AND k.measured_at = h.measured_at ORDER BY k.revision DESC LIMIT 1) c ON true
WHERE h.code = ANY(%s::text[])
ORDER BY h.measured_at, h.received_at, h.upload_id, h.item, h.kind"""

# Those that waited become readings, received when they were. Where another value got there meanwhile they go on waiting.
BELIEVE = f"""WITH told AS (
    SELECT {NEW}, received_at FROM unnest(%s::bigint[], %s::uuid[], %s::int[]) AS s (patient_id, upload_id, item)
    JOIN held h USING (patient_id, upload_id, item)
    WHERE h.state = 'waiting' ORDER BY patient_id, kind, measured_at FOR UPDATE OF h
), kept AS (
    INSERT INTO reading ({NEW}, received_at) SELECT {NEW}, received_at FROM told ORDER BY patient_id, kind, measured_at
    ON CONFLICT DO NOTHING RETURNING patient_id, upload_id, item, kind
)
UPDATE held h SET state = 'believed', decided_at = %s FROM told t
WHERE h.patient_id = t.patient_id AND h.upload_id = t.upload_id AND h.item = t.item AND h.kind = t.kind
AND (EXISTS (SELECT FROM kept k WHERE k.patient_id = t.patient_id AND k.upload_id = t.upload_id AND k.item = t.item
             AND k.kind = t.kind)
     OR EXISTS (SELECT FROM reading r WHERE r.patient_id = t.patient_id AND r.kind = t.kind
                AND r.measured_at = t.measured_at AND r.value = t.value))"""
HOLD_TYPES = (*TYPES, "text", "text", "text")
HOLD = f"""INSERT INTO held ({NEW}, code, sentence, state, received_at, decided_at)
SELECT s.*, %s, CASE WHEN s.state = 'believed' THEN %s END
FROM unnest({", ".join(f"%s::{name}[]" for name in HOLD_TYPES)}) AS s ({NEW}, code, sentence, state)
ON CONFLICT (patient_id, kind, measured_at, value) DO NOTHING"""

_TOGETHER = [frozenset(KINDS[name].id for name in (*one.required, *one.optional)) for one in PANELS.values()]


class Believed(NamedTuple):
    """Odd values that are readings now."""

    new: Mapping[UUID, list[Held]]  # of this batch, by upload
    waited: Mapping[int, list[datetime]]  # patient → moments of items that were on record, waiting


NOBODY = Believed({}, {})


class _OnRecord(NamedTuple):
    """One odd item among the held ones."""

    upload_id: UUID
    item: int
    values: Item
    states: frozenset[str]  # of its values
    disputed: bool  # another value is stored for its moment


def believe(batch: list[Sent], judged: dict[UUID, Judged], at: datetime) -> Generator[Step, Rows, Believed]:
    """Move held items to the rows to store where they are stored already, or believed; store what waited for these."""
    doubtful = [(sent, held) for sent in batch for held in judged[sent.id].held]
    if not doubtful:
        return NOBODY
    rows = [
        (sent.patient_id, row.kind_id, row.measured_at, row.value, sent.id, held.index)
        for sent, held in doubtful for row in held.rows
    ]  # fmt: skip
    stored = Step(STORED, arrays.of(TYPES[:6], zip(*rows, strict=True)))
    odd = [(sent, held) for sent, held in doubtful if held.code in ODD]
    if odd:
        patients = arrays.numbers(sorted({sent.patient_id for sent, _ in odd}))
        found = yield Step(ONE_BY_ONE, (patients,), also=(stored, _around(odd)))
        there, around = (came.rows for came in found.also)
    else:
        there, around = (yield stored).rows, []

    same: defaultdict[tuple[UUID, int], list[bool]] = defaultdict(list)
    for upload, index, _kind, is_same in there:
        same[upload, index].append(is_same)
    known = {
        (sent.id, held.index)
        for sent, held in doubtful
        if same[sent.id, held.index].count(True) == len(held.rows)
    }
    disputed = {key for key, all_same in same.items() if not all(all_same)}

    believed: defaultdict[UUID, list[Held]] = defaultdict(list)
    waited: dict[int, list[_OnRecord]] = {}
    records = _on_record(around)
    for patient in {sent.patient_id for sent, _ in odd}:
        mine = [
            (sent.id, held)
            for sent, held in odd
            if sent.patient_id == patient and (sent.id, held.index) not in known
        ]
        now, before = _decide(mine, records.get(patient, []), disputed)
        for upload, held in now:
            believed[upload].append(held)
            known.add((upload, held.index))
        if before:
            waited[patient] = before
    for sent in batch:
        _store(judged[sent.id], {index for upload, index in known if upload == sent.id})
    if waited:
        keys = [(patient, one.upload_id, one.item) for patient, its in waited.items() for one in its]
        yield Step(BELIEVE, (*arrays.of(("bigint", "uuid", "int"), zip(*keys, strict=True)), at))
    return Believed(
        believed, {patient: [one.values[0].measured_at for one in its] for patient, its in waited.items()}
    )


def hold(
    batch: list[Sent],
    judged: dict[UUID, Judged],
    believed: Believed,
    there: Mapping[UUID, list[Any]],
    at: datetime,
) -> Generator[Step, Rows, None]:
    """Keep what waits for a person, and what was believed, once however often it is sent.

    there: rows that were stored before, or for whose moment another value was (`answers.verdicts`).
    """
    known = {(upload, *row[1:4]) for upload, its in there.items() for row in its}
    rows = [
        (sent.patient_id, row.kind_id, row.measured_at, row.value, sent.id, held.index, row.provenance, row.offset_minutes, row.given,
         held.code, held.sentence, state)
        for sent in batch
        for state, its in (("waiting", judged[sent.id].held), ("believed", believed.new.get(sent.id, [])))
        for held in its for row in held.rows
        if state == "waiting" or (sent.id, held.index, row.kind_id, row.measured_at) not in known
    ]  # fmt: skip
    if rows:
        rows.sort(key=lambda row: row[:4])  # two transactions must not wait for each other
        yield Step(HOLD, (at, at, *arrays.of(HOLD_TYPES, zip(*rows, strict=True))))


def _around(odd: Iterable[tuple[Sent, Held]]) -> Step:
    """Asks for the odd values on record around these: of their kinds, and of those that come in a panel with them."""
    moments: defaultdict[tuple[int, int], list[datetime]] = defaultdict(list)
    for sent, held in odd:
        for row in held.rows:
            for kind in frozenset((row.kind_id,)).union(*(one for one in _TOGETHER if row.kind_id in one)):
                moments[sent.patient_id, kind].append(row.measured_at)
    asked = [(*key, *span) for key, its in sorted(moments.items()) for span in spans(its)]
    columns = arrays.of(("bigint", "smallint", "timestamptz", "timestamptz"), zip(*asked, strict=True))
    return Step(AROUND, (*columns, arrays.texts(sorted(ODD))))


def _on_record(around: Iterable[Any]) -> dict[int, list[_OnRecord]]:
    """By patient, in the order in which they were measured."""
    items: dict[tuple[int, UUID, int], list[Any]] = {}
    for patient, upload, index, *told in around:
        items.setdefault((patient, upload, index), []).append(told)
    found: dict[int, list[_OnRecord]] = {}
    for (patient, upload, index), rows in items.items():
        values = tuple(Value(*row[:3]) for row in rows)
        states = frozenset(row[3] for row in rows)
        found.setdefault(patient, []).append(
            _OnRecord(upload, index, values, states, any(row[4] for row in rows))
        )
    return found


def _decide(
    new: list[tuple[UUID, Held]], records: list[_OnRecord], disputed: set[tuple[UUID, int]]
) -> tuple[list[tuple[UUID, Held]], list[_OnRecord]]:
    """Of one patient's odd items, those to store: of the new ones, and of those that wait on record.

    Nothing is believed that a person decided against, or for whose moment another value is stored or goes before it.
    """
    against = {one for record in records if "dismissed" in record.states for one in record.values}
    standing = [record for record in records if "dismissed" not in record.states]
    items = [(upload, held, _values(held)) for upload, held in new]
    items = [told for told in items if not against.intersection(told[2])]
    items.sort(key=lambda told: told[2][0].measured_at)
    said = Said([*(record.values for record in standing), *(values for _, _, values in items)])

    taken: dict[tuple[int, datetime], float] = {}

    def free(values: Item) -> bool:
        if any(taken.get(one[:2], one.value) != one.value for one in values):
            return False
        taken.update({one[:2]: one.value for one in values})
        return True

    before = [
        record
        for record in standing
        if "waiting" in record.states and not record.disputed
        and said.believed(record.values) and free(record.values)
    ]  # fmt: skip
    now = [
        (upload, held)
        for upload, held, values in items
        if (upload, held.index) not in disputed and said.believed(values) and free(values)
    ]
    return now, before


def _values(held: Held) -> Item:
    return tuple(Value(row.kind_id, row.measured_at, row.value) for row in held.rows)


def _store(judged: Judged, items: set[int]) -> None:
    """Move these from the held items to the rows to store."""
    for held in judged.held:
        for row in held.rows if held.index in items else ():
            judged.store(held.index, row)
    judged.held = [held for held in judged.held if held.index not in items]
