"""The tables of alerts: rules by version, thresholds, episodes, alerts with their timeline, and the outbox."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base
from people.tables import TIME


class RuleVersion(Base):
    """One version of one rule, word for word as it ran. Never changed: an alert points here."""

    __tablename__ = "rule_version"

    rule: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    first_used_at: Mapped[datetime] = mapped_column(TIME)


class Threshold(Base):
    """The four bounds of one kind for one patient from a moment on; seeded by a pathway, changed by a clinician.

    Where a clinician gives back bounds that no pathway has, a row without any says so; it was never in force.
    """

    __tablename__ = "threshold"

    patient_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    set_at: Mapped[datetime] = mapped_column(TIME, primary_key=True)
    red_low: Mapped[float | None]
    amber_low: Mapped[float | None]
    amber_high: Mapped[float | None]
    red_high: Mapped[float | None]
    source: Mapped[str]  # "copd@1" or "person"
    set_by: Mapped[int | None]  # staff: who set them, or gave them back to the pathway
    reason: Mapped[str | None]
    review_on: Mapped[date | None]
    replaced_at: Mapped[datetime | None] = mapped_column(TIME)
    __table_args__ = (
        Index(
            "uq_threshold_current",
            "patient_id",
            "kind",
            unique=True,
            postgresql_where=text("replaced_at IS NULL"),
        ),
        CheckConstraint("red_low IS NULL OR amber_low IS NULL OR red_low <= amber_low", name="low_order"),
        CheckConstraint("amber_low IS NULL OR amber_high IS NULL OR amber_low < amber_high", name="order"),
        CheckConstraint(
            "amber_high IS NULL OR red_high IS NULL OR amber_high <= red_high", name="high_order"
        ),
        Index(
            "ix_threshold_review",
            "patient_id",
            "review_on",
            postgresql_where=text("replaced_at IS NULL AND review_on IS NOT NULL"),
        ),
        # Few, and every check asks for them (`alerts.known`).
        Index(
            "ix_threshold_replaced",
            "patient_id",
            "kind",
            postgresql_where=text("replaced_at IS NOT NULL"),
        ),
        CheckConstraint("source <> 'person' OR (set_by IS NOT NULL AND reason IS NOT NULL)", name="person"),
    )


class Trait(Base):
    """One lasting fact about one patient from a moment on, as a clinician set it; never inferred.

    A row without a value was never in force: it says who took the trait away, when and why.
    """

    __tablename__ = "trait"

    patient_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)  # alerts.rules.traits says its unit and limits
    set_at: Mapped[datetime] = mapped_column(TIME, primary_key=True)
    value: Mapped[float | None]
    set_by: Mapped[int]  # staff
    reason: Mapped[str]
    review_on: Mapped[date | None]
    replaced_at: Mapped[datetime | None] = mapped_column(TIME)
    __table_args__ = (
        Index(
            "uq_trait_current",
            "patient_id",
            "name",
            unique=True,
            postgresql_where=text("replaced_at IS NULL"),
        ),
        Index("ix_trait_review", "patient_id", "review_on", postgresql_where=text("replaced_at IS NULL")),
        CheckConstraint("value IS NULL OR review_on IS NOT NULL", name="reviewed"),
        CheckConstraint("value IS NOT NULL OR replaced_at IS NOT NULL", name="ended"),
    )


class Pause(Base):
    """A dated stop of one patient's missing-reading checks: in hospital, on holiday."""

    __tablename__ = "pause"

    patient_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(TIME, primary_key=True)
    ends_at: Mapped[datetime] = mapped_column(TIME)
    reason: Mapped[str]
    set_by: Mapped[int]  # staff
    set_at: Mapped[datetime] = mapped_column(TIME)
    __table_args__ = (CheckConstraint("ends_at > starts_at", name="order"),)


class Alert(Base):
    """The record of what a rule found about a patient, from raised to resolved.

    At most one unresolved for a patient and rule: the database holds it, by a unique index.
    """

    __tablename__ = "alert"

    patient_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    team_id: Mapped[int]  # whose queue it stands on
    rule: Mapped[str]
    version: Mapped[int]
    severity: Mapped[int] = mapped_column(SmallInteger)  # alerts.rules: 4 red, 3 amber, 2 blue, 1 yellow
    raised_at: Mapped[datetime] = mapped_column(TIME)  # when a check found it
    raised_again_at: Mapped[datetime | None] = mapped_column(TIME)  # a new or worse episode since
    first_at: Mapped[datetime] = mapped_column(TIME)  # when the readings began to breach
    last_at: Mapped[datetime] = mapped_column(TIME)  # the last moment that breached
    settled_at: Mapped[datetime | None] = mapped_column(
        TIME
    )  # back in range since; a person still has to look
    withdrawn: Mapped[bool] = mapped_column(
        Boolean, server_default=false()
    )  # nothing of its evidence stands any more
    acknowledged_at: Mapped[datetime | None] = mapped_column(TIME)
    acknowledged_by: Mapped[int | None]
    claimed_at: Mapped[datetime | None] = mapped_column(TIME)
    claimed_by: Mapped[int | None]
    resolved_at: Mapped[datetime | None] = mapped_column(TIME)
    resolved_by: Mapped[int | None]
    outcome: Mapped[str | None]
    sentence: Mapped[str]
    evidence: Mapped[dict[str, Any]] = mapped_column(JSONB)  # rule's parameters, readings, figure, arithmetic
    changes: Mapped[int] = mapped_column(server_default="1")  # counts up: what a page compares before it acts
    __table_args__ = (
        Index(
            "uq_alert_unresolved",
            "patient_id",
            "rule",
            unique=True,
            postgresql_where=text("resolved_at IS NULL"),
        ),
        Index(
            "ix_alert_queue", "team_id", "severity", "raised_at", postgresql_where=text("resolved_at IS NULL")
        ),
        Index(None, "id"),
        Index(None, "patient_id", "raised_at"),
        Index(None, "team_id", "raised_at"),
        Index(None, "resolved_at"),
        CheckConstraint("(acknowledged_at IS NULL) = (acknowledged_by IS NULL)", name="acknowledged"),
        CheckConstraint("(claimed_at IS NULL) = (claimed_by IS NULL)", name="claimed"),
        CheckConstraint("(resolved_at IS NULL) = (resolved_by IS NULL)", name="resolved"),
        CheckConstraint("(resolved_at IS NULL) = (outcome IS NULL)", name="outcome"),
    )


class Episode(Base):
    """One run of moments at which a rule was in breach, as the readings now stand; an alert holds one or more."""

    __tablename__ = "episode"

    patient_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    rule: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(TIME, primary_key=True)
    alert_id: Mapped[UUID]
    version: Mapped[int]
    severity: Mapped[int] = mapped_column(SmallInteger)
    last_at: Mapped[datetime] = mapped_column(TIME)
    settled_at: Mapped[datetime | None] = mapped_column(TIME)
    evidence_at: Mapped[datetime] = mapped_column(TIME)
    moments: Mapped[int]  # breaching moments
    figure: Mapped[float]
    bound: Mapped[float]
    confirmed: Mapped[bool]
    __table_args__ = (Index(None, "patient_id", "alert_id"),)


class AlertEvent(Base):
    """One line of an alert's timeline: append-only."""

    __tablename__ = "alert_event"

    patient_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    alert_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(TIME)
    what: Mapped[
        str
    ]  # raised, raised_again, worsened, settled, withdrawn, acknowledged, claimed, noted, resolved …
    actor: Mapped[str]  # "checker", "staff:7"
    detail: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class Outbox(Base):
    """One message to a team that must leave the service; written with the change that it tells of."""

    __tablename__ = "outbox"

    patient_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    team_id: Mapped[int]
    alert_id: Mapped[UUID]
    what: Mapped[str]  # raised, worsened
    severity: Mapped[int] = mapped_column(SmallInteger)
    created_at: Mapped[datetime] = mapped_column(TIME)
    next_try_at: Mapped[datetime] = mapped_column(TIME)
    tries: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    delivered_at: Mapped[datetime | None] = mapped_column(TIME)
    given_up_at: Mapped[datetime | None] = mapped_column(TIME)
    problem: Mapped[str | None]  # class of the last error
    __table_args__ = (
        Index(None, "delivered_at"),
        Index(
            "ix_outbox_waiting",
            "next_try_at",
            postgresql_where=text("delivered_at IS NULL AND given_up_at IS NULL"),
        ),
    )


class Wake(Base):
    """The next moment at which time alone can change one patient's alerts: a reading falls overdue."""

    __tablename__ = "wake"

    patient_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    bucket: Mapped[int] = mapped_column(SmallInteger)
    due_at: Mapped[datetime] = mapped_column(TIME)
    __table_args__ = (Index(None, "bucket", "due_at"), Index(None, "due_at"))


class Bucket(Base):
    """A share of the patients; a checker holds its row while it checks them, so no two check the same patient."""

    __tablename__ = "bucket"

    bucket: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)


class CheckFailure(Base):
    """One rule that could not be evaluated for one patient, until it can be again. `since`: the first moment not judged."""

    __tablename__ = "check_failure"

    patient_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    rule: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime] = mapped_column(TIME)
    problem: Mapped[str]  # class of the error


class Pass(Base):
    """One pass of the checker over all that was waiting; the newest finished one is what the queue's top shows."""

    __tablename__ = "pass"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    started_at: Mapped[datetime] = mapped_column(TIME)
    finished_at: Mapped[datetime] = mapped_column(TIME, index=True)
    patients: Mapped[int]
    readings: Mapped[int]
    raised: Mapped[int]
    failures: Mapped[int]


class Process(Base):
    """The last sign of life of one kind of long-running process."""

    __tablename__ = "process"

    name: Mapped[str] = mapped_column(primary_key=True)  # checker, notifier
    seen_at: Mapped[datetime] = mapped_column(TIME)
