"""NEWS2, the National Early Warning Score 2 (Royal College of Physicians, London, 2017).

Seven measurements of one set get points each; their sum says how urgently somebody looks. For people of 16 and
over, not in pregnancy; it is not validated for measuring at home. Which measurements make a set (the clinical
notes propose 60 minutes at most between them) and who is on scale 2 is the caller's business: scale 2 is for
people with a prescribed target of 88 to 92 %, and nothing in a set can show that.

Where a measurement is missing there is no total. `partial` is then the sum so far, and `risk` what that sum and
a single 3 show already: points are only ever added, so it can rise and never fall as the rest comes in. Where
they show nothing, risk is unknown, not low: what was not measured must not look like a good answer.

`score` is for one set, `score_all` for arrays; both count with the same bands and the same arithmetic.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import lru_cache
from math import floor, inf, isnan, nan
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from foundation.errors import Refused

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LETTERS = "ACVPU"  # in the order in which the catalogue places these answers


class Bands:
    """Points by value, from the lowest band up: each reaches to its last value, the last without end."""

    def __init__(self, *bands: tuple[float, int]) -> None:
        self.last = [last for last, _ in bands]
        self.points = [points for _, points in bands]
        self._points = np.array(self.points, dtype=float)

    def of(self, value: float) -> int:
        """The points of one value."""
        return self.points[bisect_left(self.last, value)]

    def of_all(self, values: Floats) -> Floats:
        """The points of each value, NaN where there is none."""
        there = ~np.isnan(values)
        points = np.full(values.shape, nan)
        points[there] = self._points[np.searchsorted(self.last, values[there], side="left")]
        return points


# The chart. Scale 2 scores what is above its target only on oxygen: on air nobody gives too much of it.
RESPIRATION = Bands((8, 3), (11, 1), (20, 0), (24, 2), (inf, 3))
SATURATION_1 = Bands((91, 3), (93, 2), (95, 1), (inf, 0))
SATURATION_2_AIR = Bands((83, 3), (85, 2), (87, 1), (inf, 0))
SATURATION_2_OXYGEN = Bands((83, 3), (85, 2), (87, 1), (92, 0), (94, 1), (96, 2), (inf, 3))
OXYGEN = Bands((0, 0), (1, 2))
SYSTOLIC = Bands((90, 3), (100, 2), (110, 1), (219, 0), (inf, 3))
PULSE = Bands((40, 3), (50, 1), (90, 0), (110, 1), (130, 2), (inf, 3))
CONSCIOUSNESS = Bands((0, 0), (4, 3))
TEMPERATURE = Bands((35.0, 3), (36.0, 1), (38.0, 0), (39.0, 1), (inf, 2))

RISKS = ("low", "low-medium", "medium", "high")
_RISK_FROM = Bands((4, 0), (6, 2), (inf, 3))  # place in RISKS by the sum
_SINGLE = 3  # points of one part that alone ask for an urgent review: low-medium

# The longest time to the next set, in hours; the chart says 4 to 6 hours from a sum of 1. 0 is without a break.
_HOURS_AT_LEAST_LOW_MEDIUM = {"low-medium": 1, "medium": 1, "high": 0}
_HOURS_LOW = Bands((0, 12), (inf, 6))


class _Column(NamedTuple):
    lowest: float
    highest: float
    per_unit: int  # how finely the chart counts: 10 is to a tenth
    must: str
    choice: bool = False  # one of few answers, given here by their places


# Far wider than what is plausible (that is ingest's to judge): outside is a slip or another unit, in any illness.
_COLUMNS = {
    "rr": _Column(0, 200, 1, "breaths a minute, from 0 to 200"),
    "spo2": _Column(0, 100, 1, "per cent, from 0 to 100"),
    "o2": _Column(0, 1, 1, "True (on oxygen) or False (on air)", choice=True),
    "sbp": _Column(0, 500, 1, "mmHg, from 0 to 500"),
    "hr": _Column(0, 500, 1, "beats a minute, from 0 to 500"),
    "acvpu": _Column(0, 4, 1, "one of the letters A, C, V, P, U", choice=True),
    "temp": _Column(0, 50, 10, "degrees Celsius, from 0 to 50"),
    "scale": _Column(1, 2, 1, "1, or 2 for a prescribed target of 88 to 92 %", choice=True),
}
PARTS = tuple(name for name in _COLUMNS if name != "scale")
_LETTER = {letter: float(place) for place, letter in enumerate(LETTERS)}


class Parts(NamedTuple):
    """Points of each measurement; None where it is missing."""

    rr: int | None
    spo2: int | None
    o2: int | None
    sbp: int | None
    hr: int | None
    acvpu: int | None
    temp: int | None


class Score(NamedTuple):
    """NEWS2 of one set."""

    total: int | None  # 0 to 20; None where a part is missing
    risk: str | None  # one of RISKS; of a partial set at least this; None where not known yet
    parts: Parts
    partial: int  # the sum of the parts there are; of a whole set the total

    @property
    def hours(self) -> int | None:
        """The longest time to the next set, in hours, 0 for watching without a break.

        None where risk is not known yet: the set is to be completed first.
        """
        if self.risk is None:
            return None
        return _HOURS_AT_LEAST_LOW_MEDIUM.get(self.risk, _HOURS_LOW.of(self.partial))


class Scores(NamedTuple):
    """NEWS2 of many sets, as arrays of one length."""

    total: Floats  # NaN where a part is missing
    risk: Ints  # place in RISKS; -1 where not known yet
    parts: Mapping[str, Floats]  # by the names in PARTS, NaN where missing
    partial: Ints


def score(
    *,
    rr: float | None,  # breaths/min
    spo2: float | None,  # %
    o2: bool | None,  # True: on oxygen
    sbp: float | None,  # systolic, mmHg
    hr: float | None,  # beats/min
    acvpu: str | float | None,  # a letter, or its place in LETTERS as readings hold it
    temp: float | None,  # °C
    scale: int = 1,
) -> Score:
    """NEWS2 of one set; None or NaN is a missing measurement.

    Refused `news2_impossible` with the measurement's name in `field`, for what no person can have.
    """
    on_oxygen = _given("o2", o2)
    parts = Parts(
        rr=_points(RESPIRATION, _given("rr", rr)),
        spo2=_saturation(_given("spo2", spo2), on_oxygen, _scale(scale)),
        o2=_points(OXYGEN, on_oxygen),
        sbp=_points(SYSTOLIC, _given("sbp", sbp)),
        hr=_points(PULSE, _given("hr", hr)),
        acvpu=_points(CONSCIOUSNESS, _given("acvpu", acvpu)),
        temp=_points(TEMPERATURE, _given("temp", temp)),
    )
    return of_parts(parts)


@lru_cache(maxsize=10_000)
def of_parts(parts: Parts) -> Score:
    """Sum and risk of points that are known."""
    known = [points for points in parts if points is not None]
    partial = sum(known)
    whole = len(known) == len(parts)
    place = max(_RISK_FROM.of(partial), int(_SINGLE in known))
    return Score(partial if whole else None, RISKS[place] if whole or place else None, parts, partial)


def score_all(
    *,
    rr: ArrayLike,
    spo2: ArrayLike,
    o2: ArrayLike,
    sbp: ArrayLike,
    hr: ArrayLike,
    acvpu: ArrayLike,
    temp: ArrayLike,
    scale: ArrayLike = 1,
) -> Scores:
    """NEWS2 of many sets: as `score`, with arrays of one length; `scale` may be one number for all.

    o2 also as 1.0 and 0.0, acvpu as letters or places, NaN or None where missing.
    Refused `news2_impossible`, naming the first such row (from 0) and its column.
    """
    given = (rr, spo2, o2, sbp, hr, acvpu, temp, scale)
    columns = [_numbers(name, column) for name, column in zip(_COLUMNS, given, strict=True)]
    values = dict(zip(_COLUMNS, np.broadcast_arrays(*map(np.atleast_1d, columns)), strict=True))
    _refuse_impossible(values)
    counted = {name: _rounded_all(column, _COLUMNS[name].per_unit) for name, column in values.items()}
    parts = {
        "rr": RESPIRATION.of_all(counted["rr"]),
        "spo2": _saturation_all(counted["spo2"], counted["o2"], counted["scale"]),
        "o2": OXYGEN.of_all(counted["o2"]),
        "sbp": SYSTOLIC.of_all(counted["sbp"]),
        "hr": PULSE.of_all(counted["hr"]),
        "acvpu": CONSCIOUSNESS.of_all(counted["acvpu"]),
        "temp": TEMPERATURE.of_all(counted["temp"]),
    }
    points = np.stack(list(parts.values()))
    whole = ~np.isnan(points).any(axis=0)
    partial = np.nansum(points, axis=0)
    risk = np.maximum(_RISK_FROM.of_all(partial), (points == _SINGLE).any(axis=0)).astype(np.int64)
    risk[~whole & (risk == 0)] = -1
    return Scores(np.where(whole, partial, nan), risk, parts, partial.astype(np.int64))


# ------------------------------------------------------------------ one value


def _points(bands: Bands, value: float) -> int | None:
    return None if isnan(value) else bands.of(value)


def _saturation(value: float, on_oxygen: float, scale: int) -> int | None:
    """Without knowing of oxygen, scale 2 still has points wherever air and oxygen have the same."""
    if scale == 1:
        return _points(SATURATION_1, value)
    on_air, with_oxygen = _points(SATURATION_2_AIR, value), _points(SATURATION_2_OXYGEN, value)
    if isnan(on_oxygen):
        return on_air if on_air == with_oxygen else None
    return with_oxygen if on_oxygen else on_air


@lru_cache(maxsize=10_000)  # there are few different values, and a file repeats them
def _given(column: str, given: Any) -> float:
    """The value as the chart counts it; NaN where missing. Refused where no person can have it."""
    value = _number(column, given)
    if isnan(value):
        return nan
    limits = _COLUMNS[column]
    if not limits.lowest <= value <= limits.highest or (limits.choice and value != floor(value)):
        raise Refused("news2_impossible", must(column), field=column)
    return _rounded(value, limits.per_unit)


def _scale(given: Any) -> int:
    value = _given("scale", given)
    if isnan(value):
        raise Refused("news2_impossible", must("scale"), field="scale")
    return int(value)


def _number(column: str, given: Any) -> float:
    """The number that is meant; NaN where nothing came, infinite where it is no number."""
    if given is None:
        return nan
    if isinstance(given, str):
        return _LETTER.get(given, inf) if column == "acvpu" else inf
    try:
        return float(given)
    except (TypeError, ValueError):
        return inf


def _rounded(value: float, per_unit: int) -> float:
    """To whole units or tenths, half up, as people round what they read off a display.

    In millionths of a step first: 35.05 cannot be held in binary and 95.09 °F turned into 35.05 °C even less,
    and neither may fall below the half that it is.
    """
    return (round(value * per_unit * 1e6) + 500_000) // 1_000_000 / per_unit


def must(column: str) -> str:
    """What stands in this column, as a sentence to who wrote something else."""
    return f"{column} must be {_COLUMNS[column].must}."


# ------------------------------------------------------------------ arrays


def _saturation_all(values: Floats, on_oxygen: Floats, scale: Floats) -> Floats:
    on_air, with_oxygen = SATURATION_2_AIR.of_all(values), SATURATION_2_OXYGEN.of_all(values)
    unknown = np.where(on_air == with_oxygen, on_air, nan)
    second = np.select([on_oxygen == 1, on_oxygen == 0], [with_oxygen, on_air], unknown)
    return np.where(scale == 1, SATURATION_1.of_all(values), second)


def _numbers(column: str, given: ArrayLike) -> Floats:
    """As `_number`, for each; arrays of numbers at once."""
    # A list as it is: of False and "yes" numpy would make two texts.
    array = np.asarray(given, dtype=getattr(given, "dtype", object))
    if array.dtype.kind in "biuf":
        return array.astype(np.float64)
    each: Sequence[Any] = np.atleast_1d(array).tolist()
    return np.array([_number(column, one) for one in each], dtype=np.float64)


def _refuse_impossible(values: Mapping[str, Floats]) -> None:
    wrong = np.stack([_impossible(column, _COLUMNS[name]) for name, column in values.items()])
    wrong[-1] |= np.isnan(values["scale"])
    if wrong.any():
        row = int(np.argmax(wrong.any(axis=0)))
        column = list(values)[int(np.argmax(wrong[:, row]))]
        raise Refused("news2_impossible", f"Row {row}: {must(column)}", field=f"/{row}/{column}")


def _impossible(values: Floats, limits: _Column) -> Bools:
    outside: Bools = (values < limits.lowest) | (values > limits.highest)
    return outside | (values != np.floor(values)) & ~np.isnan(values) if limits.choice else outside


def _rounded_all(values: Floats, per_unit: int) -> Floats:
    """As `_rounded`, for each."""
    rounded: Floats = np.floor_divide(np.rint(values * per_unit * 1e6) + 500_000, 1_000_000) / per_unit
    return rounded
