"""The mean of some days' first glucose values in the morning. Sources: NICE NG28 and NG17 (from memory).

A reading does not say whether it was taken before breakfast, so the first value of a local day between two times of the
clock stands for it. Somebody who measures only after breakfast is taken for somebody with a high value before it.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from alerts.episodes import Episode
from alerts.moments import Ints, as_utc, first_from, local_days, new_patient
from alerts.rules.frames import Given, Readings, States, graded, scale_of, steps
from alerts.rules.spec import Params, RuleSpec
from alerts.rules.words import evidence_line, label, local_time, quantity
from ingest.catalogue import KINDS


@dataclass(frozen=True, kw_only=True)
class MorningMean(Params):
    """Above which mean, or how far above the person's own target; and which values make it."""

    above: float  # mmol/L
    above_target: float  # mmol/L above the trait `glucose_target_fasting`, where that is set
    from_hour: int  # by the clock on the wall
    to_hour: int  # this one excluded
    days: int = 7  # local days, the moment's own included
    min_days: int = 4  # with a value; with fewer there is no mean

    def __post_init__(self) -> None:
        """Numbers that can be kept to."""
        if min(self.above, self.above_target) <= 0 or not 0 <= self.from_hour < self.to_hour <= 24:  # noqa: PLR2004 hours of a day
            raise ValueError("above and above_target are more than 0, from_hour comes before to_hour")
        if not 1 <= self.min_days <= self.days:
            raise ValueError("min_days is from 1 to days")

    @property
    def lookback(self) -> timedelta:
        """Whole local days, one of which may have 25 hours."""
        return timedelta(days=self.days, hours=1)


def states(spec: RuleSpec, given: Given) -> pd.DataFrame:
    """Every first confirmed value of a local morning with enough of them in the last days.

    The rule's severity: their mean is more than the target and `above_target`, or without a target more than `above`.
    Else normal.
    """
    (kind,) = spec.kinds
    params = spec.params_as(MorningMean)
    readings = _firsts(given.confirmed(kind), params)
    day, value = local_days(readings.at), steps(readings.value, kind)
    start = first_from(readings.patient, day, readings.patient, day - params.days + 1)
    row = np.arange(len(readings))
    count = row - start + 1
    total = np.concatenate(([0], np.cumsum(value)))
    mean = (total[row + 1] - total[start]) / (count * scale_of(kind))
    target = given.trait("glucose_target_fasting")[readings.patient]
    limit = np.where(np.isnan(target), params.above, np.round(target + params.above_target, 6))
    level = graded(mean > limit, np.zeros(len(mean), dtype=bool), spec.fixed_severity())
    found = States(readings.patient, readings.at, level, readings.at[start], mean, limit, KINDS[kind].id)
    return found.where(count >= params.min_days).frame(given)


def _firsts(readings: Readings, params: MorningMean) -> Readings:
    """The first of each patient and local day, of those within the hours."""
    hour = _local_hour(readings.at)
    within = readings.where((hour >= params.from_hour) & (hour < params.to_hour))
    return within.where(new_patient(within.patient) | new_patient(local_days(within.at)))


def _local_hour(at: Ints) -> Ints:
    """By the clock on the wall."""
    return as_utc(at).tz_convert("Europe/London").hour.to_numpy(np.int64)


def sentence(spec: RuleSpec, episode: Episode) -> str:
    """The mean, over which days and hours, and its limit."""
    (kind,) = spec.kinds
    params = spec.params_as(MorningMean)
    return (
        f"{label(kind)} averages {_mean(kind, episode.figure)} in the mornings ({params.from_hour:02}:00 to "
        f"{params.to_hour:02}:00) of the {params.days} days up to {local_time(episode.evidence_at)}: more than the limit "
        f"of {quantity(kind, episode.limit)}."
    )


def arithmetic(spec: RuleSpec, episode: Episode, readings: pd.DataFrame) -> list[str]:
    """Each morning's first value, and their mean."""
    (kind,) = spec.kinds
    params = spec.params_as(MorningMean)
    own = readings[((readings["kind"] == KINDS[kind].id) & readings["confirmed"]).to_numpy()]
    local = own["measured_at"].dt.tz_convert("Europe/London")
    own = own[((local.dt.hour >= params.from_hour) & (local.dt.hour < params.to_hour)).to_numpy()]
    firsts = own[~local[own.index].dt.date.duplicated().to_numpy()]
    return [
        *(evidence_line(row, kind, "") for row in firsts.itertuples()),
        f"Mean of {len(firsts)}: {_mean(kind, episode.figure)}, limit {quantity(kind, episode.limit)}",
    ]


def _mean(kind: str, mean: float) -> str:
    """With two decimals, rounded up so that none seems not to be more than its limit."""
    return f"{np.ceil(round(mean * 100, 6)) / 100:.2f} {KINDS[kind].unit_label}"
