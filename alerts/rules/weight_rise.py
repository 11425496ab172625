"""A quick gain of weight: fluid, in heart failure. Source: ESC and BSH advice to patients (from memory)."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from alerts.episodes import Episode
from alerts.rules.frames import Given, States, graded, scale_of, steps
from alerts.rules.rows import lowest_of_days
from alerts.rules.spec import Params, RuleSpec
from alerts.rules.words import label, local_time, number, plain, quantity
from ingest.catalogue import KINDS


@dataclass(frozen=True, kw_only=True)
class WeightRise(Params):
    """More than `rise` kg above the lowest weight of the same local day and the `days` before it."""

    rise: float
    days: int

    def __post_init__(self) -> None:
        """A gain, over at least a day."""
        if self.rise <= 0 or self.days < 1:
            raise ValueError("rise is more than 0, days 1 or more")

    @property
    def lookback(self) -> timedelta:
        """Whole local days, one of which may have 25 hours."""
        return timedelta(days=self.days + 1, hours=1)


def states(spec: RuleSpec, given: Given) -> pd.DataFrame:
    """Every moment with a confirmed weight that has another one before it in the window.

    The rule's severity: this weight less the lowest of the window is more than `rise`. Else normal. Days
    are local, so that weighing at 08:30 and three days later at 08:02 still count as three days.
    """
    (kind,) = spec.kinds
    params = spec.params_as(WeightRise)
    readings = given.confirmed(kind)
    weight = steps(readings.value, kind)
    lowest, several = lowest_of_days(readings, weight, params.days)
    rise = (weight - weight[lowest]) / scale_of(kind)
    found = States(
        readings.patient,
        readings.at,
        graded(rise > params.rise, np.zeros(len(rise), dtype=bool), spec.fixed_severity()),
        readings.at[lowest],
        rise,
        params.rise,
        KINDS[kind].id,
    )
    return found.where(several).frame(given)


def sentence(spec: RuleSpec, episode: Episode) -> str:
    """Such as: Weight up 2.4 kg within 3 days, by 08:02 on 20 Nov 2026: more than the limit of 2.0 kg."""
    (kind,) = spec.kinds
    return (
        f"{label(kind)} up {quantity(kind, episode.figure)} within {spec.params_as(WeightRise).days} days, "
        f"by {local_time(episode.evidence_at)}: more than the limit of {quantity(kind, episode.limit)}."
    )


def arithmetic(spec: RuleSpec, episode: Episode, readings: pd.DataFrame) -> list[str]:
    """The lowest weight, the latest one, and the difference."""
    (kind,) = spec.kinds
    own = readings[((readings["kind"] == KINDS[kind].id) & readings["confirmed"]).to_numpy()]
    first, last = own.iloc[0], own.iloc[-1]
    gain = (
        f"{number(kind, last['value'])} − {number(kind, first['value'])} = {quantity(kind, episode.figure)}"
    )
    return [
        f"Lowest: {quantity(kind, first['value'])} at {local_time(first['measured_at'].to_pydatetime())}",
        f"Latest: {quantity(kind, last['value'])} at {local_time(last['measured_at'].to_pydatetime())}",
        f"{gain}, more than {plain(episode.limit)} {KINDS[kind].unit_label} needed",
    ]
