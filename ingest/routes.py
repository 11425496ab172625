"""The doors for readings: sending them, and reading them back. A route only translates."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import text

from foundation.clock import LOCAL, now
from foundation.collector import uncollected
from foundation.database import transaction
from foundation.errors import Refused
from foundation.settings import settings
from ingest import formats, items, readings
from ingest.answers import Answer
from ingest.intake import Sent
from ingest.unpacking import unpacked
from ingest.writer import Writer
from people import audit, rights
from people.nhs_number import parse
from people.signed_in import SignedIn, viewer_of_request
from people.viewer import Viewer

router = APIRouter(prefix="/api/v1", tags=["readings"])

KEY_LONGEST = 255  # characters of an Idempotency-Key
LONG = 100_000  # bytes: about a millisecond of reading, for which nobody else should wait
UNREADABLE = (400, 422)
FILE_TYPES = ("text/csv", "text/tab-separated-values", "application/vnd.ms-excel")

SEND_DOC: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["readings"],
                    "properties": {
                        "patient": {
                            "type": "string",
                            "description": "NHS number; staff must name it, patients need not.",
                        },
                        "readings": {"type": "array", "items": {"$ref": "#/components/schemas/SentReading"}},
                    },
                },
                "example": {
                    "readings": [
                        {
                            "kind": "blood_pressure",
                            "value": {"systolic": 152, "diastolic": 88, "heart_rate": 70},
                            "unit": "mmHg",
                            "measured_at": "2026-11-20T08:02:00+00:00",
                        }
                    ]
                },
            },
            "application/x-ndjson": {"schema": {"type": "string", "description": "One reading a line."}},
            "text/csv": {
                "schema": {"type": "string", "description": "A file as `telehealth import` reads it."}
            },
        },
    }
}


async def send_readings(request: Request) -> Response:
    """Send readings. Every item gets a verdict: stored, duplicate, held (a person must decide) or rejected.

    201 something was kept · 200 all of it was here already · 422 nothing could be accepted. Sent again with the same
    `Idempotency-Key`, the same body gets the same answer. Gzip is accepted.
    """
    viewer = await viewer_of_request(request)
    rights.require(viewer, "readings.send")
    body = await _body(request)
    key = request.headers.get("idempotency-key")
    if key is not None and not 0 < len(key) <= KEY_LONGEST:
        raise Refused(
            "idempotency_key_length",
            f"An Idempotency-Key has 1 to {KEY_LONGEST} characters.",
            field="/headers/Idempotency-Key",
            status=400,
        )
    answer = await _keep(request, viewer, body, key)
    headers = {"Idempotent-Replayed": "true"} if answer.replayed else None
    kind = "application/json" if b'"results"' in answer.body[:80] else "application/problem+json"
    return Response(answer.body, answer.status, headers, kind)


router.post("/readings", status_code=201, openapi_extra=SEND_DOC, response_class=Response)(send_readings)


class Door(NamedTuple):
    """Where a route stands, by its pattern."""

    path: str
    methods: frozenset[str]


# The door that is used most: the application goes to `send_readings` straight, without asking FastAPI, whose own route
# stands here for the API's description.
MOST_USED = Door("/api/v1/readings", frozenset({"POST"}))


async def _body(request: Request) -> bytes:
    """The body, refused as soon as it is known to be too large."""
    largest = settings().max_body
    told = request.headers.get("content-length", "0")
    if told.isdigit() and int(told) > largest:
        raise too_large(largest)
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > largest:
            raise too_large(largest)
        parts.append(part)
    return b"".join(parts)


def too_large(largest: int) -> Refused:
    """413, with what to do."""
    return Refused(
        "too_large",
        f"This upload is larger than {largest // 2**20} MB. Send it in smaller parts.",
        status=413,
    )


async def _keep(request: Request, viewer: Viewer, body: bytes, key: str | None) -> Answer:
    content_type = request.headers.get("content-type", "application/json").split(";")[0].strip().lower()
    writer: Writer = request.app.state.writer
    named = request.headers.get("patient-nhs-number")
    at = now()
    try:
        if content_type in FILE_TYPES:
            sent = await asyncio.to_thread(_read_file, request, viewer, body)
        elif len(body) > LONG:
            sent = await asyncio.to_thread(_read, request, body, content_type)
        else:
            sent = _read(request, body, content_type)
    except Refused as refused:
        if refused.status in UNREADABLE and viewer.kind == "patient":
            # Not one item can be read. What came is kept as it came all the same, so that it can be mended.
            await writer.keep(Sent(viewer.id, viewer, "api", content_type, body, [], at))
        raise
    if viewer.kind == "patient" and sent.patient is None and named is None:
        patient_id = viewer.id
    else:
        patient_id = await asyncio.to_thread(_patient, viewer, sent.patient or named)
    return await writer.keep(Sent(patient_id, viewer, "api", content_type, body, sent.items, at, key))


def _read(request: Request, body: bytes, content_type: str) -> items.Decoded:
    with uncollected():
        return items.decode(body, content_type, request.headers.get("content-encoding"), settings().max_body)


def _read_file(request: Request, viewer: Viewer, body: bytes) -> items.Decoded:
    """A file sent as it is. What it does not say of itself is said in headers."""
    headers = request.headers
    with transaction(viewer) as session:
        number = headers.get("patient-nhs-number") or own_number(session, viewer)
    day_first = {"true": True, "false": False}.get(headers.get("file-day-first", "").lower())
    options = formats.Options(
        unit=headers.get("file-unit"), only=headers.get("file-only"), patient=number, day_first=day_first
    )
    with uncollected():
        plain = unpacked(body, headers.get("content-encoding"), settings().max_body)
        return items.Decoded(list(formats.read(plain, options=options).items))


def own_number(session: Any, viewer: Viewer) -> str | None:
    """A patient's own NHS number: rows of a file that name another are refused."""
    if viewer.kind != "patient":
        return None
    found = session.execute(text("SELECT nhs_number FROM patient WHERE id = :id"), {"id": viewer.id})
    return str(found.scalar_one())


def _patient(viewer: Viewer, nhs_number: str | None) -> int:
    """Whom the readings are about: somebody the sender cares for, or themselves."""
    if nhs_number is None:
        raise Refused(
            "patient_missing",
            "Say whose readings these are: add `patient`, their NHS number.",
            field="/patient",
        )
    with transaction(viewer) as session:
        return find_patient(session, nhs_number)


def find_patient(session: Any, nhs_number: str) -> int:
    """The patient with this number, if the viewer may see them; otherwise the same 404 as for nobody."""
    found = session.execute(
        text("SELECT id FROM patient WHERE nhs_number = :n"), {"n": parse(nhs_number)}
    ).scalar_one_or_none()
    if found is None:
        raise rights.not_found()
    return int(found)


@router.get("/patients/{nhs_number}/readings")
def list_readings(
    nhs_number: str,
    viewer: SignedIn,
    kind: str | None = None,
    since: Annotated[
        datetime | None, Query(alias="from", description="Measured at or after; no zone means Europe/London.")
    ] = None,
    until: Annotated[datetime | None, Query(alias="to", description="Measured before.")] = None,
    limit: Annotated[int, Query(ge=1, le=readings.MOST)] = 100,
    cursor: str | None = None,
) -> dict[str, Any]:
    """A patient's readings as they stand, newest first."""
    rights.require(viewer, "readings.see")
    with transaction(viewer) as session:
        patient_id = find_patient(session, nhs_number)
        found, following = readings.page(
            session, patient_id, kind, _zoned(since), _zoned(until), limit, cursor
        )
        audit.record(session, "readings.seen", by=viewer, at=now(), patient_id=patient_id)
    return {"items": [one.shown() for one in found], "next": following}


def _zoned(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)).astimezone(UTC)
    except OverflowError:  # the first and the last hours of all time, by a clock away from Greenwich
        return readings.EVER if moment.year == 1 else readings.FOREVER
