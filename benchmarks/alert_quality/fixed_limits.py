"""Fixed limits on single readings, the same for everybody: what most services use."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from benchmarks.alert_quality.cohort import Cohort
from benchmarks.alert_quality.door import accepted, judging_time

QUIET = 7  # days without a breach after which a breach is a new alert


class Limits(NamedTuple):
    """Red or amber from these on; None is no such limit."""

    red_low: float | None
    amber_low: float | None
    amber_high: float | None
    red_high: float | None
    source: str


LIMITS = {
    "systolic": Limits(
        90, 100, 150, 180, "low: NEWS2's 3 and 2 points; high: NICE NG136 home stage 2, and 180"
    ),
    "diastolic": Limits(None, None, 95, 110, "NICE NG136 home stage 2; 110 proposed beside 180"),
    "heart_rate": Limits(40, 45, 111, 131, "NEWS2's 3 and 2 points; 45 proposed"),
    "oxygen_saturation": Limits(92, 94, None, None, "COVID Oximetry @home: 93 and 94, 92 and less"),
    "respiratory_rate": Limits(8, None, 21, 25, "NEWS2's 3 and 2 points"),
    "body_temperature": Limits(35.0, None, 38.1, 39.1, "NEWS2's 3, 1 and 2 points"),
    "glucose": Limits(
        2.9, 3.9, 15.1, 30.0, "consensus on hypoglycaemia; JBDS and NHS advice on high glucose"
    ),
    "consciousness": Limits(None, None, None, 1, "NEWS2: anything but alert"),
}
COPD_OXYGEN = Limits(84, 87, None, None, "BTS 2017: target 88 to 92 %")
WEIGHT = (2.0, 3)  # kg in so many days: ESC and BSH advice to patients
BEST = (0.8, 0.5, 28)  # peak flow, share of the best of the first 28 days: amber, red (action plans)
ANTHONISEN = 2  # complaints on one day
COMPLAINTS = {"breathlessness": 2, "sputum": 1, "ankle_swelling": 1, "extra_pillows": 1}


def judge(cohort: Cohort) -> pd.DataFrame:
    """Alerts: patient, rule, severity, raised_at."""
    taken = accepted(cohort)
    flags = pd.concat([_levels(taken, cohort.pathway), _weight(taken), _peak_flow(taken), _complaints(taken)])
    alerts = pd.concat([_episodes(flags, red=True), _episodes(flags, red=False)], ignore_index=True)
    alerts["raised_at"] = judging_time(cohort, alerts["judged"])
    return alerts[["patient", "rule", "severity", "raised_at"]]


def _levels(taken: pd.DataFrame, pathway: str) -> pd.DataFrame:
    found = []
    for kind, limits in LIMITS.items():
        own = COPD_OXYGEN if (kind, pathway) == ("oxygen_saturation", "copd") else limits
        rows = taken[taken["kind"] == kind]
        red = pd.Series(data=False, index=rows.index)
        amber = red.copy()
        if own.red_low is not None:
            red |= rows["value"] <= own.red_low
        if own.red_high is not None:
            red |= rows["value"] >= own.red_high
        if own.amber_low is not None:
            amber |= rows["value"] <= own.amber_low
        if own.amber_high is not None:
            amber |= rows["value"] >= own.amber_high
        found.append(rows[red | amber].assign(rule=kind, red=red[red | amber]))
    return pd.concat(found)[["patient", "rule", "red", "judged"]]


def _weight(taken: pd.DataFrame) -> pd.DataFrame:
    rise, days = WEIGHT
    daily = taken[taken["kind"] == "body_weight"].groupby(["patient", "day"], as_index=False).last()
    found = []
    for back in range(1, days + 1):
        before = daily[["patient", "day", "value", "judged"]].assign(day=daily["day"] + back)
        both = daily.merge(before, on=["patient", "day"], suffixes=("", "_before"))
        both["judged"] = both[["judged", "judged_before"]].max(axis=1)
        found.append(both[both["value"] - both["value_before"] > rise])
    return pd.concat(found).assign(rule="weight_rise", red=False)[["patient", "rule", "red", "judged"]]


def _peak_flow(taken: pd.DataFrame) -> pd.DataFrame:
    amber, red, days = BEST
    rows = taken[taken["kind"] == "peak_flow"].copy()
    first = rows.groupby("patient")["day"].transform("min")
    best = rows[rows["day"] < first + days].groupby("patient")["value"].max()
    share = rows["value"] / rows["patient"].map(best)
    low = rows[share < amber]
    return low.assign(rule="peak_flow", red=share[share < amber] < red)[["patient", "rule", "red", "judged"]]


def _complaints(taken: pd.DataFrame) -> pd.DataFrame:
    asked = taken[taken["kind"].isin(COMPLAINTS)]
    worse = asked[asked["value"] >= asked["kind"].map(COMPLAINTS)]
    days = worse.groupby(["patient", "day"], as_index=False).agg(
        many=("kind", "nunique"), judged=("judged", "max")
    )
    return days[days["many"] >= ANTHONISEN].assign(rule="complaints", red=False)[
        ["patient", "rule", "red", "judged"]
    ]


def _episodes(flags: pd.DataFrame, *, red: bool) -> pd.DataFrame:
    """An alert for each breach that had none like it, or worse, in the days before."""
    days = flags.groupby(["patient", "rule", "judged"], as_index=False)["red"].max()
    if red:
        days = days[days["red"]]
    gap = days.groupby(["patient", "rule"])["judged"].diff()
    raised = days[(gap.isna() | (gap > QUIET)) & (days["red"] == red)]
    return raised.assign(severity="red" if red else "amber")
