"""A fall of oxygen below the person's own usual. Source: NHS England, "3 to 4 % below usual" (from memory).

Fixed limits know nothing of someone whose usual is 97 and who has fallen to 93, or of someone who lives at
90.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from alerts.episodes import Episode
from alerts.moments import (
    AMBER,
    DAY,
    HOUR,
    LOW,
    NEUTRAL,
    NORMAL,
    RED,
    SEVERITY_NAMES,
    Bools,
    Floats,
    first_from,
    in_a_row,
    new_patient,
)
from alerts.rules.frames import Given, Readings, States, shown
from alerts.rules.medians import medians
from alerts.rules.spec import Params, RuleSpec
from alerts.rules.words import evidence_line, in_a_row_words, label, local_time, plain
from ingest.catalogue import KINDS


@dataclass(frozen=True, kw_only=True)
class OxygenFall(Params):
    """How far below the usual, on how many readings in a row, and from what the usual is taken."""

    severities = (AMBER, RED)

    amber_fall: float
    red_fall: float
    needs: int = 2  # readings in a row, all that far below the same usual
    within_hours: float = 72  # from the first of those readings to the last
    usual_days: float = 28  # the usual is the median of this long before the moment ...
    apart_hours: float = 24  # ... less this long, and less the `needs` readings themselves
    min_readings: int = 14  # fewer than this is not a usual yet

    def __post_init__(self) -> None:
        """Red lies further than amber."""
        if not 0 < self.amber_fall <= self.red_fall:
            raise ValueError("amber_fall is more than 0 and at most red_fall")
        if self.needs < 1 or self.min_readings < 1 or self.within_hours <= 0:
            raise ValueError("needs and min_readings are 1 or more, within_hours more than 0")
        if not 0 <= self.apart_hours < self.usual_days * 24:
            raise ValueError("apart_hours is less than usual_days")

    @property
    def lookback(self) -> timedelta:
        """The usual, or the readings in a row where those may lie further apart."""
        return max(timedelta(days=self.usual_days), timedelta(hours=self.within_hours))


def states(spec: RuleSpec, given: Given) -> pd.DataFrame:
    """Every moment with a confirmed reading and a usual to hold it against.

    usual: the median of the readings from `usual_days` to `apart_hours` before the moment (both included),
    without the last `needs` readings; at least `min_readings` of them. red, amber: each of the last `needs`
    readings, no further apart than `within_hours`, lies at least that far below it. neutral: this reading
    does, but not all of those. normal: this one does not.
    """
    (kind,) = spec.kinds
    params = spec.params_as(OxygenFall)
    readings = given.confirmed(kind)
    judged = np.flatnonzero(given.to_judge(readings.patient, readings.at))
    patient, at = readings.patient[judged], readings.at[judged]
    value = shown(readings.value, kind)
    start = first_from(readings.patient, readings.at, patient, at - round(params.usual_days * DAY))
    end = first_from(readings.patient, readings.at, patient, at - round(params.apart_hours * HOUR) + 1)
    end = np.maximum(np.minimum(end, judged - params.needs + 1), start)
    usual = medians(value, start, end, params.min_readings)
    own_fall = usual - value[judged]
    fall = np.where(
        _in_a_row(readings, params)[judged], usual - _highest_of_last(value, params.needs)[judged], -np.inf
    )
    level = np.full(len(at), NORMAL, dtype=np.int8)
    level[own_fall >= params.amber_fall] = NEUTRAL
    level[fall >= params.amber_fall] = AMBER
    level[fall >= params.red_fall] = RED
    found = States(
        patient,
        at,
        level,
        readings.at[np.minimum(start, judged)],
        np.where(level > NORMAL, fall, own_fall),
        np.where(level == RED, params.red_fall, params.amber_fall),
        KINDS[kind].id,
        LOW,
    )
    return found.where(~np.isnan(usual)).frame(given)


def _in_a_row(readings: Readings, params: OxygenFall) -> Bools:
    """Where the last `needs` readings of a patient lie near enough to each other."""
    every = np.ones(len(readings), dtype=bool)
    first, within = new_patient(readings.patient), round(params.within_hours * HOUR)
    return in_a_row(every, first, readings.at, params.needs, within)


def _highest_of_last(value: Floats, needs: int) -> Floats:
    """For each row the highest value of it and the `needs` - 1 rows before."""
    highest = value.copy()
    for back in range(1, min(needs, len(value))):
        np.maximum(highest[back:], value[:-back], out=highest[back:])
    return highest


def sentence(spec: RuleSpec, episode: Episode) -> str:
    """How far below the usual, on how many readings, when, and the limit."""
    (kind,) = spec.kinds
    params = spec.params_as(OxygenFall)
    usual = f"this person's usual of the last {plain(params.usual_days)} days{in_a_row_words(params.needs)}"
    return (
        f"{label(kind)} {_points(kind, episode.figure)} below {usual}, by {local_time(episode.evidence_at)}: "
        f"the {SEVERITY_NAMES[episode.level]} limit is a fall of {_points(kind, episode.limit)}."
    )


def arithmetic(spec: RuleSpec, episode: Episode, readings: pd.DataFrame) -> list[str]:
    """The usual and what it is taken from, the readings held against it, and the fall they all reach."""
    (kind,) = spec.kinds
    params = spec.params_as(OxygenFall)
    own = readings[((readings["kind"] == KINDS[kind].id) & readings["confirmed"]).to_numpy()]
    value = shown(own["value"].to_numpy(np.float64), kind)
    late = pd.Timestamp(episode.evidence_at) - pd.Timedelta(hours=params.apart_hours)
    before = value[: -params.needs][(own["measured_at"] <= late).to_numpy()[: -params.needs]]
    usual = float(np.median(before))
    last = [evidence_line(row, kind, "") for row in own.iloc[-params.needs :].itertuples()]
    unit = KINDS[kind].unit_label
    fall = f"{plain(usual)} − {plain(usual - episode.figure)} = {_points(kind, episode.figure)}"
    return [
        f"Usual: {plain(usual)} {unit}, the median of {len(before)} readings",
        *last,
        f"{fall}, limit {_points(kind, episode.limit)}",
    ]


def _points(kind: str, fall: float) -> str:
    """A difference with its unit, which between percentages is points."""
    unit = KINDS[kind].unit_label
    return f"{plain(fall)} {'points' if unit == '%' else unit}"
