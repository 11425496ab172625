"""A quick gain or loss of weight: fluid, in heart failure. Source: ESC and BSH advice to patients (from memory).

A gain is more than its limit, as that advice says; a loss (too much diuretic, proposed) reaches it.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from alerts.episodes import Episode
from alerts.moments import HIGH, LOW
from alerts.rules.frames import Given, States, graded, scale_of, steps
from alerts.rules.rows import lowest_of_days
from alerts.rules.spec import Params, RuleSpec
from alerts.rules.words import label, local_time, number, plain, quantity
from ingest.catalogue import KINDS


@dataclass(frozen=True, kw_only=True)
class WeightRise(Params):
    """One of: more than `rise` kg above the lowest, or at least `loss` kg below the highest weight of these days."""

    rise: float | None = None
    loss: float | None = None
    days: int  # the same local day, and so many before it

    def __post_init__(self) -> None:
        """One way, over at least a day."""
        if (self.rise is None) == (self.loss is None):
            raise ValueError("give exactly one of rise, loss")
        if self.limit <= 0 or self.days < 1:
            raise ValueError("rise or loss is more than 0, days 1 or more")

    @property
    def limit(self) -> float:
        """In kg, whichever way."""
        return (self.rise if self.loss is None else self.loss) or 0.0

    @property
    def side(self) -> int:
        """Which way."""
        return HIGH if self.loss is None else LOW

    @property
    def lookback(self) -> timedelta:
        """Whole local days, one of which may have 25 hours."""
        return timedelta(days=self.days + 1, hours=1)


def states(spec: RuleSpec, given: Given) -> pd.DataFrame:
    """Every moment with a confirmed weight that has another one before it in the window.

    The rule's severity: this weight less the lowest of the window is more than `rise`, or the highest of the window
    less this weight is `loss` or more. Else normal. Days are local, so that weighing at 08:30 and three days later
    at 08:02 still count as three days.
    """
    (kind,) = spec.kinds
    params = spec.params_as(WeightRise)
    readings = given.confirmed(kind)
    weight = steps(readings.value, kind) * params.side
    lowest, several = lowest_of_days(readings, weight, params.days)
    change = (weight - weight[lowest]) / scale_of(kind)
    beyond = change > params.limit if params.loss is None else change >= params.limit
    found = States(
        readings.patient,
        readings.at,
        graded(beyond, np.zeros(len(change), dtype=bool), spec.fixed_severity()),
        readings.at[lowest],
        change,
        params.limit,
        KINDS[kind].id,
        params.side,
    )
    return found.where(several).frame(given)


def sentence(spec: RuleSpec, episode: Episode) -> str:
    """Such as: Weight up 2.4 kg within 3 days, by 08:02 on 20 Nov 2026: more than the limit of 2.0 kg."""
    (kind,) = spec.kinds
    params = spec.params_as(WeightRise)
    gain = params.loss is None
    return (
        f"{label(kind)} {'up' if gain else 'down'} {quantity(kind, episode.figure)} within {params.days} days, by "
        f"{local_time(episode.evidence_at)}: {'more than' if gain else 'at or beyond'} the limit of "
        f"{quantity(kind, episode.limit)}."
    )


def arithmetic(spec: RuleSpec, episode: Episode, readings: pd.DataFrame) -> list[str]:
    """The lowest or highest weight, the latest one, and the difference."""
    (kind,) = spec.kinds
    gain = spec.params_as(WeightRise).loss is None
    own = readings[((readings["kind"] == KINDS[kind].id) & readings["confirmed"]).to_numpy()]
    first, last = own.iloc[0], own.iloc[-1]
    more, less = (last, first) if gain else (first, last)
    change = (
        f"{number(kind, more['value'])} − {number(kind, less['value'])} = {quantity(kind, episode.figure)}"
    )
    return [
        f"{'Lowest' if gain else 'Highest'}: {quantity(kind, first['value'])} at {local_time(first['measured_at'].to_pydatetime())}",
        f"Latest: {quantity(kind, last['value'])} at {local_time(last['measured_at'].to_pydatetime())}",
        f"{change}, {'more than' if gain else 'at least'} {plain(episode.limit)} {KINDS[kind].unit_label} needed",
    ]
