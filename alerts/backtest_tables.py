"""The table of backtests that people asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Index, Integer, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from foundation.database import Base
from people.tables import TIME

UNDER_WAY = text("state IN ('waiting', 'running')")


class Backtest(Base):
    """One rule, or a change of one, that somebody asked to be tried over a stretch of time; and what came of it."""

    __tablename__ = "backtest"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    asked_by: Mapped[int]  # staff
    asked_at: Mapped[datetime] = mapped_column(TIME)
    teams: Mapped[list[int]] = mapped_column(ARRAY(Integer))  # whose patients: the teams of who asked, then
    rule: Mapped[str]
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)  # the rule to try: RuleSpec.body
    since: Mapped[datetime] = mapped_column(TIME)
    until: Mapped[datetime] = mapped_column(TIME)
    state: Mapped[str] = mapped_column(server_default="waiting")  # running, done, cancelled, failed
    tries: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    done: Mapped[int] = mapped_column(server_default="0")  # patients so far ...
    patients: Mapped[int | None]  # ... of so many
    ended_at: Mapped[datetime | None] = mapped_column(TIME)
    result: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB
    )  # figures; today: body of the version that ran then
    problem: Mapped[str | None]  # why it failed
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'running', 'done', 'cancelled', 'failed')", name="state"),
        CheckConstraint("(state IN ('waiting', 'running')) = (ended_at IS NULL)", name="ended"),
        CheckConstraint("(state = 'done') = (result IS NOT NULL)", name="result"),
        CheckConstraint("since < until", name="stretch"),
        Index("uq_backtest_under_way", "asked_by", unique=True, postgresql_where=UNDER_WAY),
        Index(None, "asked_by", "asked_at"),
        Index("ix_backtest_waiting", "asked_at", postgresql_where=UNDER_WAY),
    )
