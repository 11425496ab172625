"""What a glucose sensor's values say of one person: mean, GMI, variation, and time in ranges.

Ranges and their bounds are those of the international consensus of 2019. Ends belong to the target range, and the
bounds that decide are those of the unit the values are in: 70 mg/dL is 3.885 mmol/L, and is in range all the same.

A sensor that shows Low or High says which side of all bounds the value is on, and no number. Such values count in
the shares of time and not in mean, GMI and variation: any number put in their place would be made up.

Whether there are days enough for the figures to mean anything (70 % of 14 days) is for who asks to know.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ingest import units
from ingest.catalogue import KINDS

SENSOR = KINDS["interstitial_glucose"]
_MG_IN_MMOL = units.ACCEPTED[SENSOR.name]["mg/dL"].divide


class Bounds(NamedTuple):
    """Where the ranges end, in one unit."""

    very_low: float  # below: level 2 low
    low: float  # below: low; the first value in range
    high: float  # above: high; the last value in range
    very_high: float  # above: level 2 high


BOUNDS = {
    "mmol/L": Bounds(3.0, 3.9, 10.0, 13.9),
    "mg/dL": Bounds(54, 70, 180, 250),
}


class Summary(NamedTuple):
    """One person's figures. Shares are per cent of all n; None where there is nothing to compute it from."""

    n: int  # values, with those that were Low or High
    mean_mmol: float | None  # mmol/L
    gmi_pct: float | None  # glucose management indicator, % as HbA1c is given
    tir_pct: float | None  # 3.9 to 10.0 mmol/L
    tbr39_pct: float | None  # below 3.9
    tbr30_pct: float | None  # below 3.0
    tar100_pct: float | None  # above 10.0
    tar139_pct: float | None  # above 13.9
    cv_pct: float | None  # coefficient of variation: sample standard deviation (n - 1) over mean


def summarise(values: ArrayLike, unit: str, *, low: int = 0, high: int = 0) -> Summary:
    """The figures of one person's values, in mg/dL or mmol/L as `unit` says; order does not matter.

    low, high: how often the sensor showed Low or High in place of a number.
    Refused `unit_missing` or `unit_unknown`.
    """
    bounds = BOUNDS[exact_unit(unit)]
    given = np.asarray(values, dtype=np.float64)
    n = len(given) + low + high

    def share(count: np.int64 | int) -> float | None:
        return 100 * int(count) / n if n else None

    mean = float(given.mean()) if len(given) else None
    spread = float(given.std(ddof=1)) if len(given) > 1 else None
    mean_mmol = None if mean is None else units.to_canonical(SENSOR, mean, unit)
    return Summary(
        n=n,
        mean_mmol=mean_mmol,
        gmi_pct=None if mean_mmol is None else gmi(mean_mmol),
        tir_pct=share(((given >= bounds.low) & (given <= bounds.high)).sum()),
        tbr39_pct=share((given < bounds.low).sum() + low),
        tbr30_pct=share((given < bounds.very_low).sum() + low),
        tar100_pct=share((given > bounds.high).sum() + high),
        tar139_pct=share((given > bounds.very_high).sum() + high),
        cv_pct=None if mean is None or spread is None else 100 * spread / mean,
    )


def gmi(mean_mmol: float) -> float:
    """Glucose management indicator in % for a mean in mmol/L (Bergenstal and others, 2018)."""
    return 3.31 + 0.02392 * mean_mmol * _MG_IN_MMOL


def exact_unit(unit: str) -> str:
    """The unit as BOUNDS writes it. Refused `unit_missing` or `unit_unknown`; never guessed from values."""
    how = units.conversion(SENSOR, unit)
    return next(name for name, same in units.ACCEPTED[SENSOR.name].items() if same == how)
