"""Bearer tokens, with which a phone or a program acts for one person; only their SHA-256 is kept."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, or_, update

from foundation.database import transaction
from foundation.errors import Refused
from people import audit
from people.owners import fingerprint, owner, with_owner
from people.tables import BearerToken
from people.viewer import DOOR, Viewer

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from people.viewer import Actor

PREFIX = "th_"  # so that a token that leaked into a file or a log can be searched for
REMEMBERED_FOR = timedelta(seconds=5)
REMEMBERED_AT_MOST = 10_000

# Built once: building it costs more than asking it.
_VALID = with_owner(BearerToken).where(
    BearerToken.hash == bindparam("key"),
    BearerToken.revoked_at.is_(None),
    or_(BearerToken.expires_at.is_(None), BearerToken.expires_at > bindparam("at")),
)

_remembered: OrderedDict[bytes, tuple[datetime, datetime | None, Viewer]] = OrderedDict()
_lock = Lock()


def issue(
    session: Session,
    *,
    patient_id: int | None = None,
    staff_id: int | None = None,
    by: Actor,
    at: datetime,
    expires_at: datetime | None = None,
) -> str:
    """A new token for one patient or one member of staff: 256 bits of chance, shown this once."""
    token = PREFIX + secrets.token_urlsafe(32)
    owned = {"patient_id": patient_id, "staff_id": staff_id}
    session.add(BearerToken(hash=fingerprint(token), created_at=at, expires_at=expires_at, **owned))
    about = None if staff_id is None else f"staff:{staff_id}"
    audit.record(session, "token.issued", by=by, at=at, patient_id=patient_id, about=about)
    return token


def viewer_of(token: str, at: datetime) -> Viewer | None:
    """Who acts with this token; None where it is unknown, revoked, expired, or its owner is disabled.

    The answer is remembered in this process for at most 5 seconds and for the 10,000 tokens used last, since
    a phone's readings come one by one and each would otherwise ask the database again. So a token that was
    revoked, or a change of role, is noticed within 5 seconds. (The rows that a person may see do not wait for
    that: row-level security reads role and teams anew in every transaction.)
    """
    known = remembered(token, at)
    return known or _looked_up(fingerprint(token), at)


def remembered(token: str, at: datetime) -> Viewer | None:
    """The same, where it can be told without asking the database."""
    key = fingerprint(token)
    with _lock:
        seen_at, expires_at, viewer = _remembered.get(key, (None, None, None))
        if viewer is None or seen_at is None:
            return None
        fresh = seen_at <= at < seen_at + REMEMBERED_FOR and (expires_at is None or at < expires_at)
        if not fresh:
            del _remembered[key]
            return None
        _remembered.move_to_end(key)
        return viewer


def _looked_up(key: bytes, at: datetime) -> Viewer | None:
    with transaction(DOOR) as session:
        row = session.execute(_VALID, {"key": key, "at": at}).one_or_none()
    if row is None:
        return None
    viewer = owner(row)
    with _lock:
        _remembered[key] = (at, row.BearerToken.expires_at, viewer)
        while len(_remembered) > REMEMBERED_AT_MOST:
            _remembered.popitem(last=False)
    return viewer


def revoke(session: Session, token: str, *, by: Actor, at: datetime) -> None:
    """End one token, by its text."""
    if _revoke(session, BearerToken.hash == fingerprint(token), by=by, at=at) == 0:
        raise Refused("no_such_token", "There is no such token, or it was revoked already.", status=404)


def revoke_all(
    session: Session, *, patient_id: int | None = None, staff_id: int | None = None, by: Actor, at: datetime
) -> int:
    """End every token of a person (a lost phone); how many there were."""
    theirs = BearerToken.patient_id == patient_id if staff_id is None else BearerToken.staff_id == staff_id
    return _revoke(session, theirs, by=by, at=at)


def _revoke(session: Session, which: object, *, by: Actor, at: datetime) -> int:
    revoking = update(BearerToken).where(which, BearerToken.revoked_at.is_(None)).values(revoked_at=at)  # type: ignore[arg-type]
    ended = session.execute(
        revoking.returning(BearerToken.hash, BearerToken.patient_id, BearerToken.staff_id)
    ).all()
    for key, patient_id, staff_id in ended:
        about = None if staff_id is None else f"staff:{staff_id}"
        audit.record(session, "token.revoked", by=by, at=at, patient_id=patient_id, about=about)
        with _lock:
            _remembered.pop(bytes(key), None)
    return len(ended)
