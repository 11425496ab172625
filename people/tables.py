"""The tables of people: who there is, who cares for whom, how they sign in, and who looked at what."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base

TIME = DateTime(timezone=True)


class Team(Base):
    """One group of staff who share patients and one queue."""

    __tablename__ = "team"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str | None]  # where the team is told of alerts; never anything personal in what is sent


class Patient(Base):
    """One person who sends readings."""

    __tablename__ = "patient"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    nhs_number: Mapped[str] = mapped_column(unique=True)  # ten digits, checked by people.nhs_number
    name: Mapped[str]
    born: Mapped[date]
    sex: Mapped[str | None]
    phone: Mapped[str | None]
    language: Mapped[str] = mapped_column(server_default="en")
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), index=True)
    password_hash: Mapped[str | None]  # chosen at the first sign-in, with an enrolment code
    created_at: Mapped[datetime] = mapped_column(TIME, server_default=func.now())


class Enrolment(Base):
    """One patient on one pathway from a day to a day; no end: still on it."""

    __tablename__ = "enrolment"

    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), primary_key=True)
    pathway: Mapped[str] = mapped_column(primary_key=True)  # alerts.pathways
    started_on: Mapped[date] = mapped_column(primary_key=True)  # local day
    ended_on: Mapped[date | None]
    __table_args__ = (CheckConstraint("ended_on >= started_on", name="order"),)


class Staff(Base):
    """One member of staff. What each role may do: people.rights."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)  # lower case
    name: Mapped[str]
    role: Mapped[str]
    password_hash: Mapped[str | None]
    totp_secret: Mapped[str | None]
    totp_used: Mapped[int] = mapped_column(
        BigInteger, server_default="0"
    )  # last 30 s step accepted: a code works once
    disabled_at: Mapped[datetime | None] = mapped_column(TIME)
    created_at: Mapped[datetime] = mapped_column(TIME, server_default=func.now())
    __table_args__ = (CheckConstraint("role IN ('clinician', 'coordinator', 'lead', 'admin')", name="role"),)


class StaffTeam(Base):
    """One member of staff works in one team."""

    __tablename__ = "staff_team"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), primary_key=True)


class BearerToken(Base):
    """One token of a program or a phone; only its SHA-256 is kept."""

    __tablename__ = "bearer_token"

    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime] = mapped_column(TIME, server_default=func.now())
    expires_at: Mapped[datetime | None] = mapped_column(TIME)
    revoked_at: Mapped[datetime | None] = mapped_column(TIME)
    __table_args__ = (CheckConstraint("num_nonnulls(patient_id, staff_id) = 1", name="one_owner"),)


class WebSession(Base):
    """One signed-in browser. Staff between password and code are in stage `password` and may do nothing else."""

    __tablename__ = "web_session"

    hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)  # SHA-256 of the cookie
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    stage: Mapped[str] = mapped_column(server_default="full")
    csrf: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(TIME)
    last_seen_at: Mapped[datetime] = mapped_column(TIME)
    ended_at: Mapped[datetime | None] = mapped_column(TIME)
    __table_args__ = (
        CheckConstraint("num_nonnulls(patient_id, staff_id) = 1", name="one_owner"),
        CheckConstraint("stage IN ('password', 'code', 'full')", name="stage"),
    )


class EnrolmentCode(Base):
    """One paper code with which a patient signs in for the first time."""

    __tablename__ = "enrolment_code"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    hash: Mapped[str]  # argon2
    created_at: Mapped[datetime] = mapped_column(TIME)
    expires_at: Mapped[datetime] = mapped_column(TIME)
    used_at: Mapped[datetime | None] = mapped_column(TIME)


class SignInFailure(Base):
    """One failed try to sign in, by the SHA-256 of the account it named; five in fifteen minutes lock it."""

    __tablename__ = "sign_in_failure"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    account: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(TIME)
    __table_args__ = (Index(None, "account", "at"), Index(None, "at"))


class AuditHead(Base):
    """The end of one chain of audit rows; whoever writes to the chain holds this row."""

    __tablename__ = "audit_head"

    stream: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class Audit(Base):
    """One look at or change of something, by somebody. Each row holds the hash of the one before it.

    Append-only: no role of the service may update or delete it, and `telehealth doctor` walks the chains.
    """

    __tablename__ = "audit"

    stream: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(TIME)
    actor: Mapped[str]  # "staff:7", "patient:12", "checker"
    action: Mapped[str]  # "alert.acknowledged"
    patient_id: Mapped[int | None] = mapped_column(BigInteger)
    about: Mapped[str | None]  # "alert:6f1c…"
    detail: Mapped[dict[str, object] | None] = mapped_column(JSONB)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    __table_args__ = (Index(None, "patient_id", "at"),)
