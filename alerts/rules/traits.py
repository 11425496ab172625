"""Traits: lasting facts about one patient that rules use and no reading holds. A clinician sets each, with a reason.

None is ever inferred: not a target of 88 to 92 % from COPD, not a dry weight from weights. Where a trait is not set,
each rule says what it does without it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from alerts.moments import Floats, Ints


@dataclass(frozen=True, slots=True)
class Trait:
    """One fact. Values lie from `lowest` to `highest`; outside is a slip of the pen, not a patient."""

    name: str
    unit: str  # as shown; "" where the number says it all
    meaning: str
    lowest: float
    highest: float


_ALL = (
    Trait("born", "days", "date of birth, in days since 1 January 1970", -54_789, 54_788),  # 1820 to 2119
    Trait("oxygen_scale", "", "scale of NEWS2: 2 where a target of 88 to 92 % is prescribed, else 1", 1, 2),
    Trait("dry_weight", "kg", "weight without fluid to lose", 25, 300),
    Trait("best_peak_flow", "L/min", "personal best peak flow", 30, 900),
    Trait("best_fev1", "L", "personal best FEV1", 0.2, 8),
    Trait("glucose_target_fasting", "mmol/L", "agreed target of glucose before breakfast", 4, 15),
    Trait("frail", "", "1 for older or frail people with wider glucose targets, else 0", 0, 1),
)
TRAITS: dict[str, Trait] = {trait.name: trait for trait in _ALL}

COLUMNS = ("patient_id", "name", "value")


def by_name(traits: pd.DataFrame | None, patients: Ints) -> dict[str, Floats]:
    """Name → the value for each of `patients` (sorted ids), NaN where it is not set; of several the last holds.

    traits: patient_id, name, value. Names nobody knows here are left aside: they may be those of a newer version
    that runs beside this one.
    """
    found: dict[str, Floats] = {}
    if traits is None or traits.empty:
        return found
    ids = traits["patient_id"].to_numpy(np.int64)
    own = np.isin(ids, patients)
    names = traits["name"].to_numpy(dtype=object)[own]
    place = np.searchsorted(patients, ids[own])
    value = traits["value"].to_numpy(np.float64)[own]
    for name in TRAITS:
        rows = names == name
        if rows.any():
            found[name] = np.full(len(patients), np.nan)
            found[name][place[rows]] = value[rows]
    return found


def ages(born: Floats, patient: Ints, day: Ints) -> Floats:
    """Age in whole years of each of `patient` (places in `born`) on a local day; NaN where birth is not known."""
    birth = born[patient]
    known = ~np.isnan(birth)
    on, at = np.nan_to_num(birth).astype(np.int64).view("M8[D]"), day.view("M8[D]")
    months = at.astype("M8[M]").astype(np.int64) - on.astype("M8[M]").astype(np.int64)
    not_yet = (at - at.astype("M8[M]")) < (on - on.astype("M8[M]"))  # the day of the month has not come
    return np.where(known, (months - not_yet) // 12, np.nan)
