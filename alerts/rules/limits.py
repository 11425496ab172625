"""A value held against four bounds: red low, amber low, amber high, red high.

A bound is the first value that breaches: `value <= red_low` is red, `value >= amber_high` is amber. Each
bound may ask for several readings in a row before it raises. The packs name the source of each number.
"""

from collections.abc import Iterator
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
    YELLOW,
    Bools,
    Floats,
    Ints,
    Levels,
    first_from,
    in_a_row,
    local_days,
    new_patient,
    same_moment,
)
from alerts.rules.frames import (
    AMBER_HIGH,
    AMBER_LOW,
    RED_HIGH,
    RED_LOW,
    Given,
    Readings,
    States,
    scale_of,
    shown,
)
from alerts.rules.spec import Params, RuleSpec
from alerts.rules.usual import Grid, Usual, usual
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

USUAL_DAYS, APART_DAYS, MIN_DAYS = 42, 1, 5  # of what tells the person's own usual [proposed]
SLACK = 1e-9  # 2.9 - 2.5 is a little less than 0.4 in binary: what people see is decimal
TYPED = 3.0  # spreads from the usual within which a number is believed to be of that kind


@dataclass(frozen=True)
class Limits(Params):
    """How many readings in a row beyond each bound it takes, and how close together they must be."""

    severities = (AMBER, RED)

    needs_red_low: int = 1
    needs_amber_low: int = 1
    needs_amber_high: int = 1
    needs_red_high: int = 1
    within_hours: float = 72  # from the first of those readings to the last
    alone_low: float = (
        0  # one reading is red by itself only this far beyond the bound; nearer it is yellow, two are red
    )
    alone_high: float = 0
    inside: float = 0  # normal is this far within the bounds; nearer is neither normal nor a breach
    own_low: float = (
        0  # how far a low bound may be moved away from a usual that lies near it, in the kind's unit
    )
    own_high: float = 0
    own_spreads: float = 3.5  # a moved bound lies so many own spreads from the own usual
    spread: float = 0  # typical of people at home, in the kind's unit; needed for a usual
    mistaken_for: str | None = None  # a kind whose number people type in this one's field

    def __post_init__(self) -> None:
        """Counts from one, and time for them to happen in."""
        if min(self.needs) < 1:
            raise ValueError("needs_... counts readings, so it is 1 or more")
        if self.within_hours <= 0:
            raise ValueError("within_hours is more than 0")
        if (
            min(self.alone_low, self.alone_high, self.inside, self.own_low, self.own_high) < 0
            or self.own_spreads <= 0
        ):
            raise ValueError("alone_..., inside and own_... are 0 or more, own_spreads more than 0")
        if self.knows_usual and self.spread <= 0:
            raise ValueError("spread is needed, and more than 0, where bounds are moved or numbers mistaken")
        if self.mistaken_for is not None and self.mistaken_for not in KINDS:
            raise ValueError(f"mistaken_for {self.mistaken_for} is not in the catalogue")

    @property
    def needs(self) -> tuple[int, int, int, int]:
        """In the order of the four bounds."""
        return self.needs_red_low, self.needs_amber_low, self.needs_amber_high, self.needs_red_high

    @property
    def gives(self) -> tuple[int, ...]:
        """Yellow too, where one reading past the red bound is not red by itself."""
        lone = max(self.alone_low, self.alone_high) > 0 or self.mistaken_for is not None
        return (YELLOW, AMBER, RED) if lone else (AMBER, RED)

    @property
    def knows_usual(self) -> bool:
        """Whether the person's own usual has a say."""
        return max(self.own_low, self.own_high) > 0 or self.mistaken_for is not None

    @property
    def beside(self) -> tuple[str, ...]:
        """The kind whose numbers are mistaken for these."""
        return () if self.mistaken_for is None else (self.mistaken_for,)

    @property
    def row(self) -> timedelta:
        """How far back the readings that count together lie; nothing where one is enough."""
        alone = max(self.needs) == 1 and not max(self.alone_low, self.alone_high) and not self.mistaken_for
        return timedelta(0) if alone else timedelta(hours=self.within_hours)

    @property
    def lookback(self) -> timedelta:
        """Those readings, and the days that tell what was usual at the first of them."""
        usual = timedelta(days=USUAL_DAYS + APART_DAYS + 1, hours=1)
        return self.row + usual if self.knows_usual else self.row


def states(spec: RuleSpec, given: Given) -> pd.DataFrame:
    """Every moment with a reading of the kind, of patients with any bound for it.

    red, amber: the last `needs_...` readings all lie beyond that bound, no further apart than
    `within_hours`. neutral: beyond a bound, but not enough of them yet. normal: within every bound.

    A reading that waits for a person counts when it lies beyond a bound (a dangerous value is not hidden
    because it looks odd) and not at all when it lies within (it may not settle anything). Of several
    readings at one moment the lowest is held against the low bounds and the highest against the high ones.

    Where the person's own usual lies near or beyond a bound of the pathway, the bound is moved away from it, up to
    `own_low` or `own_high`: a value that is usual for somebody tells the team nothing. A bound that a clinician set for
    the patient is never moved. A value that looks like the number of another kind, typed in this one's field (clinical notes
    1.3: oxygen and pulse, both from 70 to 100), is yellow past a red bound and neutral past an amber one, unless the reading
    before it lay past the bound too: two numbers swapped look like somebody very ill.

    One reading past a red bound is red by itself from `alone_...` beyond it, yellow nearer; two in a row are red.
    A value is normal only from more than `inside` within every bound, moved ones where they are moved; nearer is neutral.
    """
    (kind,) = spec.kinds
    params = spec.params_as(Limits)
    bounds = given.bounds_of(kind)
    lately = given.within(round(params.row / timedelta(microseconds=1)))
    low, high = _lowest_and_highest(_that_count(lately.of(kind), kind, bounds))
    found = _Found.nothing_yet(low)
    first = new_patient(low.patient)
    # Later ones win: red over amber, and low over high where one moment has both.
    for which, level in ((AMBER_HIGH, AMBER), (AMBER_LOW, AMBER), (RED_HIGH, RED), (RED_LOW, RED)):
        sign = -1 if which in (RED_LOW, AMBER_LOW) else 1
        side = low if sign < 0 else high
        bound = bounds[:, which][side.patient]
        near: Bools = sign * (side.value - bound) >= -params.inside - SLACK
        if not near.any():
            continue
        if params.knows_usual:
            bound, near = _by_usual(params, given, kind, side, bound, near, sign)
        past: Bools = near & (sign * (side.value - bound) >= -SLACK)
        found.level[near & (found.level == NORMAL)] = NEUTRAL
        if params.mistaken_for is not None:
            doubted = _pending(params, given, kind, side, past, first)
            past &= ~doubted
            if level == RED:
                found.keep(doubted, doubted, YELLOW, side, bound, 1, sign)
        for grade, needs, raised in _graded(params, which, level, side, bound, past, first):
            found.keep(past, raised, grade, side, bound, needs, sign)
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


def _graded(
    params: Limits, which: int, level: int, side: Readings, bound: Floats, past: Bools, first: Bools
) -> Iterator[tuple[int, int, Bools]]:
    """Level, how many readings it takes, and where there are as many; later ones win."""
    within = round(params.within_hours * HOUR)
    alone = {RED_LOW: params.alone_low, RED_HIGH: params.alone_high}.get(which, 0)
    if not alone:
        yield level, params.needs[which], in_a_row(past, first, side.at, params.needs[which], within)
        return
    yield YELLOW, 1, past
    yield level, 2, in_a_row(past, first, side.at, 2, within)
    yield level, 1, past & (np.abs(side.value - bound) >= alone - SLACK)


def _by_usual(
    params: Limits, given: Given, kind: str, side: Readings, bound: Floats, near: Bools, sign: int
) -> tuple[Floats, Bools]:
    """The bounds moved away from the own usual, and what still lies near or past them."""
    movable = params.own_low if sign < 0 else params.own_high
    if not movable:
        return bound, near
    rows = np.flatnonzero(near)
    patient = side.patient[rows]
    own = _usual(params, given, kind, patient, local_days(side.at[rows]))
    away = np.clip(sign * (own.middle - bound[rows]) + params.own_spreads * own.spread, 0, movable)
    far = np.where(given.agreed(kind)[patient], 0, np.nan_to_num(away)) * scale_of(kind)
    moved = bound.copy()
    # In whole steps as they are shown, so that a bound stays the first value that breaches.
    moved[rows] += sign * np.ceil(far - SLACK) / scale_of(kind)
    return moved, near & (sign * (side.value - moved) >= -params.inside - SLACK)


def _pending(params: Limits, given: Given, kind: str, side: Readings, past: Bools, first: Bools) -> Bools:
    """Which of those past a bound look like another kind's number and are the first in a row past it."""
    rows = np.flatnonzero(past & ~in_a_row(past, first, side.at, 2, round(params.within_hours * HOUR)))
    found = np.zeros(len(past), dtype=bool)
    found[rows] = _mistaken(params, given, kind, side.rows(rows))
    return found


def _mistaken(params: Limits, given: Given, kind: str, side: Readings) -> Bools:
    """Which hold a number that is usual for the other kind, sent with one of that kind that is usual for this."""
    other_kind = str(params.mistaken_for)
    others = given.of(other_kind)
    if not len(others):
        return np.zeros(len(side), dtype=bool)
    day = local_days(side.at)
    place = np.minimum(first_from(others.patient, others.at, side.patient, side.at), len(others) - 1)
    together = (others.patient[place] == side.patient) & (others.at[place] == side.at)
    own = _usual(params, given, kind, side.patient, day)
    other = _usual(params, given, other_kind, side.patient, day)
    odd = np.abs(side.value - own.middle) > TYPED * own.spread
    fits = np.abs(side.value - other.middle) <= TYPED * other.spread
    fits &= np.abs(others.value[place] - own.middle) <= TYPED * own.spread
    found: Bools = together & odd & fits
    return found


def _usual(params: Limits, given: Given, kind: str, patient: Ints, day: Ints) -> Usual:
    before = Grid.of(given.daily(kind), len(given.patients)).before(patient, day, USUAL_DAYS, APART_DAYS)
    return usual(before, min_days=MIN_DAYS, typical=params.spread)


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
        raised = raised & (self.level <= level)
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
    lone = episode.level == YELLOW
    bound = SEVERITY_NAMES[RED if lone else episode.level]
    once = ", once: not red by itself" if lone else in_a_row_words(_needed(spec, episode))
    return (
        f"{label(kind)} {quantity(kind, episode.figure)} at {local_time(episode.evidence_at)}, "
        f"{at_or_beyond(episode.side)} the {bound} limit of {quantity(kind, episode.limit)}{once}.{unconfirmed(episode)}"
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
    needed = 2 if episode.level == YELLOW else _needed(spec, episode)
    return [*lines, f"{len(past)} in a row, {needed} needed{' for red' if episode.level == YELLOW else ''}"]


def _needed(spec: RuleSpec, episode: Episode) -> int:
    """How many readings it took: one that lies far enough past the red bound is enough, nearer it takes two."""
    params = spec.params_as(Limits)
    red_low, amber_low, amber_high, red_high = params.needs
    low = episode.side == LOW
    alone = params.alone_low if low else params.alone_high
    if episode.level == RED and alone:
        return 1 if abs(episode.figure - episode.limit) >= alone - SLACK else 2
    if low:
        return red_low if episode.level == RED else amber_low
    return red_high if episode.level == RED else amber_high
