"""The average of a week of home blood pressure, the first day left out. Source: NICE NG136.

NG136: two readings a minute apart, twice a day, for at least four and ideally seven days; discard the first
day and average all the rest. That describes one stretch of measuring. Home series go on for months or come
as one week a month, so a measuring run here is, for any moment:

  the readings of the local day (Europe/London) of the moment and the `days` - 1 local days before it; of
  those days the first one with a reading is the first day of the run and is left out; the average is of all
  that is left.

There is no opinion before readings on `min_days` days (that first one counted) and `min_values` values in
the average. NG136 asks for four days; two readings twice a day on the three days that count would be twelve
values, but few people at home measure twice each time, so the packs ask for six and the sentence says how
many there were (proposed). Systolic and diastolic are averaged each by itself; the worse of the two
decides. From an age that a rule may name, the yellow averages are others.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from alerts.episodes import Episode
from alerts.moments import (
    AMBER,
    NORMAL,
    SEVERITY_NAMES,
    YELLOW,
    Bools,
    Floats,
    Ints,
    first_from,
    local_days,
    new_patient,
    same_moment,
)
from alerts.rules.frames import Given, Readings, States, scale_of, steps
from alerts.rules.spec import Params, RuleSpec
from alerts.rules.traits import ages
from alerts.rules.words import NAMES, label, local_day, local_time, number, plain, quantity
from ingest.catalogue import KINDS


@dataclass(frozen=True, kw_only=True)
class BloodPressureAverage(Params):
    """The averages (mmHg) from which it is yellow and amber, and what an average needs."""

    severities = (YELLOW, AMBER)

    yellow_systolic: float
    yellow_diastolic: float
    amber_systolic: float
    amber_diastolic: float
    aged_from: int | None = None  # years, by the trait `born`: from that age the yellow averages are these
    aged_systolic: float | None = None
    aged_diastolic: float | None = None
    days: int = 7
    min_days: int = 4
    min_values: int = 6

    def __post_init__(self) -> None:
        """Amber lies beyond yellow; the first day is left out, so two days are the least."""
        if not (self.yellow_systolic < self.amber_systolic and self.yellow_diastolic < self.amber_diastolic):
            raise ValueError("the amber averages must be higher than the yellow ones")
        if len({self.aged_from is None, self.aged_systolic is None, self.aged_diastolic is None}) > 1:
            raise ValueError("aged_from, aged_systolic and aged_diastolic come together")
        if (self.aged_systolic or 0) >= self.amber_systolic or (
            self.aged_diastolic or 0
        ) >= self.amber_diastolic:
            raise ValueError("the averages for the aged must be lower than the amber ones")
        if not 2 <= self.min_days <= self.days or self.min_values < 1:  # noqa: PLR2004 the sentence of the error says why
            raise ValueError("min_days is from 2 to days, min_values 1 or more")

    @property
    def lookback(self) -> timedelta:
        """Whole local days, one of which may have 25 hours."""
        return timedelta(days=self.days, hours=1)

    def bounds_of(self, kind: str) -> tuple[float, float]:
        """The yellow and the amber average of one of the two kinds."""
        if kind == "systolic":
            return self.yellow_systolic, self.amber_systolic
        return self.yellow_diastolic, self.amber_diastolic

    def yellow_of(self, kind: str, aged: Bools) -> Floats:
        """The yellow average of one of the two kinds, by whether the patient is of that age."""
        yellow, _ = self.bounds_of(kind)
        for_aged = self.aged_systolic if kind == "systolic" else self.aged_diastolic
        return np.where(aged, yellow if for_aged is None else for_aged, yellow)


def states(spec: RuleSpec, given: Given) -> pd.DataFrame:
    """Every moment with a confirmed reading of either kind at which either has an average.

    amber, yellow: an average at or above that limit. normal: none is. The figure is that of the kind that
    decides: the worse one, systolic where they are as bad as each other.
    """
    params = spec.params_as(BloodPressureAverage)
    both = [given.confirmed(kind) for kind in spec.kinds]
    patient, at = _moments(both)
    judged = given.to_judge(patient, at)
    patient, at = patient[judged], at[judged]
    day = local_days(at)
    # Age where it is not known is NaN, which is less than any.
    aged = ages(given.trait("born"), patient, day) >= (
        np.inf if params.aged_from is None else params.aged_from
    )
    systolic, diastolic = (
        _judged(readings, kind, params, patient, at, day, aged)
        for kind, readings in zip(spec.kinds, both, strict=True)
    )
    worse = diastolic.level > systolic.level
    found = systolic.but_where(worse, diastolic)
    return found.where(found.level != _NO_OPINION).frame(given)


_NO_OPINION = -2


def _judged(
    readings: Readings,
    kind: str,
    params: BloodPressureAverage,
    patient: Ints,
    at: Ints,
    day: Ints,
    aged: Bools,
) -> States:
    """How the average of one kind stands at each moment."""
    mean, first = _average(readings, kind, params, patient, at, day)
    yellow, (_, amber) = params.yellow_of(kind, aged), params.bounds_of(kind)
    level = np.select([np.isnan(mean), mean >= amber, mean >= yellow], [_NO_OPINION, AMBER, YELLOW], NORMAL)
    limit = np.where(level == AMBER, amber, yellow)
    return States(patient, at, level.astype(np.int8), first, mean, limit, np.full(len(at), KINDS[kind].id))


def _moments(both: list[Readings]) -> tuple[Ints, Ints]:
    """The patients and moments of either kind, each once, in order."""
    one, other = both
    if len(one) == len(other) and (one.patient == other.patient).all() and (one.at == other.at).all():
        return one.patient, one.at
    patient, at = np.concatenate((one.patient, other.patient)), np.concatenate((one.at, other.at))
    order = np.lexsort((at, patient))
    patient, at = patient[order], at[order]
    first = ~same_moment(patient, at)
    return patient[first], at[first]


def _average(
    readings: Readings, kind: str, params: BloodPressureAverage, patient: Ints, at: Ints, day: Ints
) -> tuple[Floats, Ints]:
    """At each moment the average, NaN where there is too little for one, and when its run began."""
    if len(readings) == 0:
        return np.full(len(at), np.nan), at
    of, own_day = readings.patient, local_days(readings.at)
    end = first_from(of, readings.at, patient, at + 1)
    start = np.minimum(first_from(of, own_day, patient, day - (params.days - 1)), len(of) - 1)
    kept_from = np.minimum(first_from(of, own_day, patient, own_day[start] + 1), end)
    values = end - kept_from
    new_day = new_patient(of) | new_patient(own_day)
    nth_day = np.cumsum(new_day)
    days = nth_day[np.maximum(end, 1) - 1] - nth_day[start] + 1
    enough = (end > start) & (days >= params.min_days) & (values >= params.min_values)
    # Whole numbers: the sum, and so the average, is the same however much history was loaded before it.
    total = np.concatenate(([0], np.cumsum(steps(readings.value, kind))))
    mean = np.full(len(at), np.nan)
    mean[enough] = (total[end] - total[kept_from])[enough] / (values[enough] * scale_of(kind))
    return mean, readings.at[start]


def sentence(spec: RuleSpec, episode: Episode) -> str:
    """Which of the two averages decides, over which days, and its limit."""
    kind = NAMES[episode.kind]
    days = spec.params_as(BloodPressureAverage).days
    return (
        f"{label(kind)} averages {_mean(kind, episode.figure)} over the {days} days up to "
        f"{local_time(episode.evidence_at)}, the first day of measuring left out: at or above the "
        f"{SEVERITY_NAMES[episode.level]} limit of {quantity(kind, episode.limit)}."
    )


def arithmetic(_: RuleSpec, episode: Episode, readings: pd.DataFrame) -> list[str]:
    """Each day's values, which day is left out, and the average of the rest."""
    kind = NAMES[episode.kind]
    own = readings[((readings["kind"] == episode.kind) & readings["confirmed"]).to_numpy()]
    day = own["measured_at"].dt.tz_convert("Europe/London").dt.date
    left_out = day == day.iloc[0]
    lines = [
        f"{local_day(of_day)}: {', '.join(number(kind, value) for value in values)}"
        + (" (first day, left out)" if of_day == day.iloc[0] else "")
        for of_day, values in own["value"].groupby(day)
    ]
    kept = steps(own["value"].to_numpy(np.float64), kind)[~left_out.to_numpy()]
    total = plain(kept.sum() / scale_of(kind))
    summed = (
        f"{total} / {len(kept)} values = {_mean(kind, episode.figure)}, limit {quantity(kind, episode.limit)}"
    )
    return [*lines, summed]


def _mean(kind: str, mean: float) -> str:
    """An average with one decimal, rounded down so that none seems to reach a limit that it does not."""
    return f"{np.floor(mean * 10) / 10:.1f} {KINDS[kind].unit_label}"
