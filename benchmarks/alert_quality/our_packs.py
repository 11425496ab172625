"""Our own packs, run through the one function that judges readings without a database."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from benchmarks.alert_quality.cohort import Cohort

COLUMNS = ["patient", "rule", "severity", "raised_at"]


def judge(cohort: Cohort) -> pd.DataFrame:
    """Alerts: patient, rule, severity, raised_at."""
    from alerts.offline import judge as offline  # noqa: PLC0415 - the plain ways run without it

    alerts = offline(cohort.pathway, cohort.readings, cohort.as_of, replay_daily=True)
    return alerts[COLUMNS].reset_index(drop=True)


def turned(cohort: Cohort, factor: float) -> pd.DataFrame:
    """The same with the amber bound of every drift rule so many times as far away."""
    from alerts import pathways  # noqa: PLC0415 - as above
    from alerts.offline import judge as offline  # noqa: PLC0415
    from alerts.pathways.schema import Packs  # noqa: PLC0415

    def other(rule):  # noqa: ANN001, ANN202 a RuleSpec, whose module the plain ways do without
        if rule.type != "drift" or rule.params.amber is None:
            return rule
        return replace(rule, params=replace(rule.params, amber=rule.params.amber * factor))

    packs = pathways.load()
    own = {
        name: replace(pack, rules=tuple(other(rule) for rule in pack.rules))
        for name, pack in packs.by_id.items()
    }
    alerts = offline(cohort.pathway, cohort.readings, cohort.as_of, replay_daily=True, packs=Packs(own))
    return alerts[COLUMNS].reset_index(drop=True)
