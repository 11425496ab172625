"""The tables of rules' lives: every step of every version, and what rules in shadow found."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base
from people.tables import TIME


class RuleLife(Base):
    """One step in the life of one rule: who took it, when and why, and what life its version has from then on.

    Append-only. The steps of a rule are counted through all its versions, so of two people who decide on a rule at once
    one finds the next step taken. An approval names the proposal that it answers, which is another person's.
    """

    __tablename__ = "rule_life"

    rule: Mapped[str] = mapped_column(primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # from 1
    version: Mapped[int]
    what: Mapped[str]  # entered (with a pack), proposed, shadowed, approved, replaced (by another), retired
    life: Mapped[str]  # draft, shadow, active, retired: of this version from this step on
    at: Mapped[datetime] = mapped_column(TIME)
    set_by: Mapped[int | None]  # staff; none: it came with a pack
    reason: Mapped[str]
    proposal: Mapped[int | None]  # of an approval: the step that it answers ...
    proposed_by: Mapped[int | None]  # ... and whose that was
    __table_args__ = (
        UniqueConstraint("rule", "version", "step", "set_by", name="uq_rule_life_proposal"),
        ForeignKeyConstraint(["rule", "version"], ["rule_version.rule", "rule_version.version"]),
        ForeignKeyConstraint(
            ["rule", "version", "proposal", "proposed_by"],
            ["rule_life.rule", "rule_life.version", "rule_life.step", "rule_life.set_by"],
        ),
        CheckConstraint("life IN ('draft', 'shadow', 'active', 'retired')", name="life"),
        CheckConstraint(
            "what IN ('entered', 'proposed', 'shadowed', 'approved', 'replaced', 'retired')", name="what"
        ),
        CheckConstraint("(what = 'entered') = (set_by IS NULL)", name="whose"),
        CheckConstraint(
            "what <> 'approved' OR (proposal IS NOT NULL AND proposed_by IS NOT NULL AND proposed_by <> set_by)",
            name="two_people",
        ),
        CheckConstraint("life <> 'active' OR what IN ('entered', 'approved')", name="active"),
        CheckConstraint("reason <> ''", name="reason"),
    )


class ShadowEpisode(Base):
    """One run of moments at which a rule in shadow was in breach: counted, and raised to nobody."""

    __tablename__ = "shadow_episode"

    patient_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    rule: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(TIME, primary_key=True)
    severity: Mapped[int] = mapped_column(SmallInteger)
    last_at: Mapped[datetime] = mapped_column(TIME)
    settled_at: Mapped[datetime | None] = mapped_column(TIME)
    moments: Mapped[int]  # breaching moments
    figure: Mapped[float]
    bound: Mapped[float]
    __table_args__ = (Index("ix_shadow_episode_rule", "rule", "version", "started_at"),)


class ShadowFailure(Base):
    """One rule in shadow that could not be evaluated for one patient, until it can be again. Nobody is told."""

    __tablename__ = "shadow_failure"

    patient_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    rule: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    since: Mapped[datetime] = mapped_column(TIME)
    problem: Mapped[str]  # class of the error
