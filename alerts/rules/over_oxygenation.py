"""Too much oxygen, in somebody for whom it is dangerous: saturation above the target while on extra oxygen.

Source: BTS 2017, target 88 to 92 % (from memory); scale 2 of NEWS2 (RCP 2017). Only for people with the trait
`oxygen_scale` 2, for whom a clinician prescribed that target; on air the same saturation is good.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from alerts.episodes import Episode
from alerts.moments import HOUR, MINUTE, NEUTRAL, NORMAL, in_a_row, new_patient
from alerts.rules.frames import Given, States, shown
from alerts.rules.rows import latest
from alerts.rules.spec import Params, RuleSpec
from alerts.rules.words import evidence_line, in_a_row_words, label, local_time, plain, quantity
from ingest.catalogue import KINDS

OXYGEN, FLOW = "oxygen_saturation", "supplemental_oxygen"
PRESCRIBED = 2  # the scale


@dataclass(frozen=True, kw_only=True)
class OverOxygenation(Params):
    """Above which saturation, on how many readings in a row, and how old the flow may be."""

    above: float  # %, more than
    needs: int  # readings in a row
    within_hours: float = 72  # from the first of those to the last
    flow_minutes: float = 60  # how long before a reading the flow was sent, at most

    def __post_init__(self) -> None:
        """Numbers that can be kept to."""
        if self.needs < 1 or min(self.within_hours, self.flow_minutes) <= 0:
            raise ValueError("needs is 1 or more, within_hours and flow_minutes more than 0")

    @property
    def kinds(self) -> tuple[str, ...]:
        """Saturation and flow."""
        return OXYGEN, FLOW

    @property
    def lookback(self) -> timedelta:
        """The readings in a row, and the flow before the first."""
        return timedelta(hours=self.within_hours, minutes=self.flow_minutes)


def states(spec: RuleSpec, given: Given) -> pd.DataFrame:
    """Every moment with a confirmed saturation of somebody whose target is 88 to 92 %.

    On oxygen: the latest flow, no older than `flow_minutes`, is more than 0. The rule's severity: the last `needs`
    readings, no further apart than `within_hours`, are all above `above` while on oxygen. neutral: this one is, but
    not all of those; or it is above and nobody said whether on oxygen. normal: it is not.
    """
    params = spec.params_as(OverOxygenation)
    targeted = given.trait("oxygen_scale") == PRESCRIBED
    readings, flow = (every.where(targeted[every.patient]) for every in map(given.confirmed, params.kinds))
    value = shown(readings.value, OXYGEN)
    row = latest(flow, readings.patient, readings.at, round(params.flow_minutes * MINUTE))
    known = row >= 0
    on_oxygen = np.zeros(len(readings), dtype=bool)
    on_oxygen[known] = flow.value[row[known]] > 0
    high = value > params.above
    raised = in_a_row(
        high & on_oxygen,
        new_patient(readings.patient),
        readings.at,
        params.needs,
        round(params.within_hours * HOUR),
    )
    level = np.where(high & (on_oxygen | ~known), NEUTRAL, NORMAL).astype(np.int8)
    level[raised] = spec.fixed_severity()
    since = readings.at.copy()
    last = np.flatnonzero(raised)
    first = last - (params.needs - 1)
    since[last] = np.minimum(readings.at[first], flow.at[row[first]])
    return States(readings.patient, readings.at, level, since, value, params.above, KINDS[OXYGEN].id).frame(
        given
    )


def sentence(spec: RuleSpec, episode: Episode) -> str:
    """The latest saturation, how many in a row, and the target."""
    params = spec.params_as(OverOxygenation)
    return (
        f"{label(OXYGEN)} {quantity(OXYGEN, episode.figure)} on extra oxygen at {local_time(episode.evidence_at)}, more than "
        f"{quantity(OXYGEN, params.above)}{in_a_row_words(params.needs)}: above the prescribed target."
    )


def arithmetic(spec: RuleSpec, _: Episode, readings: pd.DataFrame) -> list[str]:
    """Saturations and flows in order, and how many it takes."""
    params = spec.params_as(OverOxygenation)
    own = readings[readings["confirmed"].to_numpy(np.bool_)].sort_values("measured_at", kind="stable")
    flow = KINDS[FLOW].id
    kinds = [FLOW if kind == flow else OXYGEN for kind in own["kind"].to_numpy(np.int64).tolist()]
    lines = [
        f"{label(kind)}, {evidence_line(row, kind, '')}"
        for kind, row in zip(kinds, own.itertuples(), strict=True)
    ]
    needed = f"{params.needs} above {quantity(OXYGEN, params.above)} in a row needed"
    return [*lines, f"{needed}, each with oxygen in the {plain(params.flow_minutes)} minutes before"]
