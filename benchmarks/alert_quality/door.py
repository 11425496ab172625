"""What the two plain ways take in: what any service's door does before a limit is looked at."""

from __future__ import annotations

import numpy as np
import pandas as pd

from benchmarks.alert_quality.cohort import JUDGED_AT, Cohort

# Outside these it is not a reading (clinical notes 1.2).
POSSIBLE = {
    "systolic": (50, 300),
    "diastolic": (30, 200),
    "heart_rate": (20, 250),
    "oxygen_saturation": (50, 100),
    "respiratory_rate": (4, 60),
    "body_temperature": (30, 43),
    "body_weight": (25, 300),
    "glucose": (0.6, 50),
    "peak_flow": (30, 900),
    "fev1": (0.2, 8),
    "cat_score": (0, 40),
}
IN_STORED_UNIT = {"lb": 0.45359237, "mg/dL": 1 / 18.0156}
PULSE_PRESSURE = 10  # mmHg at least
WEIGHT_CHANGE = 0.2  # of the median of a person's last seven: more is a number in pounds, or somebody else


def accepted(cohort: Cohort) -> pd.DataFrame:
    """Readings once, in the stored unit and possible; with `judged`, the number of the first judging that knew them."""
    taken = cohort.readings.drop_duplicates(["patient", "kind", "measured_at", "value"]).copy()
    taken["value"] *= taken["unit"].map(IN_STORED_UNIT).fillna(1.0).astype("float64")
    low = taken["kind"].map({kind: limits[0] for kind, limits in POSSIBLE.items()}).fillna(-np.inf)
    high = taken["kind"].map({kind: limits[1] for kind, limits in POSSIBLE.items()}).fillna(np.inf)
    taken = taken[(taken["value"] >= low) & (taken["value"] <= high)]
    taken = taken[~_not_a_pair(taken) & ~_not_that_weight(taken)]
    taken["judged"] = judging_of(cohort, taken["received_at"])
    taken["day"] = (taken["measured_at"] - cohort.start) // pd.Timedelta(days=1)
    return taken.reset_index(drop=True)


def judging_of(cohort: Cohort, received: pd.Series) -> pd.Series:
    """The number of the first daily judging at or after these moments."""
    since = (received - cohort.start - pd.Timedelta(hours=JUDGED_AT)) / pd.Timedelta(days=1)
    return np.ceil(since).astype(int).clip(lower=0)


def judging_time(cohort: Cohort, judged: pd.Series) -> pd.Series:
    """When a judging took place."""
    return cohort.start + pd.Timedelta(hours=JUDGED_AT) + pd.to_timedelta(judged, unit="D")


def _not_a_pair(taken: pd.DataFrame) -> pd.Series:
    """Blood pressures whose two numbers cannot belong together."""
    pressure = taken[taken["kind"].isin(["systolic", "diastolic"])]
    wide = pressure.pivot_table(index=["patient", "measured_at"], columns="kind", values="value")
    if not {"systolic", "diastolic"} <= set(wide.columns):
        return pd.Series(data=False, index=taken.index)
    wrong = wide.index[wide["systolic"] - wide["diastolic"] < PULSE_PRESSURE]
    keys = pd.MultiIndex.from_frame(taken[["patient", "measured_at"]])
    return pd.Series(keys.isin(wrong), index=taken.index) & taken["kind"].isin(["systolic", "diastolic"])


def _not_that_weight(taken: pd.DataFrame) -> pd.Series:
    """Weights that are far from the ones received before."""
    weights = taken[taken["kind"] == "body_weight"]
    before = weights.groupby("patient")["value"].transform(lambda one: one.rolling(7, 1).median().shift())
    far = (weights["value"] / before - 1).abs() > WEIGHT_CHANGE
    return far.reindex(taken.index, fill_value=False).astype(bool)
