"""Tries to sign in. Five that failed within 15 minutes lock an account for 15 minutes, be there one or not.

A try is written down as failed before the password is looked at, and struck out if it was right. So a hundred
tries at the same moment are five, and no more.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select

from foundation.database import transaction
from foundation.errors import Refused
from people import audit
from people.tables import SignInFailure
from people.viewer import DOOR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

MOST = 5
WITHIN = timedelta(minutes=15)
LOCKED_FOR = timedelta(minutes=15)
KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Try:
    """One try that is being looked at."""

    id: int
    account: bytes
    locks: bool  # if it fails, the account is locked


def account(kind: str, name: str) -> bytes:
    """What failures are counted by: made of what was typed, whether or not there is such a person."""
    return hashlib.sha256(f"{kind}:{name}".encode("utf-8", "surrogateescape")).digest()


def begin(of: bytes, at: datetime) -> Try:
    """Start a try, if the account is not locked."""
    with transaction(DOOR) as session:
        # One try of an account is begun after the other, or two at once would both be the fifth.
        session.execute(select(func.pg_advisory_xact_lock(int.from_bytes(of[:8], signed=True))))
        last = select(SignInFailure.at).where(SignInFailure.account == of).order_by(SignInFailure.at.desc())
        failures = session.scalars(last.limit(MOST)).all()
        if locked(failures, at):
            raise Refused(
                "too_many_tries",
                "That was wrong too many times. Wait 15 minutes, then try again.",
                status=429,
            )
        session.execute(delete(SignInFailure).where(SignInFailure.at < at - KEPT_FOR))
        new = insert(SignInFailure).values(account=of, at=at).returning(SignInFailure.id)
        return Try(session.scalars(new).one(), of, locks=locked([at, *failures][:MOST], at))


def locked(failures: Sequence[datetime], at: datetime) -> bool:
    """Whether an account is locked, by its last failures, newest first."""
    if len(failures) < MOST:
        return False
    newest, oldest = failures[0], failures[MOST - 1]
    return newest - oldest < WITHIN and at < newest + LOCKED_FOR


def right(session: Session, trying: Try) -> None:
    """The try was right: strike it out. Earlier failures count on until the sign-in is complete."""
    session.execute(delete(SignInFailure).where(SignInFailure.id == trying.id))


def complete(session: Session, trying: Try) -> None:
    """The person is signed in: earlier failures are forgotten."""
    session.execute(delete(SignInFailure).where(SignInFailure.account == trying.account))


def wrong(trying: Try, at: datetime) -> None:
    """The try stays counted. Where it locks the account, the audit says so, by the account's hash."""
    if trying.locks:
        with transaction(DOOR) as session:
            audit.record(
                session, "sign_in.locked", by=DOOR, at=at, about=f"account:{trying.account.hex()[:16]}"
            )
