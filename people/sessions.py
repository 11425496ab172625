"""Sessions of browsers: an opaque cookie of 256 bits, of which the database keeps the SHA-256.

A session ends after 30 minutes in which its person did nothing, after 12 hours in any case, and at signing
out. A page that asks for news by itself does nothing in this sense (`extend=False`). Who the person is, their
role and their teams are read anew at every request, so a change takes effect at the next one.

A session has a stage. `full` is signed in. `password` is staff who have yet to give their one-time code, and
`code` is a patient who has yet to choose a password: they may do that and nothing else, for 15 minutes. Going
on to `full` always makes a new cookie.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, cast

from sqlalchemy import or_, update

from foundation.database import transaction
from people import audit
from people.owners import fingerprint, owner, with_owner
from people.tables import WebSession
from people.viewer import DOOR, Viewer

if TYPE_CHECKING:
    from sqlalchemy import Update
    from sqlalchemy.orm import Session

Stage = Literal["password", "code", "full"]

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
ON_THE_WAY = timedelta(minutes=15)  # between the first and the second step of signing in
NOTED_EVERY = timedelta(seconds=30)  # that somebody is there need not be written at every request


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A browser's session that holds now."""

    viewer: Viewer
    stage: Stage
    csrf: str  # what every form of this session carries


def start(
    session: Session, viewer_kind: Literal["patient", "staff"], viewer_id: int, stage: Stage, *, at: datetime
) -> str:
    """Open a session for one person; its cookie."""
    cookie = secrets.token_urlsafe(32)
    session.add(
        WebSession(
            hash=fingerprint(cookie),
            patient_id=viewer_id if viewer_kind == "patient" else None,
            staff_id=viewer_id if viewer_kind == "staff" else None,
            stage=stage,
            csrf=secrets.token_urlsafe(24),
            created_at=at,
            last_seen_at=at,
        )
    )
    return cookie


def seen(cookie: str, at: datetime, *, extend: bool = True) -> OpenSession | None:
    """Whose session this is, if it holds still. `extend`: the person did something, so it lasts longer."""
    key = fingerprint(cookie)
    holds = (
        with_owner(WebSession)
        .where(WebSession.hash == key, WebSession.ended_at.is_(None))
        .where(WebSession.last_seen_at > at - IDLE, WebSession.created_at > at - LONGEST)
        .where(or_(WebSession.stage == "full", WebSession.created_at > at - ON_THE_WAY))
    )
    with transaction(DOOR) as session:
        row = session.execute(holds).one_or_none()
        if row is None:
            return None
        found: WebSession = row.WebSession
        if extend and found.last_seen_at <= at - NOTED_EVERY:
            # Never back: requests may overtake each other.
            noting = update(WebSession).where(WebSession.hash == key, WebSession.last_seen_at < at)
            session.execute(noting.values(last_seen_at=at))
    return OpenSession(owner(row), cast("Stage", found.stage), found.csrf)


def end(session: Session, cookie: str, *, at: datetime) -> None:
    """Close one session. Closing it twice is once."""
    session.execute(_closing(at).where(WebSession.hash == fingerprint(cookie)))


def end_all(session: Session, viewer: Viewer, *, at: datetime) -> None:
    """Close every session of a person."""
    column = WebSession.patient_id if viewer.kind == "patient" else WebSession.staff_id
    session.execute(_closing(at).where(column == viewer.id))


def sign_out(cookie: str, at: datetime) -> None:
    """Close the session of this browser, if it has one."""
    found = seen(cookie, at, extend=False)
    if found:
        with transaction(DOOR) as session:
            end(session, cookie, at=at)
            patient_id = found.viewer.id if found.viewer.kind == "patient" else None
            audit.record(session, "signed_out", by=found.viewer, at=at, patient_id=patient_id)


def _closing(at: datetime) -> Update:
    return update(WebSession).where(WebSession.ended_at.is_(None)).values(ended_at=at)
