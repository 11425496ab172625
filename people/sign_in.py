"""The ways of signing in. Each tells who somebody is, and ends in a session (`people.sessions.start`).

staff      e-mail and password, then a one-time code
patients   NHS number, date of birth and enrolment code, then they choose a password;
           later NHS number and password

Another way (NHS login, CIS2, passkeys) is a module beside this one: it learns who somebody is from a third
party, finds that patient or member of staff, and starts a session of stage `full`, as `_signed_in` does here.
Nothing else in the service knows by which way somebody came.

Every wrong answer is the same, and takes as long, whether there is such an account or not: the password is
compared even where there is none, and failures are counted by what was typed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from foundation.database import transaction
from foundation.errors import Refused
from people import attempts, audit, enrolment_codes, nhs_number, passwords, sessions, totp
from people.tables import Patient, Staff
from people.viewer import DOOR, Viewer

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from people.sessions import OpenSession, Stage


def staff_password(email: str, password: str, at: datetime) -> str:
    """The first step of staff; the cookie of a session that awaits their code."""
    typed = email.strip().lower()
    trying = attempts.begin(attempts.account("staff", typed), at)
    with transaction(DOOR) as session:
        staff = session.scalar(select(Staff).where(Staff.email == typed, Staff.disabled_at.is_(None)))
    if not passwords.matches(staff.password_hash if staff else None, password) or staff is None:
        attempts.wrong(trying, at)
        raise Refused("wrong_password", "E-mail address or password is wrong. Check both and try again.")
    with transaction(DOOR) as session:
        attempts.right(session, trying)
        return sessions.start(session, "staff", staff.id, "password", at=at)


def staff_code(cookie: str, code: str, at: datetime) -> str:
    """The second step of staff; the cookie of their full session. A code works once."""
    found = _on_the_way(cookie, "password", at)
    with transaction(DOOR) as session:
        staff = session.scalars(select(Staff).where(Staff.id == found.viewer.id)).one()
    trying = attempts.begin(attempts.account("staff", staff.email), at)
    step = totp.step_of(staff.totp_secret, code, at) if staff.totp_secret else None
    with transaction(DOOR) as session:
        if step is not None and _first_use(session, staff.id, step):
            attempts.complete(session, trying)
            sessions.end(session, cookie, at=at)
            return _signed_in(session, found.viewer, at=at)
    attempts.wrong(trying, at)
    raise Refused("wrong_code", "This code is wrong or was used already. Wait for the next one in your app.")


def patient_code(number: str, born: date, code: str, at: datetime) -> str:
    """A patient's first sign-in; the cookie of a session that awaits their password. The code is used up."""
    typed = nhs_number.parse(number)
    trying = attempts.begin(attempts.account("patient", typed), at)
    with transaction(DOOR) as session:
        patient = session.execute(
            select(Patient.id, Patient.born).where(Patient.nhs_number == typed)
        ).one_or_none()
        kept = enrolment_codes.current(session, patient.id if patient else 0, at)
    same = passwords.matches(kept.hash if kept else None, enrolment_codes.plain(code))
    if same and kept is not None and patient is not None and patient.born == born:
        with transaction(DOOR) as session:
            if enrolment_codes.use(session, kept, at):
                attempts.complete(session, trying)
                return sessions.start(session, "patient", patient.id, "code", at=at)
    attempts.wrong(trying, at)
    raise Refused(
        "wrong_enrolment_code",
        "These do not belong together, or the code was used or is older than 3 days. Check or ask your team.",
    )


def choose_password(cookie: str, password: str, at: datetime) -> str:
    """What follows a patient's enrolment code; the cookie of their full session. Their other sessions end."""
    found = _on_the_way(cookie, "code", at)
    with transaction(DOOR) as session:
        number = session.scalars(select(Patient.nhs_number).where(Patient.id == found.viewer.id)).one()
    kept = passwords.hashed(passwords.good(password, number))
    with transaction(DOOR) as session:
        session.execute(update(Patient).where(Patient.id == found.viewer.id).values(password_hash=kept))
        sessions.end_all(session, found.viewer, at=at)
        audit.record(session, "password.chosen", by=found.viewer, at=at, patient_id=found.viewer.id)
        return _signed_in(session, found.viewer, at=at)


def patient_password(number: str, password: str, at: datetime) -> str:
    """A patient's later sign-ins; the cookie of their full session."""
    typed = nhs_number.parse(number)
    trying = attempts.begin(attempts.account("patient", typed), at)
    wanted = select(Patient.id, Patient.name, Patient.password_hash).where(Patient.nhs_number == typed)
    with transaction(DOOR) as session:
        patient = session.execute(wanted).one_or_none()
    if not passwords.matches(patient.password_hash if patient else None, password) or patient is None:
        attempts.wrong(trying, at)
        raise Refused("wrong_password", "NHS number or password is wrong. Check both and try again.")
    with transaction(DOOR) as session:
        attempts.complete(session, trying)
        return _signed_in(session, Viewer("patient", patient.id, "patient", patient.name), at=at)


def _signed_in(session: Session, viewer: Viewer, *, at: datetime) -> str:
    patient_id = viewer.id if viewer.kind == "patient" else None
    audit.record(session, "signed_in", by=viewer, at=at, patient_id=patient_id)
    return sessions.start(session, viewer.kind, viewer.id, "full", at=at)


def _on_the_way(cookie: str, stage: Stage, at: datetime) -> OpenSession:
    found = sessions.seen(cookie, at, extend=False)
    if found is None or found.stage != stage:
        raise Refused("begin_again", "That took too long. Begin signing in again.", status=401)
    return found


def _first_use(session: Session, staff_id: int, step: int) -> bool:
    using = update(Staff).where(Staff.id == staff_id, Staff.totp_used < step).values(totp_used=step)
    return session.scalar(using.returning(Staff.id)) is not None
