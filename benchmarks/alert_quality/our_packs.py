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
    from alerts import pathways  # noqa: PLC0415 - the plain ways run without it
    from alerts.offline import judge as offline  # noqa: PLC0415 - the plain ways run without it
    from alerts.pathways.schema import Packs  # noqa: PLC0415 - the plain ways run without it

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


def alone(cohort: Cohort, rule: str, *, in_place_of: str | None = None, yellow: bool = False) -> pd.DataFrame:
    """The same by one rule and nothing else, also one that starts as a draft.

    in_place_of: not alone, but with every rule that starts active, instead of this one.
    yellow: its yellow alerts as though they were amber, for the yellow ones are no cards.
    """
    from alerts import pathways  # noqa: PLC0415 - the plain ways run without it
    from alerts.offline import judge as offline  # noqa: PLC0415 - the plain ways run without it
    from alerts.pathways.schema import Packs  # noqa: PLC0415 - the plain ways run without it

    packs = pathways.load()
    beside = {one.id for one in packs.starting} - {in_place_of} if in_place_of else set()
    own = {
        name: replace(pack, rules=tuple(one for one in pack.rules if one.id in {rule, *beside}), lives={})
        for name, pack in packs.by_id.items()
    }
    alerts = offline(cohort.pathway, cohort.readings, cohort.as_of, replay_daily=True, packs=Packs(own))
    if yellow:
        alerts.loc[(alerts["rule"] == rule) & (alerts["severity"] == "yellow"), "severity"] = "amber"
    return alerts[COLUMNS].reset_index(drop=True)
