"""Kinds that are watched together against the person's own usual, and what a moment looks back at: what such rules share.

Each kind's daily value is held against the person's own usual (alerts.rules.usual), in spreads towards harm. The own day counts
so far as it has come, and what was before a pause is held against nothing after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np
import pandas as pd

from alerts.moments import (
    DAY,
    FOREVER,
    HIGH,
    LOW,
    Floats,
    Ints,
    Levels,
    local_days,
    micros,
    moment_micros,
    new_patient,
    same_moment,
)
from alerts.rules.batch import gather
from alerts.rules.frames import Given, States, shown
from alerts.rules.medians import medians
from alerts.rules.series import Readings
from alerts.rules.usual import Grid, Usual, usual
from alerts.rules.words import number, quantity
from ingest.catalogue import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from alerts.episodes import Episode
    from alerts.rules.spec import RuleSpec

SIGNS = {"up": 1.0, "down": -1.0}
ROWS = 50_000  # moments looked at together: bounds memory
ALIKE = 0.86  # (1 + 0.3) / (1 - 0.3) - 1: how much more a sum of days scatters that resemble each other


@dataclass(frozen=True, kw_only=True)
class Signal:
    """One kind, and how it counts."""

    kind: str
    harm: str  # up or down
    spread: float  # typical of people at home, from day to day, in the kind's stored unit
    weight: float = 1.0

    def __post_init__(self) -> None:
        """A kind of the catalogue, a direction, and more than nothing."""
        if self.kind not in KINDS:
            raise ValueError(f"kind {self.kind} is not in the catalogue")
        if self.harm not in SIGNS or self.spread <= 0 or self.weight <= 0:
            raise ValueError("harm is up or down, spread and weight are more than 0")


class Watch(Protocol):
    """What the numbers of such a rule must say."""

    @property
    def signals(self) -> tuple[Signal, ...]:
        """The kinds."""

    @property
    def most(self) -> float:
        """Spreads that one day counts at most."""

    @property
    def usual_days(self) -> int:
        """The usual rests on so many days ..."""

    @property
    def apart_days(self) -> int:
        """... of which the last lies so many before the moment's own ..."""

    @property
    def min_days(self) -> int:
        """... and at least so many of them have a value."""

    @property
    def lookback(self) -> timedelta:
        """How far before a moment is looked at."""


@dataclass(frozen=True)
class Seen:
    """What some moments look back at: kinds × moments, and kinds × moments × days."""

    value: Floats  # the last daily value; NaN: none within the longest window
    usual: Usual  # its fields are kinds × moments
    away: Floats  # spreads towards harm, oldest day first; NaN: no value that day


# Level, figure, limit and which of the kinds, of some moments; the limit is NaN where nothing can be said.
Judged = tuple[Levels, Floats, Floats, Ints]
Watched = TypeVar("Watched", bound=Watch)


def states_of(
    watch: Watched,
    kinds: Sequence[str],
    given: Given,
    judged: Callable[[Watched, list[Grid], list[Readings], Ints, Ints, Ints], Judged],
) -> pd.DataFrame:
    """The states at every moment with a confirmed reading of any of the kinds, of which something can be said.

    judged: takes the numbers, for each kind its days and its readings, and of some moments the patient, the moment, and
    from when their usual is learned anew.
    """
    grids = [Grid.of(given.daily(kind), len(given.patients)) for kind in kinds]
    readings = [given.confirmed(kind) for kind in kinds]
    patient, at = moments(readings, given)
    anew = learned_anew(given, patient, at)
    found = [
        judged(watch, grids, readings, patient[part], at[part], anew[part])
        for part in (slice(start, start + ROWS) for start in range(0, len(at), ROWS))
    ]
    if not found:
        return States.none().frame(given)
    level, figure, limit, which = (np.concatenate(columns) for columns in zip(*found, strict=True))
    ids = np.array([KINDS[kind].id for kind in kinds], dtype=np.int64)
    side = np.array([LOW if signal.harm == "down" else HIGH for signal in watch.signals], dtype=np.int8)
    since = np.maximum(at - watch.lookback // timedelta(microseconds=1), anew)
    stated = States(patient, at, level, since, figure, limit, ids[which], side[which])
    return stated.where(~np.isnan(limit)).frame(given)


def moments(readings: list[Readings], given: Given) -> tuple[Ints, Ints]:
    """The moments to judge: with a reading of any of the kinds, each once, in order."""
    first = given.since[given.applies].min(initial=FOREVER)
    late = [np.flatnonzero(one.at >= first) for one in readings]
    patient = np.concatenate([one.patient[rows] for one, rows in zip(readings, late, strict=True)])
    at = np.concatenate([one.at[rows] for one, rows in zip(readings, late, strict=True)])
    judged = given.to_judge(patient, at)
    patient, at = patient[judged], at[judged]
    order = np.lexsort((at, patient))
    patient, at = patient[order], at[order]
    once = ~same_moment(patient, at)
    return patient[once], at[once]


def learned_anew(given: Given, patient: Ints, at: Ints) -> Ints:
    """For each moment since when its usual is learned: the end of the last pause before it; else the beginning of time."""
    since = np.full(len(at), np.iinfo(np.int64).min // 2)
    ends = micros(given.pauses["ends_at"])
    own = np.isin(given.pauses["patient_id"].to_numpy(np.int64), given.patients)
    of = np.searchsorted(given.patients, given.pauses["patient_id"].to_numpy(np.int64)[own])
    for one, end in zip(of.tolist(), ends[own].tolist(), strict=True):
        rows = (patient == one) & (at >= end)
        since[rows] = np.maximum(since[rows], end)
    return since


def look_back(
    watch: Watch, long: int, grids: list[Grid], readings: list[Readings], patient: Ints, at: Ints, anew: Ints
) -> Seen:
    """The daily values before each moment, the own day so far as the last, held against the usual."""
    day = local_days(at)
    value, middle, spread = (np.full((len(grids), len(at)), np.nan) for _ in range(3))
    days = np.zeros((len(grids), len(at)), dtype=np.int64)
    away = np.full((len(grids), len(at), long), np.nan)
    from_day = local_days(anew.clip(min=0)) + 1
    # Moments of one day and patient share their usual, unless a pause ends between them.
    news = new_patient(patient) | new_patient(day) | new_patient(from_day)
    first, back = np.flatnonzero(news), np.cumsum(news) - 1
    for nth, (grid, own, signal) in enumerate(zip(grids, readings, watch.signals, strict=True)):
        if not len(own):
            continue  # nobody has sent it
        before = grid.before(patient[first], day[first], watch.usual_days, watch.apart_days, from_day[first])
        answers = KINDS[signal.kind].answers is not None
        found = usual(before, min_days=watch.min_days, typical=signal.spread, answers=answers).at(back)
        # What was before a pause is not held against what is usual after it.
        recent = grid.before(patient, day, long, 0, from_day)
        recent[:, -1] = so_far(own, signal.kind, patient, at, day)
        known = ~np.isnan(recent)
        last = long - 1 - known[:, ::-1].argmax(axis=1)
        value[nth] = recent[np.arange(len(at)), last]
        middle[nth], spread[nth], days[nth] = found.middle, found.spread, found.days
        # A usual of few days is itself uncertain: a sum of days scatters by that too.
        scatter = found.spread * np.sqrt(1 + (1 + ALIKE) * 4 / np.maximum(found.days, 1))
        towards = (recent - found.middle[:, None]) / scatter[:, None] * SIGNS[signal.harm]
        away[nth] = np.clip(towards, -watch.most, watch.most)
    return Seen(value, Usual(middle, spread, days), away)


def so_far(readings: Readings, kind: str, patient: Ints, at: Ints, day: Ints) -> Floats:
    """The median of each moment's own local day up to the moment; NaN where there is nothing yet."""
    if not len(readings):
        return np.full(len(at), np.nan)
    readings = readings.where(
        readings.at >= at.min(initial=FOREVER) - 2 * DAY
    )  # the days of all these moments
    if not len(readings):
        return np.full(len(at), np.nan)
    origin = min(int(readings.at.min()), int(at.min(initial=readings.at[0])))
    span = max(int(readings.at.max()), int(at.max(initial=readings.at[0]))) - origin + 2
    rows = readings.patient * span + (readings.at - origin)
    end = np.searchsorted(rows, patient * span + (at - origin), side="right")
    own_day = local_days(readings.at)
    days = int(max(own_day.max(), day.max(initial=0))) + 1
    start = np.searchsorted(readings.patient * days + own_day, patient * days + day)
    return medians(shown(readings.value, kind), np.minimum(start, end), end)


def against(kind: str, value: float, middle: float, days: int | None = None) -> str:
    """`82.4 kg, 1.9 kg above this person's usual of 80.5 kg (28 days)`."""
    from_days = "" if days is None else f" ({days} days)"
    if KINDS[kind].answers is not None:
        return f"{quantity(kind, value)}, more than usual"
    unit = "points" if KINDS[kind].unit_label == "%" else KINDS[kind].unit_label
    way = "above" if value >= middle else "below"
    apart = f"{number(kind, abs(value - middle))} {unit}".strip()
    usually = (
        f"this person's usual of {quantity(kind, middle)}" if days is not None else quantity(kind, middle)
    )
    return f"{quantity(kind, value)}, {apart} {way} {usually}{from_days}"


def as_seen(spec: RuleSpec, watch: Watch, long: int, episode: Episode, readings: pd.DataFrame) -> Seen:
    """What the moment of the evidence looked back at, from the evidence alone."""
    nobody = pd.DataFrame({"patient_id": np.empty(0, np.int64)})
    history = {
        KINDS[kind].id: readings[readings["kind"] == KINDS[kind].id].assign(patient_id=0)
        for kind in spec.kinds
    }
    never = pd.Series(dtype="datetime64[us, UTC]")
    bounds = nobody.assign(
        kind=0.0, **dict.fromkeys(("red_low", "amber_low", "amber_high", "red_high"), np.nan)
    )
    enrolled = nobody.assign(pathway="", enrolled_at=never, ended_at=never)
    since = pd.DataFrame({"patient_id": [0], "since": pd.DatetimeIndex([episode.evidence_at])})
    given = gather(
        history, bounds, enrolled, nobody.assign(starts_at=never, ends_at=never), since, episode.evidence_at
    )
    whole = given.for_rule(given.applies, np.array([0]))
    at = np.array([moment_micros(episode.evidence_at)])
    return look_back(
        watch,
        long,
        [Grid.of(whole.daily(kind), 1) for kind in spec.kinds],
        [whole.confirmed(kind) for kind in spec.kinds],
        np.array([0]), at, np.array([moment_micros(episode.since)]),
    )  # fmt: skip
