"""Plain columns of readings by the million, for benchmarks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from ingest import catalogue

UNTIL = datetime(2026, 11, 20, 12, tzinfo=UTC)
IN_BREACH = 0.01  # of series (one kind of one patient), on every one of their days


@dataclass(frozen=True)
class Columns:
    """One row a reading, ordered by patient, kind and time; no two share all three."""

    patient: NDArray[np.int32]  # from 0
    kind: NDArray[np.int16]  # the catalogue's number
    measured_at: NDArray[np.datetime64]  # UTC, microseconds
    value: NDArray[np.float64]  # in the kind's stored unit


@dataclass(frozen=True)
class Shape:
    """How a kind's values lie. Stable ones stay inside every limit; the others are in breach each day."""

    mean: float
    between: float
    within: float
    low: float  # stable values are kept between these
    high: float
    breach: float  # the level of a series in breach
    decimals: int = 0


SHAPES = {
    "systolic": Shape(128, 4, 5, 105, 149, 187),
    "diastolic": Shape(75, 4, 4, 55, 89, 115),
    "heart_rate": Shape(72, 7, 5, 54, 98, 127),
    "oxygen_saturation": Shape(97, 0.6, 0.6, 96, 100, 89),
    "respiratory_rate": Shape(15, 1, 1, 12, 19, 26),
    "body_temperature": Shape(36.7, 0.2, 0.2, 36.1, 37.4, 39.3, 1),
    "body_weight": Shape(80, 12, 0.2, 45, 130, 0, 1),  # in breach it rises, see below
    "glucose": Shape(7.5, 0.7, 0.6, 5.0, 11.0, 3.2, 1),
}
WEIGHT_NOISE = 0.5  # kg: a stable weight stays this near its own, so it never rises by 2 kg in 3 days
WEIGHT_RISE = np.array([0.0, 1.2, 2.4, 3.0])  # kg above the usual, over the last days


def uniform(patients: int, kinds: Sequence[int], days: int, seed: int, *, until: datetime = UNTIL) -> Columns:
    """One reading a day of each kind for each patient; about one series in a hundred is in breach.

    A weight in breach rises by 3 kg over the last four days; every other kind is beyond its limit all along.
    """
    rng = np.random.default_rng([seed, patients, days])
    shape = (patients, len(kinds), days)
    values = np.empty(shape)
    for place, number in enumerate(kinds):
        values[:, place] = _values(rng, catalogue.by_id(number).name, patients, days)
    return Columns(
        patient=np.repeat(np.arange(patients, dtype=np.int32), len(kinds) * days),
        kind=np.tile(np.repeat(np.array(kinds, dtype=np.int16), days), patients),
        measured_at=_times(rng, shape, until).ravel(),
        value=values.ravel(),
    )


def _times(rng: np.random.Generator, shape: tuple[int, int, int], until: datetime) -> NDArray[np.datetime64]:
    """One moment a day, a sitting of all kinds within ten minutes; the last within the day before `until`."""
    patients, kinds, days = shape
    last = np.datetime64(until.astimezone(UTC).replace(tzinfo=None), "us")
    back = np.arange(days, 0, -1) * 86_400
    sitting = rng.integers(0, 86_400 - 600, (patients, 1, days))
    seconds = sitting - back + (np.arange(kinds) * 600 // max(kinds, 1))[:, None]
    return last + seconds.astype("timedelta64[s]")


def _values(rng: np.random.Generator, kind: str, patients: int, days: int) -> NDArray[np.float64]:
    how = SHAPES[kind]
    own = np.clip(rng.normal(how.mean, how.between, (patients, 1)), how.low, how.high)
    noise = rng.normal(0, how.within, (patients, days))
    breaching = rng.random(patients) < IN_BREACH
    if kind == "body_weight":
        values = own + np.clip(noise, -WEIGHT_NOISE, WEIGHT_NOISE)
        rise = WEIGHT_RISE[-days:]
        values[breaching, -len(rise) :] += rise
    else:
        values = np.clip(own + noise, how.low, how.high)
        values[breaching] = how.breach + noise[breaching] * 0.2
    return np.round(values, how.decimals)
