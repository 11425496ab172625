"""A value held against four bounds: red low, amber low, amber high, red high.

A bound is the first value that breaches: `value <= red_low` is red, `value >= amber_high` is amber. Each
bound may ask for several readings in a row before it raises. The packs name the source of each number.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from alerts.episodes import Episode
from alerts.moments import (
    AMBER,
    HIGH,
    HOUR,
    LOW,
    NEUTRAL,
    NORMAL,
    RED,
    SEVERITY_NAMES,
    Bools,
    Floats,
    Ints,
    Levels,
    in_a_row,
    new_patient,
    same_moment,
)
from alerts.rules.frames import AMBER_HIGH, AMBER_LOW, RED_HIGH, RED_LOW, Given, Readings, States, shown
from alerts.rules.spec import Params, RuleSpec
from alerts.rules.words import (
    at_or_beyond,
    evidence_line,
    in_a_row_words,
    label,
    local_time,
    quantity,
    unconfirmed,
)
from ingest.catalogue import KINDS


@dataclass(frozen=True)
class Limits(Params):
    """How many readings in a row beyond each bound it takes, and how close together they must be."""

    severities = (AMBER, RED)

    needs_red_low: int = 1
    needs_amber_low: int = 1
    needs_amber_high: int = 1
    needs_red_high: int = 1
    within_hours: float = 72  # from the first of those readings to the last

    def __post_init__(self) -> None:
        """Counts from one, and time for them to happen in."""
        if min(self.needs) < 1:
            raise ValueError("needs_... counts readings, so it is 1 or more")
        if self.within_hours <= 0:
            raise ValueError("within_hours is more than 0")

    @property
    def needs(self) -> tuple[int, int, int, int]:
        """In the order of the four bounds."""
        return self.needs_red_low, self.needs_amber_low, self.needs_amber_high, self.needs_red_high

    @property
    def lookback(self) -> timedelta:
        """Nothing where one reading is enough."""
        return timedelta(0) if max(self.needs) == 1 else timedelta(hours=self.within_hours)


def states(spec: RuleSpec, given: Given) -> pd.DataFrame:
    """Every moment with a reading of the kind, of patients with any bound for it.

    red, amber: the last `needs_...` readings all lie beyond that bound, no further apart than
    `within_hours`. neutral: beyond a bound, but not enough of them yet. normal: within every bound.

    A reading that waits for a person counts when it lies beyond a bound (a dangerous value is not hidden
    because it looks odd) and not at all when it lies within (it may not settle anything). Of several
    readings at one moment the lowest is held against the low bounds and the highest against the high ones.
    """
    (kind,) = spec.kinds
    params = spec.params_as(Limits)
    bounds = given.bounds_of(kind)
    low, high = _lowest_and_highest(_that_count(given.of(kind), kind, bounds))
    found = _Found.nothing_yet(low)
    first = new_patient(low.patient)
    within = round(params.within_hours * HOUR)
    # Later ones win: red over amber, and low over high where one moment has both.
    for which, level in ((AMBER_HIGH, AMBER), (AMBER_LOW, AMBER), (RED_HIGH, RED), (RED_LOW, RED)):
        is_low = which in (RED_LOW, AMBER_LOW)
        side, bound = (
            (low, bounds[:, which][low.patient]) if is_low else (high, bounds[:, which][high.patient])
        )
        past = side.value <= bound if is_low else side.value >= bound
        if past.any():
            needs = params.needs[which]
            raised = in_a_row(past, first, side.at, needs, within)
            found.keep(past, raised, level, side, bound, needs, LOW if is_low else HIGH)
    return States(
        low.patient,
        low.at,
        found.level,
        found.since,
        found.figure,
        found.limit,
        KINDS[kind].id,
        found.side,
        found.confirmed,
    ).frame(given)


@dataclass
class _Found:
    """What has been found at each moment so far, bound after bound."""

    level: Levels
    since: Ints
    figure: Floats
    limit: Floats
    side: Levels
    confirmed: Bools

    @classmethod
    def nothing_yet(cls, readings: Readings) -> "_Found":
        count = len(readings)
        return cls(
            level=np.full(count, NORMAL, dtype=np.int8),
            since=readings.at.copy(),
            figure=readings.value.copy(),
            limit=np.full(count, np.nan),
            side=np.full(count, HIGH, dtype=np.int8),
            confirmed=readings.confirmed.copy(),
        )

    def keep(
        self, past: Bools, raised: Bools, level: int, side: Readings, bound: Floats, needs: int, which: int
    ) -> None:
        """Take what one bound found: `raised` with its evidence, `past` alone as neutral."""
        self.level[past & ~raised & (self.level == NORMAL)] = NEUTRAL
        self.level[raised] = level
        self.figure[raised] = side.value[raised]
        self.limit[raised] = bound[raised]
        self.side[raised] = which
        last = np.flatnonzero(raised)
        earliest = last - (needs - 1)
        self.since[last] = side.at[earliest]
        waiting = np.concatenate(([0], np.cumsum(~side.confirmed)))
        self.confirmed[last] = waiting[last + 1] == waiting[earliest]


def _that_count(readings: Readings, kind: str, bounds: Floats) -> Readings:
    """Readings with their values as shown, of patients with a bound; those that wait only if beyond it."""
    has_bounds = np.asarray((~np.isnan(bounds)).any(axis=1), dtype=np.bool_)
    if not has_bounds.all():
        readings = readings.where(has_bounds[readings.patient])
    value = shown(readings.value, kind)
    readings = Readings(readings.patient, readings.at, value, readings.confirmed)
    if readings.confirmed.all():
        return readings
    own = bounds[readings.patient]
    beyond = (value <= own[:, RED_LOW]) | (value <= own[:, AMBER_LOW])
    beyond |= (value >= own[:, AMBER_HIGH]) | (value >= own[:, RED_HIGH])
    return readings.where(readings.confirmed | beyond)


def _lowest_and_highest(readings: Readings) -> tuple[Readings, Readings]:
    """One row a moment, twice: its lowest and its highest value, confirmed if any row with that value is."""
    again = same_moment(readings.patient, readings.at)
    if not again.any():
        return readings, readings
    chosen = []
    for value in (readings.value, -readings.value):
        order = np.lexsort((~readings.confirmed, value, readings.at, readings.patient))[~again]
        chosen.append(
            Readings(
                readings.patient[order], readings.at[order], readings.value[order], readings.confirmed[order]
            )
        )
    return chosen[0], chosen[1]


def level_of(kind: str, value: float, bounds: tuple[float, float, float, float]) -> int:
    """How one value stands against four bounds by itself: red, amber or normal. NaN is no bound."""
    seen = float(shown(np.array([value]), kind)[0])
    red_low, amber_low, amber_high, red_high = bounds
    if seen <= red_low or seen >= red_high:
        return RED
    return AMBER if seen <= amber_low or seen >= amber_high else NORMAL


def sentence(spec: RuleSpec, episode: Episode) -> str:
    """Such as: Oxygen saturation 86 % at 08:02 on 20 Nov 2026, at or below the red limit of 92 %."""
    (kind,) = spec.kinds
    needs = _needed(spec, episode)
    limit = f"the {SEVERITY_NAMES[episode.level]} limit of {quantity(kind, episode.limit)}"
    return (
        f"{label(kind)} {quantity(kind, episode.figure)} at {local_time(episode.evidence_at)}, "
        f"{at_or_beyond(episode.side)} {limit}{in_a_row_words(needs)}.{unconfirmed(episode)}"
    )


def arithmetic(spec: RuleSpec, episode: Episode, readings: pd.DataFrame) -> list[str]:
    """The readings that count, one a line, each held against the limit."""
    (kind,) = spec.kinds
    sign = "≤" if episode.side == LOW else "≥"
    own = readings[readings["kind"] == KINDS[kind].id]
    value = shown(own["value"].to_numpy(np.float64), kind)
    beyond: Bools = value <= episode.limit if episode.side == LOW else value >= episode.limit
    past = own[beyond]
    lines = [evidence_line(row, kind, f"{sign} {quantity(kind, episode.limit)}") for row in past.itertuples()]
    return [*lines, f"{len(past)} in a row, {_needed(spec, episode)} needed"]


def _needed(spec: RuleSpec, episode: Episode) -> int:
    red_low, amber_low, amber_high, red_high = spec.params_as(Limits).needs
    if episode.side == LOW:
        return red_low if episode.level == RED else amber_low
    return red_high if episode.level == RED else amber_high
