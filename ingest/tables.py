"""The tables of readings: what came, what became of it, and what waits to be checked.

Every table here is a patient's: `patient_id` comes first in each key, so that the tables can be spread over machines.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, LargeBinary, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base
from people.tables import TIME


class Upload(Base):
    """One thing a patient or program sent, kept as it came, with the answer it was given."""

    __tablename__ = "upload"

    patient_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    received_at: Mapped[datetime] = mapped_column(TIME)
    sender: Mapped[str]  # "patient:12", "staff:7"
    channel: Mapped[str]  # "api", "page", "import"
    content_type: Mapped[str]
    idempotency_key: Mapped[str | None]
    body_sha256: Mapped[bytes] = mapped_column(LargeBinary)  # of the body as it came
    body: Mapped[bytes] = mapped_column(LargeBinary)  # zlib of the body as it came
    items: Mapped[int]
    stored: Mapped[int]
    duplicates: Mapped[int]
    held: Mapped[int]
    rejected: Mapped[int]
    status: Mapped[int] = mapped_column(SmallInteger)  # HTTP status of the answer
    answer: Mapped[bytes] = mapped_column(LargeBinary)  # zlib of the answer's JSON: a verdict for each item
    __table_args__ = (
        Index(
            None,
            "patient_id",
            "idempotency_key",
            unique=True,
            postgresql_where=text("idempotency_key IS NOT NULL"),
        ),
        Index(None, "patient_id", "received_at"),
    )


class Reading(Base):
    """One value of one kind that one patient sent us, at one moment.

    A hypertable partitioned on `measured_at` where TimescaleDB is, so the key must contain it.
    Never updated: a Correction supersedes it, with who, when and why.
    """

    __tablename__ = "reading"

    patient_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[int] = mapped_column(SmallInteger, primary_key=True)  # ingest.catalogue
    measured_at: Mapped[datetime] = mapped_column(TIME, primary_key=True)  # UTC
    value: Mapped[
        float
    ]  # in the kind's one stored unit (systolic: mm[Hg], body_weight: kg); answers as their number
    received_at: Mapped[datetime] = mapped_column(TIME)
    upload_id: Mapped[UUID]
    item: Mapped[int]  # place in the upload; the values of a panel share it
    provenance: Mapped[int] = mapped_column(SmallInteger)  # ingest.items
    offset_minutes: Mapped[int] = mapped_column(SmallInteger)  # of the time as given, east of UTC
    given: Mapped[str | None]  # value, unit and time as given, where any was converted


class Correction(Base):
    """One decision that a stored reading was wrong: what it should be, or (value empty) that it was none."""

    __tablename__ = "correction"

    patient_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    measured_at: Mapped[datetime] = mapped_column(TIME, primary_key=True)
    revision: Mapped[int] = mapped_column(SmallInteger, primary_key=True)  # 1, 2 …: the highest holds
    value: Mapped[float | None]
    old_value: Mapped[float | None]
    decided_by: Mapped[int]  # staff
    decided_at: Mapped[datetime] = mapped_column(TIME)
    reason: Mapped[str]


class Held(Base):
    """One value that a person must decide on: implausible, or another one for a moment that has a value already.

    One that a repeat made believed is a reading too, and stays here to speak for others.
    """

    __tablename__ = "held"

    patient_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    upload_id: Mapped[UUID] = mapped_column(primary_key=True)
    item: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    measured_at: Mapped[datetime] = mapped_column(TIME)
    value: Mapped[float]
    received_at: Mapped[datetime] = mapped_column(TIME)
    provenance: Mapped[int] = mapped_column(SmallInteger)
    offset_minutes: Mapped[int] = mapped_column(SmallInteger)
    given: Mapped[str | None]
    code: Mapped[str]  # why: `confirm_value`, `other_value_stored` …
    sentence: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="waiting")
    decided_by: Mapped[
        int | None
    ]  # staff; nobody where a repeat that said the same decided (`ingest.holding`)
    decided_at: Mapped[datetime | None] = mapped_column(TIME)
    reason: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'believed', 'accepted', 'dismissed')", name="state"),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(decided_by IS NULL) = (state IN ('waiting', 'believed'))", name="who_and_when"),
        Index(None, "patient_id", postgresql_where=text("state = 'waiting'")),
        # However often a value is sent, and by how many at once, a person is asked about it once.
        Index(None, "patient_id", "kind", "measured_at", "value", unique=True),
    )


class Arrival(Base):
    """Readings of one patient that no check has seen; written with them, deleted with the alerts they led to."""

    __tablename__ = "arrival"

    patient_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    bucket: Mapped[int] = mapped_column(SmallInteger, index=True)  # patient_id modulo BUCKETS
    measured_from: Mapped[datetime] = mapped_column(TIME)  # earliest moment that is new or changed
    received_at: Mapped[datetime] = mapped_column(TIME)


class RollupDay(Base):
    """One kind of one patient on one local day."""

    __tablename__ = "rollup_day"

    patient_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)  # Europe/London
    readings: Mapped[int]
    total: Mapped[float]  # sum of values: total / readings is the mean
    lowest: Mapped[float]
    highest: Mapped[float]
    __table_args__ = (Index(None, "day", "kind"),)


class RollupRecent(Base):
    """One kind of one patient as of the last day it came: those 7 days, and the 28 before them.

    What a cohort is compared by; reading 35 days of everybody for each look would take seconds.
    """

    __tablename__ = "rollup_recent"

    patient_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    last_day: Mapped[date]  # Europe/London
    days: Mapped[int] = mapped_column(
        BigInteger
    )  # bit n: readings came n days before last_day; n from 0 to 34
    recent_readings: Mapped[int]  # in the 7 days that end with last_day
    recent_mean: Mapped[float]
    before_readings: Mapped[int]  # in the 28 days before those
    before_mean: Mapped[float | None]
    spread: Mapped[float | None]  # standard deviation of the means of those days


BUCKETS = 256  # checkers share out patients by bucket; the number is part of the data, so it never changes

# What an upload brings, of a reading and of a held value.
NEW = "patient_id, kind, measured_at, value, upload_id, item, provenance, offset_minutes, given"
TYPES = ("bigint", "smallint", "timestamptz", "float8", "uuid", "int", "smallint", "smallint", "text")
