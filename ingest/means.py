"""What was usual for a patient over some days, from the days' rows."""

from __future__ import annotations

from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

MEANS = text("""
SELECT kind, sum(total) / sum(readings) AS mean FROM rollup_day
WHERE patient_id = :patient AND day >= :since AND day < :until GROUP BY kind""")


def of_days(session: Session, patient_id: int, since: date, until: date) -> dict[int, float]:
    """The mean of a patient's readings of each kind from one local day to before another."""
    rows = session.execute(MEANS, {"patient": patient_id, "since": since, "until": until})
    return {row.kind: row.mean for row in rows}
