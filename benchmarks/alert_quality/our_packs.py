"""Our own packs, run through the one function that judges readings without a database."""

from __future__ import annotations

import pandas as pd

from benchmarks.alert_quality.cohort import Cohort

COLUMNS = ["patient", "rule", "severity", "raised_at"]


def judge(cohort: Cohort) -> pd.DataFrame:
    """Alerts: patient, rule, severity, raised_at."""
    from alerts.offline import judge as offline  # noqa: PLC0415 - the plain ways run without it

    alerts = offline(cohort.pathway, cohort.readings, cohort.as_of, replay_daily=True)
    return alerts[COLUMNS].reset_index(drop=True)
