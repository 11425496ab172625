"""Readings away from the person's own usual: a fall of oxygen, a rise of the pulse or of a score.

Fixed limits know nothing of someone whose usual is 97 and who has fallen to 93, or of someone who lives at 90.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from alerts.episodes import Episode
from alerts.moments import (
    AMBER,
    DAY,
    HIGH,
    HOUR,
    LOW,
    NEUTRAL,
    NORMAL,
    RED,
    SEVERITY_NAMES,
    YELLOW,
    Ints,
    first_from,
)
from alerts.rules.frames import Given, Readings, States, scale_of, steps
from alerts.rules.medians import medians
from alerts.rules.rows import last_of_days, least_of
from alerts.rules.spec import Params, RuleSpec
from alerts.rules.words import (
    difference,
    evidence_line,
    in_a_row_words,
    label,
    local_time,
    plain,
    quantity,
)
from ingest.catalogue import KINDS

SIDES = {"up": HIGH, "down": LOW}


@dataclass(frozen=True, kw_only=True)
class FromUsual(Params):
    """How far from the usual, on how many readings in a row, and from what the usual is taken."""

    severities = (YELLOW, AMBER, RED)

    direction: str  # up or down is harmful
    yellow: float | None = None  # how far from the usual, in the kind's stored unit
    amber: float | None = None
    red: float | None = None
    needs: int = 1  # readings in a row, all that far from the same usual ...
    on_days: int = 1  # ... as many of them as lie on this many local days
    within_hours: float = 72  # from the first of those readings to the last
    usual_days: float = 28  # the usual is the median of this long before the moment ...
    apart_hours: float = 24  # ... less this long, and less the readings in a row themselves
    min_readings: int = 14  # fewer than this is not a usual yet

    def __post_init__(self) -> None:
        """A worse severity lies further."""
        if self.direction not in SIDES:
            raise ValueError("direction is up or down")
        margins = [margin for _, margin in self.margins]
        if not margins or margins[0] <= 0 or margins != sorted(set(margins)):
            raise ValueError("give at least one of yellow, amber, red, more than 0 and rising")
        if min(self.needs, self.on_days, self.min_readings) < 1 or self.within_hours <= 0:
            raise ValueError("needs, on_days and min_readings are 1 or more, within_hours more than 0")
        if not 0 <= self.apart_hours < self.usual_days * 24:
            raise ValueError("apart_hours is less than usual_days")

    @property
    def margins(self) -> list[tuple[int, float]]:
        """Severity and how far it lies from the usual, from mild to severe."""
        every = ((YELLOW, self.yellow), (AMBER, self.amber), (RED, self.red))
        return [(level, margin) for level, margin in every if margin is not None]

    @property
    def gives(self) -> tuple[int, ...]:
        """Those with a margin."""
        return tuple(level for level, _ in self.margins)

    @property
    def lookback(self) -> timedelta:
        """The usual, or the readings in a row where those may lie further apart."""
        return max(timedelta(days=self.usual_days), timedelta(hours=self.within_hours))


def states(spec: RuleSpec, given: Given) -> pd.DataFrame:
    """Every moment with a confirmed reading and a usual to hold it against.

    in a row: the last `needs` readings, or more where it takes more to lie on `on_days` local days, no further apart
    than `within_hours`. usual: the median of the readings from `usual_days` to `apart_hours` before the moment (both
    included), without those in a row; at least `min_readings` of them. red, amber, yellow: each reading of the row
    lies at least that far from the usual. neutral: this reading does, but not all of those. normal: this one does
    not. The figure is the reading of the row that lies nearest to the usual.
    """
    (kind,) = spec.kinds
    params = spec.params_as(FromUsual)
    side = SIDES[params.direction]
    readings = given.confirmed(kind)
    judged = np.flatnonzero(given.to_judge(readings.patient, readings.at))
    patient, at = readings.patient[judged], readings.at[judged]
    # Towards harm is up from here on. Whole numbers: a difference of exactly the margin is one.
    value = steps(readings.value, kind) * side
    row = _row(readings, judged, params)
    start = first_from(readings.patient, readings.at, patient, at - round(params.usual_days * DAY))
    end = first_from(readings.patient, readings.at, patient, at - round(params.apart_hours * HOUR) + 1)
    first = np.where(row < 0, judged, row)
    end = np.maximum(np.minimum(end, np.minimum(first, judged - params.needs + 1)), start)
    usual = medians(value.astype(np.float64), start, end, params.min_readings)
    nearest = least_of(value, first, judged)
    own, all_of_them = ((found - usual) / scale_of(kind) for found in (value[judged], nearest))
    level = np.full(len(at), NORMAL, dtype=np.int8)
    margin = np.full(len(at), params.margins[0][1])
    level[own >= margin] = NEUTRAL
    for severity, least in params.margins:
        far = (row >= 0) & (all_of_them >= least)
        level[far], margin[far] = severity, least
    figure = np.where(level > NORMAL, nearest, value[judged])
    found = States(
        patient,
        at,
        level,
        readings.at[np.minimum(start, judged)],
        side * figure / scale_of(kind),
        side * (usual / scale_of(kind) + margin),
        KINDS[kind].id,
        side,
    )
    return found.where(~np.isnan(usual)).frame(given)


def _row(readings: Readings, judged: Ints, params: FromUsual) -> Ints:
    """Where the readings in a row begin that end with each of those to judge; -1 where there are too few."""
    first = judged - params.needs + 1
    if params.on_days > 1:
        first = np.minimum(first, last_of_days(readings, judged, params.on_days))
    there = np.maximum(first, 0)
    own = (first >= 0) & (readings.patient[there] == readings.patient[judged])
    near = readings.at[judged] - readings.at[there] <= round(params.within_hours * HOUR)
    return np.where(own & near, first, -1)


def sentence(spec: RuleSpec, episode: Episode) -> str:
    """Such as: Oxygen saturation 93 % or less, 2 readings in a row, 3 points below the usual."""
    (kind,) = spec.kinds
    params = spec.params_as(FromUsual)
    usual, margin = _usual_and_margin(params, episode)
    low = episode.side == LOW
    several = max(params.needs, params.on_days) > 1
    or_further = f" or {'less' if low else 'more'}" if several else ""
    days = f" on {params.on_days} days" if params.on_days > 1 else ""
    return (
        f"{label(kind)} {quantity(kind, episode.figure)}{or_further}{in_a_row_words(params.needs)}{days}, by "
        f"{local_time(episode.evidence_at)}: {difference(kind, abs(episode.figure - usual))} "
        f"{'below' if low else 'above'} this person's usual of {_with_unit(kind, usual)} over "
        f"{plain(params.usual_days)} days. The {SEVERITY_NAMES[episode.level]} limit is a "
        f"{'fall' if low else 'rise'} of {difference(kind, margin)}."
    )


def arithmetic(spec: RuleSpec, episode: Episode, readings: pd.DataFrame) -> list[str]:
    """The usual and what it is taken from, the readings held against it, and how far they all lie from it."""
    (kind,) = spec.kinds
    params = spec.params_as(FromUsual)
    usual, margin = _usual_and_margin(params, episode)
    own = readings[((readings["kind"] == KINDS[kind].id) & readings["confirmed"]).to_numpy()]
    day = own["measured_at"].dt.tz_convert("Europe/London").dt.date
    back = day[::-1].ne(day[::-1].shift()).cumsum()  # 1 on the last day, 2 on the one with readings before it
    of_days = int((back < params.on_days).sum()) + 1 if params.on_days > 1 else 1
    last = min(max(params.needs, of_days), len(own) - 1)
    late = pd.Timestamp(episode.evidence_at) - pd.Timedelta(hours=params.apart_hours)
    count = int((own["measured_at"].iloc[: len(own) - last] <= late).sum())
    higher, lower = (usual, episode.figure) if episode.side == LOW else (episode.figure, usual)
    away = difference(kind, abs(episode.figure - usual))
    return [
        f"Usual: {_with_unit(kind, usual)}, the median of {count} readings",
        *(evidence_line(row, kind, "") for row in own.iloc[len(own) - last :].itertuples()),
        f"{plain(higher)} − {plain(lower)} = {away}, limit {difference(kind, margin)}",
    ]


def _usual_and_margin(params: FromUsual, episode: Episode) -> tuple[float, float]:
    """What the limit is made of."""
    margin = dict(params.margins).get(episode.level, params.margins[0][1])
    return episode.limit - episode.side * margin, margin


def _with_unit(kind: str, usual: float) -> str:
    """A median, which may lie between two values that can be shown."""
    return f"{plain(usual)} {KINDS[kind].unit_label}".strip()
