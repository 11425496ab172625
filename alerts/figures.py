"""What the rules did and how soon alerts were answered, over the last 28 days, in the viewer's teams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

SPAN = timedelta(days=28)
NOTHING_DONE = ("no_action_needed", "false_alert")  # outcomes of alerts that led to nothing

ANSWERED = "extract(epoch FROM acknowledged_at - raised_at) / 60"
RULES = text(f"""
SELECT rule, count(*) AS raised, count(resolved_at) AS resolved,
       count(*) FILTER (WHERE resolved_at IS NOT NULL AND outcome <> ALL(:nothing)) AS acted_on,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY {ANSWERED}) AS minutes
FROM alert WHERE raised_at > :since GROUP BY rule""")
RESPONSES = text(f"""
SELECT severity, count(*) AS raised, count(acknowledged_at) AS acknowledged,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY {ANSWERED}) AS median,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY {ANSWERED}) AS slowest_tenth
FROM alert WHERE raised_at > :since GROUP BY severity""")


@dataclass(frozen=True)
class RuleFigures:
    """What one rule did. minutes: the median from raised to acknowledged; None: none was."""

    raised: int = 0
    resolved: int = 0
    acted_on: int = 0
    minutes: float | None = None


def by_rule(session: Session, at: datetime) -> dict[str, RuleFigures]:
    """Rules that raised anything, by id."""
    rows = session.execute(RULES, {"since": at - SPAN, "nothing": list(NOTHING_DONE)})
    return {
        row.rule: RuleFigures(row.raised, row.resolved, row.acted_on, _minutes(row.minutes)) for row in rows
    }


def by_severity(session: Session, at: datetime) -> Sequence[Any]:
    """severity, raised, acknowledged, median and slowest_tenth: minutes from raised to acknowledged."""
    return session.execute(RESPONSES, {"since": at - SPAN}).all()


def _minutes(value: Any) -> float | None:
    return None if value is None else float(value)
