"""A plain personal CUSUM per signal: the 28 days before tell the usual and its spread; one-sided, towards harm."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.alert_quality.cohort import Cohort
from benchmarks.alert_quality.door import accepted, judging_time
from benchmarks.alert_quality.people import Flags, Floats

HARMFUL = {
    "systolic": 1,
    "diastolic": 1,
    "heart_rate": 1,
    "oxygen_saturation": -1,
    "respiratory_rate": 1,
    "body_temperature": 1,
    "body_weight": 1,
    "glucose": 1,
    "peak_flow": -1,
    "fev1": -1,
    "cat_score": 1,
}
SMALLEST = {  # a spread of 0 is a meter's steps, not certainty
    "oxygen_saturation": 0.5,
    "body_temperature": 0.1,
    "body_weight": 0.1,
    "glucose": 0.3,
    "fev1": 0.02,
}
BASELINE = 28  # days
NEEDED = 14  # of them with a reading (of a weekly score three)
K, H = 1.0, 4.0
QUIET = 7  # days without a signal after which a signal is a new alert


def judge(cohort: Cohort) -> pd.DataFrame:
    """Alerts: patient, rule, severity, raised_at."""
    taken = accepted(cohort)
    patients, days = taken["patient"].unique(), int(taken["judged"].max()) + 1
    place = pd.Series(range(len(patients)), index=patients)
    found = []
    for kind, side in HARMFUL.items():
        rows = taken[taken["kind"] == kind]
        if rows.empty:
            continue
        known = rows.groupby(["patient", "judged"], as_index=False)["value"].mean()
        values = np.full((len(patients), days), np.nan)
        values[place[known["patient"]].to_numpy(), known["judged"].to_numpy()] = side * known["value"]
        needed = 3 if kind == "cat_score" else NEEDED
        who, when = np.nonzero(new_ones(cusum(standardised(values, SMALLEST.get(kind, 1.0), needed))))
        found.append(pd.DataFrame({"patient": patients[who], "rule": kind, "judged": when}))
    alerts = pd.concat(found, ignore_index=True).assign(severity="amber")
    alerts["raised_at"] = judging_time(cohort, alerts["judged"])
    return alerts[["patient", "rule", "severity", "raised_at"]]


def standardised(values: Floats, smallest: float = 0.0, needed: int = NEEDED) -> Floats:
    """Days since the median of the 28 before, in 1.4826 × MAD; nan without a reading or without enough before."""
    z = np.full(values.shape, np.nan)
    for day in range(1, values.shape[1]):
        before = values[:, max(0, day - BASELINE) : day]
        enough = (~np.isnan(before)).sum(axis=1) >= needed
        here = enough & ~np.isnan(values[:, day])
        if here.any():
            centre = _medians(before[here])
            spread = 1.4826 * _medians(np.abs(before[here] - centre[:, None]))
            z[here, day] = (values[here, day] - centre) / np.maximum(spread, smallest or 1e-9)
    return z


def cusum(z: Floats, k: float = K, h: float = H) -> Flags:
    """Days on which the sum of what exceeds k is over h. It starts anew after a signal; days without z are passed over."""
    flags = np.zeros(z.shape, dtype=bool)
    total = np.zeros(z.shape[0])
    for day in range(z.shape[1]):
        here = ~np.isnan(z[:, day])
        total = np.where(here, np.maximum(0.0, total + np.nan_to_num(z[:, day]) - k), total)
        flags[:, day] = here & (total > h)
        total[flags[:, day]] = 0.0
    return flags


def new_ones(flags: Flags, quiet: int = QUIET) -> Flags:
    """Flags with none in the `quiet` days before."""
    recent = np.zeros_like(flags)
    for back in range(1, min(quiet, flags.shape[1] - 1) + 1):
        recent[:, back:] |= flags[:, :-back]
    return flags & ~recent


def _medians(rows: Floats) -> Floats:
    """The median of each row without its nans."""
    ordered = np.sort(rows, axis=1)
    count = (~np.isnan(rows)).sum(axis=1)
    at = np.arange(len(rows))
    return (ordered[at, (count - 1) // 2] + ordered[at, count // 2]) / 2
