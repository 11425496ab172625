"""Weight that stays above the dry weight a clinician set. Source: proposed (clinical notes, HF-4).

Only for people with the trait `dry_weight`: what somebody weighs without fluid to lose is never worked out from weights.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from alerts.episodes import Episode
from alerts.moments import HOUR
from alerts.rules.frames import Given, States, graded, scale_of, shown, steps
from alerts.rules.rows import last_of_days, least_of
from alerts.rules.spec import Params, RuleSpec
from alerts.rules.words import difference, evidence_line, label, local_time, quantity
from ingest.catalogue import KINDS


@dataclass(frozen=True, kw_only=True)
class DryWeight(Params):
    """How far above, on how many days."""

    above: float  # kg, at least
    days: int  # local days on which the readings in a row lie that far above
    within_hours: float = 144  # from the first of those readings to the last

    def __post_init__(self) -> None:
        """Numbers that can be kept to."""
        if self.above <= 0 or self.days < 1 or self.within_hours <= 0:
            raise ValueError("above and within_hours are more than 0, days 1 or more")

    @property
    def lookback(self) -> timedelta:
        """The readings in a row; their days must be told apart, so whole ones."""
        return timedelta(hours=self.within_hours + 25)


def states(spec: RuleSpec, given: Given) -> pd.DataFrame:
    """Every moment with a confirmed weight of somebody with a dry weight.

    The rule's severity: the readings in a row that end here, as many as lie on `days` local days, are all at least
    `above` kg above the dry weight, and no further apart than `within_hours`. neutral: this one is, but not enough
    of them. normal: this one is not.
    """
    (kind,) = spec.kinds
    params = spec.params_as(DryWeight)
    limits = np.round(given.trait("dry_weight") + params.above, 6)  # 78.3 + 2 is 80.3, as it is written
    readings = given.confirmed(kind)
    readings = readings.where(~np.isnan(limits)[readings.patient])
    judged = np.flatnonzero(given.to_judge(readings.patient, readings.at))
    patient, at = readings.patient[judged], readings.at[judged]
    limit = limits[patient]
    first = last_of_days(readings, judged, params.days)
    there = np.maximum(first, 0)
    near = at - readings.at[there] <= round(params.within_hours * HOUR)
    enough = (first >= 0) & (readings.patient[there] == patient) & near
    row = np.where(enough, there, judged)
    least = least_of(steps(readings.value, kind), row, judged) / scale_of(kind)
    own = shown(readings.value[judged], kind)
    level = graded(enough & (least >= limit), own >= limit, spec.fixed_severity())
    return States(patient, at, level, readings.at[row], own, limit, KINDS[kind].id).frame(given)


def sentence(spec: RuleSpec, episode: Episode) -> str:
    """The weight, how many days, the dry weight and how far above is the limit."""
    (kind,) = spec.kinds
    params = spec.params_as(DryWeight)
    dry = quantity(kind, episode.limit - params.above)
    return (
        f"{label(kind)} {quantity(kind, episode.figure)} at {local_time(episode.evidence_at)}: on {params.days} days at least "
        f"{difference(kind, params.above)} above the dry weight of {dry}."
    )


def arithmetic(spec: RuleSpec, episode: Episode, readings: pd.DataFrame) -> list[str]:
    """Every reading of the row, one a line, and what the limit is made of."""
    (kind,) = spec.kinds
    params = spec.params_as(DryWeight)
    own = readings[((readings["kind"] == KINDS[kind].id) & readings["confirmed"]).to_numpy()]
    limit = quantity(kind, episode.limit)
    dry = quantity(kind, episode.limit - params.above)
    return [
        *(evidence_line(row, kind, f"≥ {limit}") for row in own.itertuples()),
        f"Limit: dry weight {dry} + {difference(kind, params.above)} = {limit}, on {params.days} days",
    ]
