"""Fixed limits on single readings, the same for everybody: what most services use; and the same made quiet.

As they are, fixed limits buy some of their speed with false cards: who is alerted every other week is alerted soon after any
onset. So a second judge moves them all outward, on each pathway, until their false cards are no more than the target allows.
"""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from benchmarks.alert_quality.cohort import Cohort
from benchmarks.alert_quality.door import accepted, judging_time
from benchmarks.alert_quality.scoring import CHAIN, CHAINS, count

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


STEP = {  # what one step outward is: about one SD of a single reading
    "systolic": 7.6,
    "diastolic": 7.1,
    "heart_rate": 7.3,
    "oxygen_saturation": 1.2,
    "respiratory_rate": 2.0,
    "body_temperature": 0.25,
    "body_weight": 0.62,
    "glucose": 1.45,
    "peak_flow": 0.05,  # of the best
    "consciousness": 0.0,
}
STEPS = [number / 2 for number in range(17)]


def judge(cohort: Cohort) -> pd.DataFrame:
    """Alerts: patient, rule, severity, raised_at."""
    return _moved(cohort, accepted(cohort), 0.0)


def judge_quietly(cohort: Cohort, false: float) -> pd.DataFrame:
    """The alerts of the first outward step with no more than so many false cards a patient-year."""
    taken = accepted(cohort)
    alerts = _moved(cohort, taken, 0.0)
    for outward in STEPS[1:]:
        counted = count(alerts, cohort.events, cohort.watched, CHAINS.get(cohort.pathway, CHAIN))
        if counted.false <= false * counted.quiet_years:
            break
        alerts = _moved(cohort, taken, outward)
    return alerts


def _moved(cohort: Cohort, taken: pd.DataFrame, outward: float) -> pd.DataFrame:
    """The alerts with every limit moved by so many steps."""
    flags = pd.concat(
        [
            _levels(taken, cohort.pathway, outward),
            _weight(taken, outward),
            _peak_flow(taken, outward),
            _complaints(taken, 1 + int(outward)),
        ]
    )
    alerts = pd.concat([_episodes(flags, red=True), _episodes(flags, red=False)], ignore_index=True)
    alerts["raised_at"] = judging_time(cohort, alerts["judged"])
    return alerts[["patient", "rule", "severity", "raised_at"]]


def _levels(taken: pd.DataFrame, pathway: str, outward: float) -> pd.DataFrame:
    found = []
    for kind, limits in LIMITS.items():
        own = COPD_OXYGEN if (kind, pathway) == ("oxygen_saturation", "copd") else limits
        rows, away = taken[taken["kind"] == kind], outward * STEP[kind]
        low, high = rows["value"] + away, rows["value"] - away
        red = pd.Series(data=False, index=rows.index)
        amber = red.copy()
        if own.red_low is not None:
            red |= low <= own.red_low
        if own.red_high is not None:
            red |= high >= own.red_high
        if own.amber_low is not None:
            amber |= low <= own.amber_low
        if own.amber_high is not None:
            amber |= high >= own.amber_high
        found.append(rows[red | amber].assign(rule=kind, red=red[red | amber]))
    return pd.concat(found)[["patient", "rule", "red", "judged"]]


def _weight(taken: pd.DataFrame, outward: float) -> pd.DataFrame:
    rise, days = WEIGHT
    daily = taken[taken["kind"] == "body_weight"].groupby(["patient", "day"], as_index=False).last()
    found = []
    for back in range(1, days + 1):
        before = daily[["patient", "day", "value", "judged"]].assign(day=daily["day"] + back)
        both = daily.merge(before, on=["patient", "day"], suffixes=("", "_before"))
        both["judged"] = both[["judged", "judged_before"]].max(axis=1)
        found.append(both[both["value"] - both["value_before"] > rise + outward * STEP["body_weight"]])
    return pd.concat(found).assign(rule="weight_rise", red=False)[["patient", "rule", "red", "judged"]]


def _peak_flow(taken: pd.DataFrame, outward: float) -> pd.DataFrame:
    amber, red, days = BEST
    rows = taken[taken["kind"] == "peak_flow"].copy()
    first = rows.groupby("patient")["day"].transform("min")
    best = rows[rows["day"] < first + days].groupby("patient")["value"].max()
    share = rows["value"] / rows["patient"].map(best).astype("float64") + outward * STEP["peak_flow"]
    low = rows[share < amber]
    return low.assign(rule="peak_flow", red=share[share < amber] < red)[["patient", "rule", "red", "judged"]]


def _complaints(taken: pd.DataFrame, running: int) -> pd.DataFrame:
    """Days with enough complaints, which are at least the last of so many running."""
    asked = taken[taken["kind"].isin(COMPLAINTS)]
    worse = asked[asked["value"] >= asked["kind"].map(COMPLAINTS).astype("float64")]
    days = worse.groupby(["patient", "day"], as_index=False).agg(
        many=("kind", "nunique"), judged=("judged", "max")
    )
    days = days[days["many"] >= ANTHONISEN]
    for back in range(1, running):
        before = days[["patient", "day"]].assign(day=days["day"] + back).drop_duplicates()
        days = days.merge(before, on=["patient", "day"])
    return days.assign(rule="complaints", red=False)[["patient", "rule", "red", "judged"]]


def _episodes(flags: pd.DataFrame, *, red: bool) -> pd.DataFrame:
    """An alert for each breach that had none like it, or worse, in the days before."""
    days = flags.groupby(["patient", "rule", "judged"], as_index=False)["red"].max()
    if red:
        days = days[days["red"]]
    gap = days.groupby(["patient", "rule"])["judged"].diff()
    raised = days[(gap.isna() | (gap > QUIET)) & (days["red"] == red)]
    return raised.assign(severity="red" if red else "amber")
