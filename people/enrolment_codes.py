"""Enrolment codes, on paper: a patient signs in with one the first time, or when a password was forgotten.

Eight characters of Crockford's base32 (40 bits), good once and for 72 hours, and only together with the NHS
number and the date of birth. There are few enough of them to be guessed, so they are kept as passwords are.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from people import audit, passwords
from people.tables import EnrolmentCode

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from people.viewer import Actor

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U
AS_MEANT = str.maketrans("OIL", "011", " -–")
LENGTH = 8
GOOD_FOR = timedelta(hours=72)


def issue(session: Session, patient_id: int, *, by: Actor, at: datetime) -> str:
    """A new code for a patient, as it is printed: `7K3M-Q0XD`. One given before is good no more."""
    earlier = update(EnrolmentCode).where(
        EnrolmentCode.patient_id == patient_id, EnrolmentCode.expires_at > at
    )
    session.execute(earlier.values(expires_at=at))
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    kept = EnrolmentCode(
        patient_id=patient_id, hash=passwords.hashed(code), created_at=at, expires_at=at + GOOD_FOR
    )
    session.add(kept)
    audit.record(session, "enrolment_code.issued", by=by, at=at, patient_id=patient_id)
    return f"{code[:4]}-{code[4:]}"


def plain(given: str) -> str:
    """A code as it was typed, made what was printed: no spaces or hyphens, O is 0, I and L are 1."""
    return given.upper().translate(AS_MEANT)


def current(session: Session, patient_id: int, at: datetime) -> EnrolmentCode | None:
    """The code with which this patient may sign in now."""
    good = (
        EnrolmentCode.patient_id == patient_id,
        EnrolmentCode.used_at.is_(None),
        EnrolmentCode.expires_at > at,
    )
    return session.scalar(select(EnrolmentCode).where(*good).order_by(EnrolmentCode.id.desc()).limit(1))


def use(session: Session, code: EnrolmentCode, at: datetime) -> bool:
    """Use a code up; False where another browser did so a moment before."""
    using = update(EnrolmentCode).where(EnrolmentCode.id == code.id, EnrolmentCode.used_at.is_(None))
    return session.scalar(using.values(used_at=at).returning(EnrolmentCode.id)) is not None
