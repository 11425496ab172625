"""How much of the time a glucose sensor shows values too low, in range, or too high. Source: consensus of 2019.

Shares of the last days' values, judged once a day, and only where the sensor was worn for most of that time. The
consensus has wider limits for people who are older or frail: a rule is for those with the trait `frail`, or for the
others. Where the ranges end is said in alerts.glucose.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from alerts.episodes import Episode
from alerts.glucose import BOUNDS
from alerts.moments import (
    DAY,
    HIGH,
    LOW,
    MINUTE,
    NORMAL,
    Bools,
    Floats,
    Ints,
    first_from,
    local_days,
    new_patient,
)
from alerts.rules.frames import Given, Readings, States, scale_of, steps
from alerts.rules.spec import Params, RuleSpec
from alerts.rules.words import local_time, plain
from ingest.catalogue import KINDS

RANGES = BOUNDS["mmol/L"]
# Minutes between values, and how far a gap between two of them may stretch and still be one: every sensor known to us
# gives a value each minute, every 5 or every 15.
CADENCES = ((1, 1.5), (5, 7.5), (15, 22.5))


@dataclass(frozen=True, kw_only=True)
class TimeInRange(Params):
    """Limits in per cent, the first that are passed in this order; and what a share is taken from."""

    very_low: float | None = None  # time below 3.0 mmol/L, at least
    low: float | None = None  # time below 3.9, at least
    in_range: float | None = None  # time from 3.9 to 10.0, less than
    very_high: float | None = None  # time above 13.9, at least
    high: float | None = None  # time above 10.0, at least
    variation: float | None = None  # coefficient of variation, more than
    frail: bool = False  # for whom: those with the trait, or those without
    days: int = 14  # whole local days before the moment's own
    worn: float = 70  # per cent of the values there would be at the person's own cadence, at least

    def __post_init__(self) -> None:
        """A sentence tells what is meant by its limit, so no two are equal."""
        limits = [limit for _, limit in self.limits]
        if not limits or len(set(limits)) < len(limits) or not all(0 < limit <= 100 for limit in limits):  # noqa: PLR2004 per cent
            raise ValueError("give at least one limit, per cent, no two of them equal")
        if self.days < 1 or not 0 < self.worn <= 100:  # noqa: PLR2004 per cent
            raise ValueError("days is 1 or more, worn a percentage")

    @property
    def limits(self) -> list[tuple[str, float]]:
        """What is measured and its limit, in the order in which they decide."""
        every = ("very_low", "low", "in_range", "very_high", "high", "variation")
        return [(name, limit) for name in every if (limit := getattr(self, name)) is not None]

    @property
    def lookback(self) -> timedelta:
        """Whole local days, and the moment's own; one of them may have 25 hours."""
        return timedelta(days=self.days + 1, hours=1)


SAYS = {
    "very_low": "below 3.0 mmol/L",
    "low": "below 3.9 mmol/L",
    "in_range": "in range, 3.9 to 10.0 mmol/L,",
    "very_high": "above 13.9 mmol/L",
    "high": "above 10.0 mmol/L",
}


def states(spec: RuleSpec, given: Given) -> pd.DataFrame:
    """The first confirmed value of each local day, of those the rule is for, where the sensor was worn enough before it.

    The values are those of the `days` local days before. Worn: their number against that of values at the person's
    own cadence, which is the shortest of 1, 5 and 15 minutes that covers most of the intervals between them. The
    rule's severity: a limit is passed. Else normal. The figure is the first one that passes.
    """
    (kind,) = spec.kinds
    params = spec.params_as(TimeInRange)
    mine = (given.trait("frail") == 1) == params.frail
    readings = given.confirmed(kind)
    readings = readings.where(mine[readings.patient])
    day = local_days(readings.at)
    judged = np.flatnonzero(new_patient(readings.patient) | new_patient(day))
    judged = judged[given.to_judge(readings.patient[judged], readings.at[judged])]
    patient, at = readings.patient[judged], readings.at[judged]
    start = first_from(readings.patient, day, patient, day[judged] - params.days)
    worn = _worn(readings, start, judged, params.days)
    enough = worn >= params.worn
    judged, start, patient, at = judged[enough], start[enough], patient[enough], at[enough]
    found = _figures(steps(readings.value, kind), kind, start, judged)
    figure, limit = np.full(len(at), np.nan), np.full(len(at), np.nan)
    side = np.full(len(at), HIGH, dtype=np.int8)
    for name, least in params.limits:
        passed = np.isnan(limit) & _passes(name, found[name], least)
        figure[passed], limit[passed] = found[name][passed], least
        side[passed] = LOW if name == "in_range" else HIGH
    level = np.where(np.isnan(limit), NORMAL, spec.fixed_severity()).astype(np.int8)
    return States(patient, at, level, readings.at[start], figure, limit, KINDS[kind].id, side).frame(given)


def _worn(readings: Readings, start: Ints, end: Ints, days: int) -> Floats:
    """Per cent of the values there would be over the days, of the rows from each start to before its end."""
    gap = np.diff(readings.at, prepend=readings.at[:1])
    gap[new_patient(readings.patient)] = -1  # no interval
    count = end - start
    worn = np.zeros(len(count))
    unknown = count > 1
    for minutes, longest in CADENCES:
        within = np.concatenate(([0], np.cumsum((gap >= 0) & (gap <= round(longest * MINUTE)))))
        # The first row's own interval reaches back before the days.
        intervals = within[end] - within[np.minimum(start + 1, end)]
        usual = unknown & (2 * intervals > count - 1)
        worn[usual] = 100 * count[usual] / (days * DAY / (minutes * MINUTE))
        unknown &= ~usual
    return np.minimum(worn, 100.0)


def _figures(value: Ints, kind: str, start: Ints, end: Ints) -> dict[str, Floats]:
    """Of the rows from each start to before its end: shares in per cent, and the coefficient of variation.

    Sums of whole numbers: the same however much history was loaded before them.
    """
    count = end - start

    def summed(each: Ints | Bools) -> Ints:
        so_far = np.concatenate(([0], np.cumsum(each)))
        return so_far[end] - so_far[start]

    very_low, low, high, very_high = (np.rint(bound * scale_of(kind)).astype(np.int64) for bound in RANGES)
    total, squares = summed(value), summed(value * value)
    variance = (count * squares - total * total) / (count * np.maximum(count - 1, 1))
    return {
        "very_low": 100 * summed(value < very_low) / count,
        "low": 100 * summed(value < low) / count,
        "in_range": 100 * summed((value >= low) & (value <= high)) / count,
        "very_high": 100 * summed(value > very_high) / count,
        "high": 100 * summed(value > high) / count,
        "variation": 100 * np.sqrt(variance) * count / total,
    }


def _passes(name: str, figure: Floats, limit: float) -> Bools:
    if name == "in_range":
        return figure < limit
    return figure > limit if name == "variation" else figure >= limit


def sentence(spec: RuleSpec, episode: Episode) -> str:
    """What share of the time, over which days, and its limit."""
    params = spec.params_as(TimeInRange)
    name = next((name for name, limit in params.limits if limit == episode.limit), params.limits[0][0])
    days = f"over the {params.days} days before {local_time(episode.evidence_at)}"
    figure = _shown(name, episode.figure)
    if name == "variation":
        return f"Sensor glucose varies by {figure} % of its mean {days}: more than the limit of {plain(episode.limit)} %."
    held = "less than" if name == "in_range" else "at or above"
    return f"Sensor glucose {SAYS[name]} {figure} % of the time {days}: {held} the limit of {plain(episode.limit)} %."


def arithmetic(spec: RuleSpec, _: Episode, readings: pd.DataFrame) -> list[str]:
    """How many values there were, and every share of them."""
    (kind,) = spec.kinds
    params = spec.params_as(TimeInRange)
    own = readings[((readings["kind"] == KINDS[kind].id) & readings["confirmed"]).to_numpy()]
    value = steps(own["value"].to_numpy(np.float64), kind)[:-1]  # the last is the one at which it is judged
    found = _figures(value, kind, np.array([0]), np.array([len(value)]))
    shares = [f"Time {SAYS[name].rstrip(',')}: {_shown(name, float(found[name][0]))} %" for name in SAYS]
    limits = ", ".join(f"{name.replace('_', ' ')} {plain(limit)} %" for name, limit in params.limits)
    return [
        f"{len(value)} values over {params.days} days",
        *shares,
        f"Coefficient of variation: {_shown('variation', float(found['variation'][0]))} %",
        f"Limits: {limits}",
    ]


def _shown(name: str, figure: float) -> str:
    """With one decimal, rounded so that it never seems to stand on the other side of its limit."""
    up = name == "variation"
    return f"{(np.ceil if up else np.floor)(round(figure * 10, 6)) / 10:.1f}"
