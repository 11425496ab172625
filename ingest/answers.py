"""What the sender is told: a verdict for each item, and what a reading means. No database, no web, no clock."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from ingest.catalogue import by_id
from ingest.items import BadItem
from ingest.judged import Held, Judged
from ingest.meaning import meaning

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from ingest.items import Item
    from ingest.meaning import Bounds

STORED, DUPLICATE, HELD, REJECTED = "stored", "duplicate", "held", "rejected"
COUNTED = (STORED, DUPLICATE, HELD, REJECTED)

# "Call 999" about a reading of last year would frighten somebody for nothing.
MEANS_SOMETHING_FOR = timedelta(hours=24)
EXPLAINED = (
    1_000  # items; the answer to a longer upload, a device's memory, is its verdicts and what was wrong
)

OTHER_VALUE = (
    "We already have another value for this moment. A nurse will decide which is right; nothing was changed."
)


class Result(msgspec.Struct, omit_defaults=True, gc=False):
    """What became of one item."""

    index: int  # place in the upload, from 0
    verdict: str
    reading: str | None = None  # "body_weight@2026-11-20T08:02:00Z"
    reason: str | None = None  # a code, for programs
    detail: str | None = None  # a sentence, for people
    field: str | None = None  # JSON pointer to what is wrong
    level: str | None = None  # red, amber, in_range, no_range
    meaning: str | None = None  # what it means and what to do


class Told(msgspec.Struct, gc=False):
    """The answer to an upload."""

    upload: str
    results: list[Result]


class Answer(NamedTuple):
    """HTTP status and JSON."""

    status: int
    body: bytes
    replayed: bool = False


def problem(code: str, sentence: str, status: int, field: str | None = None) -> bytes:
    """An answer that says no, as RFC 9457 problem details."""
    told: dict[str, Any] = {
        "type": "about:blank",
        "title": sentence.split(". ", maxsplit=1)[0].rstrip(".") + ".",
        "status": status,
        "code": code,
    }
    told["detail"] = sentence
    if field is not None:
        told["errors"] = [{"pointer": f"/{field.removeprefix('/')}", "detail": sentence}]
    return msgspec.json.encode(told)


KEY_REUSED = Answer(
    422,
    problem(
        "idempotency_key_reused",
        "This Idempotency-Key was used for another upload. Send each upload with a key of its own, and the same key only to repeat it.",
        422,
        "/headers/Idempotency-Key",
    ),
)


def hold_other_values(judged: Judged, there: Sequence[Any]) -> None:
    """Move what differs from the stored value of the same moment to the held: it is never overwritten in silence.

    there: rows of (upload, item, kind, measured_at, same).
    """
    differing = [tuple(row[1:4]) for row in there if not row[4]]
    if differing:
        rows = judged.rows_of({index for index, _kind, _at in differing})
        for place in differing:
            judged.held.append(Held(place[0], [rows[place]], "other_value_stored", OTHER_VALUE))


def verdicts(items: int, judged: Judged, there: Sequence[Any]) -> list[str]:
    """The verdict of each item, in order. A panel is stored if any of its values is new and none is disputed."""
    found = [DUPLICATE] * items
    known = {(index, kind, measured_at) for _upload, index, kind, measured_at, _same in there}
    if known:
        for index, kind, measured_at in zip(judged.index, judged.kind_id, judged.measured_at, strict=True):
            if (index, kind, measured_at) not in known:
                found[index] = STORED
    else:
        for index in judged.index:
            found[index] = STORED
    if judged.plain is not None:
        was_there = {index for index, _kind, _at in known}
        for index in judged.plain.index.tolist():
            if index not in was_there:
                found[index] = STORED
    for held in judged.held:
        found[held.index] = HELD
    for rejected in judged.rejected:
        found[rejected.index] = REJECTED
    return found


def status(verdicts: Sequence[str]) -> int:
    """201 where anything was kept, 200 where we had it all, 422 where nothing could be accepted."""
    kept = set(verdicts)
    if STORED in kept or HELD in kept:
        return 201
    return 200 if DUPLICATE in kept else 422


def encode(
    upload: UUID,
    items: Sequence[Item | BadItem],
    judged: Judged,
    verdicts: Sequence[str],
    bounds: Mapping[tuple[int, int], Bounds],
    patient_id: int,
    at: datetime,
) -> bytes:
    """The answer as JSON."""
    results = [Result(index, verdict) for index, verdict in enumerate(verdicts)]
    _give_reasons(results, judged)
    if len(verdicts) <= EXPLAINED:
        _explain_each(results, items, judged, bounds, patient_id, at)
    return msgspec.json.encode(Told(str(upload), results))


def _give_reasons(results: list[Result], judged: Judged) -> None:
    for rejected in judged.rejected:
        one = results[rejected.index]
        one.reason, one.detail = rejected.code, rejected.sentence
        one.field = (
            f"/readings/{rejected.index}/{rejected.field}"
            if rejected.field
            else f"/readings/{rejected.index}"
        )
    for held in judged.held:
        one = results[held.index]
        one.reason, one.detail = held.code, held.sentence


def _explain_each(
    results: list[Result],
    items: Sequence[Item | BadItem],
    judged: Judged,
    bounds: Mapping[tuple[int, int], Bounds],
    patient_id: int,
    at: datetime,
) -> None:
    """Name the readings, and say what those of today mean."""
    fresh = at - MEANS_SOMETHING_FOR
    for index, kind_id, measured_at, value in zip(
        judged.index, judged.kind_id, judged.measured_at, judged.value, strict=True
    ):
        one = results[index]
        if one.reading is None:
            item = items[index]
            name = item.kind if not isinstance(item, BadItem) else ""
            moment = str(measured_at)
            one.reading = f"{name}@{moment[:10]}T{moment[11:-6]}Z"
        if measured_at > fresh:
            _explain(one, kind_id, value, bounds.get((patient_id, kind_id)), held=False)
    for held in judged.held:
        for row in held.rows:
            if row.measured_at > fresh:
                _explain(
                    results[held.index],
                    row.kind_id,
                    row.value,
                    bounds.get((patient_id, row.kind_id)),
                    held=True,
                )


_RANK = {None: -1, "no_range": 0, "in_range": 1, "amber": 2, "red": 3}


def _explain(result: Result, kind_id: int, value: float, bounds: Bounds | None, *, held: bool) -> None:
    """Add what a value means; of a panel's values the gravest speaks."""
    found = meaning(by_id(kind_id), value, bounds, held=held)
    if _RANK[found.level] > _RANK[result.level]:
        result.level, result.meaning = found.level, f"{found.text} {found.do}".strip()
