"""A slow gain: the average of the last days above that of the weeks before. Source: the MACD family (Zhang 2009).

A fixed gain in a few days misses fluid that comes slowly in somebody whose weight is steady, and floods the team in
somebody whose weight is not. Averages of daily values do neither as much; how many days and kilograms is proposed
(clinical notes 3.3, on made-up people: real events often show no gain, so no sensitivity is claimed).
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from alerts.episodes import Episode
from alerts.moments import EPOCH, Floats, Ints, first_from, local_days, micros, new_patient
from alerts.rules.frames import Daily, Given, Readings, States, graded, scale_of, shown
from alerts.rules.medians import medians
from alerts.rules.spec import Params, RuleSpec
from alerts.rules.words import label, local_day, local_time, plain
from ingest.catalogue import KINDS


@dataclass(frozen=True, kw_only=True)
class MovingAverage(Params):
    """How many days make each average, and by how much that of the last days is more than the longer ones.

    Each average includes the moment's own day, and the long ones the days of the short one.
    """

    days: int = 3
    min_days: int = 2  # days with a value in it: fewer are no average
    middle_days: int = 14
    middle_min_days: int = 7
    middle_rise: float  # more than this above the middle one
    long_days: int = 28
    long_min_days: int = 14
    long_rise: float  # more than this above the long one

    def __post_init__(self) -> None:
        """From short to long, and from less to more: a sentence tells them apart by their limit."""
        if not 1 <= self.days < self.middle_days < self.long_days:
            raise ValueError("days, middle_days and long_days rise from 1 on")
        if not 0 < self.middle_rise < self.long_rise:
            raise ValueError("middle_rise is more than 0 and less than long_rise")
        if any(
            not 1 <= least <= days
            for days, least, _ in (self.middle, self.long, (self.days, self.min_days, 0))
        ):
            raise ValueError("min_days of each average is from 1 to its days")

    @property
    def middle(self) -> tuple[int, int, float]:
        """Days, those with a value, and the rise."""
        return self.middle_days, self.middle_min_days, self.middle_rise

    @property
    def long(self) -> tuple[int, int, float]:
        """Days, those with a value, and the rise."""
        return self.long_days, self.long_min_days, self.long_rise

    @property
    def lookback(self) -> timedelta:
        """Whole local days, one of which may have 25 hours."""
        return timedelta(days=self.long_days + 1, hours=1)


@dataclass(frozen=True)
class _Sums:
    """The daily values of some days up to each moment: exact, in halves of a shown step."""

    total: Ints
    days: Ints  # with a value


def states(spec: RuleSpec, given: Given) -> pd.DataFrame:
    """Every moment with a confirmed reading at which there is a short average and one to hold it against.

    A day's value is the median of its readings, of the moment's own day of those up to it, so that two weighings
    are not counted double. The rule's severity: the short average less the middle one is more than `middle_rise`,
    or less the long one more than `long_rise`. Else normal.
    """
    (kind,) = spec.kinds
    params = spec.params_as(MovingAverage)
    readings = given.confirmed(kind)
    judged = np.flatnonzero(given.to_judge(readings.patient, readings.at))
    patient, at = readings.patient[judged], readings.at[judged]
    if not len(judged):
        return States.none().frame(given)
    day = local_days(at)
    halves = 2 * scale_of(kind)
    today = np.rint(_so_far(readings, kind, judged) * halves).astype(np.int64)
    daily = given.daily(kind)
    short = _sums(daily, halves, patient, day, today, params.days)
    found, since = [], []
    for days, least, _ in (params.middle, params.long):
        other = _sums(daily, halves, patient, day, today, days)
        enough = (short.days >= params.min_days) & (other.days >= least)
        apart = short.total * other.days - other.total * short.days  # whole numbers: one division, and exact
        found.append(np.where(enough, apart / (halves * short.days * other.days), np.nan))
        first = first_from(readings.patient, local_days(readings.at), patient, day - days + 1)
        since.append(readings.at[first])
    middle, long = found
    long_only = ~(middle > params.middle_rise) & ((long > params.long_rise) | np.isnan(middle))
    rise = np.where(long_only, long, middle)
    limit = np.where(long_only, params.long_rise, params.middle_rise)
    level = graded(rise > limit, np.zeros(len(at), dtype=bool), spec.fixed_severity())
    stated = States(patient, at, level, np.where(long_only, since[1], since[0]), rise, limit, KINDS[kind].id)
    return stated.where(~np.isnan(rise)).frame(given)


def _so_far(readings: Readings, kind: str, rows: Ints) -> Floats:
    """The median of each row's local day up to it."""
    day = local_days(readings.at)
    starts = np.flatnonzero(new_patient(readings.patient) | new_patient(day))
    first = starts[np.searchsorted(starts, rows, side="right") - 1]
    return medians(shown(readings.value, kind), first, rows + 1)


def _sums(daily: Daily, halves: float, patient: Ints, day: Ints, today: Ints, days: int) -> _Sums:
    """Of the `days` local days that end with the moment's own."""
    start = first_from(daily.patient, daily.day, patient, day - days + 1)
    end = first_from(daily.patient, daily.day, patient, day)
    value = np.rint(daily.median * halves).astype(np.int64)
    total = np.concatenate(([0], np.cumsum(value)))
    return _Sums(total[end] - total[start] + today, end - start + 1)


def sentence(spec: RuleSpec, episode: Episode) -> str:
    """By how much, over which days, when, and the limit."""
    (kind,) = spec.kinds
    params = spec.params_as(MovingAverage)
    unit = KINDS[kind].unit_label
    days, _, _ = _held_against(params, episode)
    return (
        f"{label(kind)} averages {_shown(episode.figure)} {unit} more over the last {params.days} days than over the last "
        f"{days}, by {local_time(episode.evidence_at)}: more than the limit of {episode.limit:.1f} {unit}."
    )


def arithmetic(spec: RuleSpec, episode: Episode, readings: pd.DataFrame) -> list[str]:
    """The last days' values, the two averages, and the difference."""
    (kind,) = spec.kinds
    params = spec.params_as(MovingAverage)
    unit = KINDS[kind].unit_label
    days, _, _ = _held_against(params, episode)
    own = readings[((readings["kind"] == KINDS[kind].id) & readings["confirmed"]).to_numpy()]
    day = local_days(micros(own["measured_at"]))
    daily = pd.Series(shown(own["value"].to_numpy(np.float64), kind)).groupby(day).median()
    last = daily[daily.index > day[-1] - params.days]
    short, other = float(last.mean()), float(daily.mean())
    dates = (EPOCH.date() + timedelta(days=nth) for nth in last.index.tolist())
    return [
        *(f"{local_day(of_day)}: {plain(value)} {unit}" for of_day, value in zip(dates, last, strict=True)),
        f"Average of the last {params.days} days: {short:.2f} {unit} ({len(last)} with a value)",
        f"Average of the last {days} days: {other:.2f} {unit} ({len(daily)} with a value)",
        f"Difference {_shown(episode.figure)} {unit}, more than {plain(episode.limit)} {unit} needed",
    ]


def _held_against(params: MovingAverage, episode: Episode) -> tuple[int, int, float]:
    """The average that the episode is about."""
    return params.long if episode.limit == params.long_rise else params.middle


def _shown(rise: float) -> str:
    """With two decimals, rounded up, so that none seems not to be more than its limit."""
    return f"{np.ceil(round(rise * 100, 6)) / 100:.2f}"
