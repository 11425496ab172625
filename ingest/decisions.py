"""What people decide about readings: a held value is right or not, a stored one was wrong. Nothing is overwritten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from foundation.errors import Refused
from ingest.catalogue import by_id
from ingest.tables import BUCKETS
from people import audit, rights

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from people.viewer import Viewer

DECIDED = Refused(
    "already_decided",
    "Someone else decided on this value while you were looking. Reload to see what they said.",
    status=409,
)

BELIEVED = Refused(
    "already_believed",
    "A repeat within the hour said the same, so this value counts as a reading by now. If it is wrong, correct the reading.",
    status=409,
)

STATES = text(
    "SELECT DISTINCT state FROM held WHERE patient_id = :patient AND upload_id = :upload AND item = :item"
)
HELD_SINCE = text(
    "SELECT min(measured_at) FROM held WHERE patient_id = :patient AND upload_id = :upload AND item = :item"
)
DISMISS = text("""UPDATE held SET state = 'dismissed', decided_at = :at, decided_by = :by, reason = :why
    WHERE patient_id = :patient AND upload_id = :upload AND item = :item AND state = 'waiting' RETURNING measured_at""")


def accept(
    session: Session, patient_id: int, upload: UUID, item: int, *, reason: str, by: Viewer, at: datetime
) -> None:
    """Say that a held value is right: it becomes a reading, or supersedes the one of the same moment."""
    rights.require(by, "readings.decide")
    key = {"patient": patient_id, "upload": upload, "item": item}
    since = _held_since(session, key)
    decided = session.execute(
        text("SELECT accept_held(:patient, :upload, :item, :why, :at)"),
        {**key, "why": reason or "accepted", "at": at},
    ).scalar_one()
    if not decided:
        raise _decided_before(session, key)
    _changed(session, patient_id, since, at)
    audit.record(
        session, "reading.accepted", by=by, at=at, patient_id=patient_id, about=f"upload:{upload}/{item}"
    )


def dismiss(
    session: Session, patient_id: int, upload: UUID, item: int, *, reason: str, by: Viewer, at: datetime
) -> None:
    """Say that a held value is not right; it stays on record and nothing rests on it any more."""
    rights.require(by, "readings.decide")
    _needs_reason(reason)
    key = {"patient": patient_id, "upload": upload, "item": item}
    since = _held_since(session, key)
    decided = session.execute(DISMISS, {**key, "at": at, "by": by.id, "why": reason}).scalars().all()
    if not decided:
        raise _decided_before(session, key)
    _changed(session, patient_id, since, at)
    audit.record(
        session, "reading.dismissed", by=by, at=at, patient_id=patient_id, about=f"upload:{upload}/{item}"
    )


def correct(
    session: Session,
    patient_id: int,
    kind: int,
    measured_at: datetime,
    value: float | None,
    *,
    reason: str,
    by: Viewer,
    at: datetime,
) -> None:
    """Say what a stored value should be, or (None) that it was no reading. The old one is kept beside it."""
    rights.require(by, "readings.decide")
    _needs_reason(reason)
    key = {"patient": patient_id, "kind": kind, "moment": measured_at}
    now = session.execute(
        text("""SELECT value, revision FROM readings_of(:patient, ARRAY[:kind]::smallint[], :moment,
                                                       CAST(:moment AS timestamptz) + interval '1 microsecond', 1)"""),
        key,
    ).first()
    if now is None:
        raise rights.not_found()
    session.execute(
        text("""INSERT INTO correction (patient_id, kind, measured_at, revision, value, old_value, decided_by, decided_at, reason)
                VALUES (:patient, :kind, :moment, :revision, :value, :old, :by, :at, :why)"""),
        {
            **key,
            "revision": now.revision + 1,
            "value": value,
            "old": now.value,
            "by": by.id,
            "at": at,
            "why": reason,
        },
    )
    _changed(session, patient_id, measured_at, at)
    about = f"reading:{by_id(kind).name}@{measured_at.isoformat()}"
    audit.record(
        session,
        "reading.corrected" if value is not None else "reading.retracted",
        by=by,
        at=at,
        patient_id=patient_id,
        about=about,
    )


def _held_since(session: Session, key: dict[str, object]) -> datetime:
    """The first moment of a held item; of another team's patient there is none."""
    since: datetime | None = session.execute(HELD_SINCE, key).scalar_one()
    if since is None:
        raise rights.not_found()
    return since


def _decided_before(session: Session, key: dict[str, object]) -> Refused:
    """Why there is nothing left to decide: somebody did, or the repeat did."""
    states = session.execute(STATES, key).scalars().all()
    return BELIEVED if "believed" in states else DECIDED


def _needs_reason(reason: str) -> None:
    if not reason.strip():
        raise Refused(
            "reason_missing", "Say why, in a few words: whoever looks later needs to know.", field="reason"
        )


def _changed(session: Session, patient_id: int, since: datetime, at: datetime) -> None:
    """What rested on these readings must be checked again."""
    session.execute(
        text(
            "INSERT INTO arrival (patient_id, bucket, measured_from, received_at) VALUES (:patient, :bucket, :since, :at)"
        ),
        {"patient": patient_id, "bucket": patient_id % BUCKETS, "since": since, "at": at},
    )
    session.execute(text("SELECT pg_notify('arrival', '')"))
