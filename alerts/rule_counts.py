"""How often rules fired, and how often those in shadow would have, among the patients whom the viewer may see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

DAYS = 90

FIRED = text("SELECT rule, count(*) AS fired FROM alert WHERE raised_at > :since GROUP BY rule")
SHADOWED = text("""
SELECT rule, version, count(*) AS episodes, count(DISTINCT patient_id) AS patients,
       count(*) FILTER (WHERE severity = 4) AS red, count(*) FILTER (WHERE settled_at IS NULL) AS going_on
FROM shadow_episode WHERE started_at > :since AND (CAST(:rule AS text) IS NULL OR rule = :rule) GROUP BY rule, version""")
FAILED = text("SELECT rule, version, count(*) AS patients FROM shadow_failure GROUP BY rule, version")


@dataclass(frozen=True)
class Shadowed:
    """What one version found in shadow. failures: patients on whom it could not be evaluated."""

    episodes: int = 0
    patients: int = 0
    red: int = 0
    going_on: int = 0
    failures: int = 0


def fired(session: Session, at: datetime) -> dict[str, int]:
    """Alerts of each rule in the last 90 days."""
    rows = session.execute(FIRED, {"since": at - timedelta(days=DAYS)})
    return {row.rule: row.fired for row in rows}


def shadowed(session: Session, at: datetime, rule: str | None = None) -> dict[tuple[str, int], Shadowed]:
    """What rules in shadow found in the last 90 days, by rule and version; those that found nothing are not there."""
    failed = {(row.rule, row.version): row.patients for row in session.execute(FAILED)}
    rows = session.execute(SHADOWED, {"since": at - timedelta(days=DAYS), "rule": rule})
    found = {
        (row.rule, row.version): Shadowed(
            row.episodes, row.patients, row.red, row.going_on, failed.pop((row.rule, row.version), 0)
        )
        for row in rows
    }
    return found | {key: Shadowed(failures=patients) for key, patients in failed.items()}
