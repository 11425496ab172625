"""A drift away from the person's own usual: small deviations of one or several kinds that go on for days.

Each kind's daily value is held against the person's own usual (alerts.rules.usual), in spreads towards harm. Over the last 2,
4, 7 … days these are added up over all days and kinds, each with its weight, and divided by the standard error of such a sum:
one day resembles the next (a lag-1 autocorrelation of 0.3 at home, clinical notes 4.1) and the usual itself is known only from
so many days. What comes out says how many standard errors the last days lie from the usual; the farthest of the windows
decides. A single day counts `most` spreads at most, so that no single bad measurement raises anything.

Sources: the shape is that of moving-average charts (clinical notes 3.3, 3.4); the numbers are tuned on a simulated cohort, with
what they cost and find in docs/alert-quality.md. No clinician has signed them.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from alerts.episodes import Episode
from alerts.moments import (
    AMBER,
    NEUTRAL,
    NORMAL,
    SEVERITY_NAMES,
    YELLOW,
    Floats,
    Ints,
    Levels,
)
from alerts.rules.frames import Given
from alerts.rules.series import Readings
from alerts.rules.signals import ALIKE, Seen, Signal, against, as_seen, look_back, states_of
from alerts.rules.spec import Params, RuleSpec
from alerts.rules.usual import Grid
from alerts.rules.words import NAMES, listed, local_time, lower_label, plain
from ingest.catalogue import KINDS

ALIKE_DAYS = 5  # so many of them reach ALIKE
LATELY = 3  # days whose mean says which kind deviates most, and which of them agree
LEANS = 0.5  # spreads: from here a kind agrees


@dataclass(frozen=True, kw_only=True)
class Drift(Params):
    """What is looked at together, over which days, and how far from the usual is far."""

    severities = (YELLOW, AMBER)

    signals: tuple[Signal, ...]
    windows: tuple[int, ...]  # days, the own day included
    yellow: float | None = None  # standard errors
    amber: float | None = None
    agree: int = 1  # kinds that must lean towards harm together ...
    alone: float = 99.0  # ... unless it is as far as this
    settle: float = 0.5  # of the lowest bound: nearer to the usual a moment is normal
    most: float = 3.5  # spreads that one day counts at most
    usual_days: int = 56
    apart_days: int = 8
    min_days: int = 7

    def __post_init__(self) -> None:
        """Numbers that can be kept to."""
        if not self.bounds:
            raise ValueError("give yellow, amber or both")
        if min(self.bounds) <= 0 or (self.yellow and self.amber and self.yellow >= self.amber):
            raise ValueError("yellow and amber are more than 0, amber the more")
        if min(self.windows) < 1 or self.apart_days < 1 or not 1 <= self.min_days <= self.usual_days:
            raise ValueError("windows and apart_days are 1 or more, min_days from 1 to usual_days")
        if not 1 <= self.agree <= len(self.signals) or not 0 < self.settle <= 1 or self.most <= 0:
            raise ValueError("agree counts signals, settle is a share, most is more than 0")

    @property
    def kinds(self) -> tuple[str, ...]:
        """Those of the signals."""
        return tuple(signal.kind for signal in self.signals)

    @property
    def bounds(self) -> tuple[float, ...]:
        """Those that are given."""
        return tuple(bound for bound in (self.yellow, self.amber) if bound is not None)

    @property
    def gives(self) -> tuple[int, ...]:
        """Yellow, amber or both."""
        return tuple(
            level for level, bound in ((YELLOW, self.yellow), (AMBER, self.amber)) if bound is not None
        )

    @property
    def lookback(self) -> timedelta:
        """The usual and what is left out after it, in whole local days, one of which may have 25 hours."""
        return timedelta(days=max(self.usual_days + self.apart_days, *self.windows) + 1, hours=1)


def states(spec: RuleSpec, given: Given) -> pd.DataFrame:
    """Every moment with a confirmed reading of any of the kinds, once any of them has a usual.

    amber, yellow: the farthest window lies at or beyond that bound and enough kinds lean towards harm. normal: it lies nearer
    than `settle` of the lowest bound. neutral: in between. The figure is the day's value so far of the kind that deviates
    most, the limit its usual. The evidence begins with the first day that the usual may rest on.
    """
    return states_of(spec.params_as(Drift), spec.kinds, given, _judged)


def _judged(
    params: Drift, grids: list[Grid], readings: list[Readings], patient: Ints, at: Ints, anew: Ints
) -> tuple[Levels, Floats, Floats, Ints]:
    """Level, figure, limit and which of the kinds, of some moments; the limit is NaN where nothing can be said."""
    seen = look_back(params, max(params.windows), grids, readings, patient, at, anew)
    farthest = _farthest(params, seen.away)
    lately = _lately(seen)
    agreeing = ((lately >= LEANS).sum(axis=0) >= params.agree) | (farthest >= params.alone)
    level = np.full(len(at), NORMAL, dtype=np.int8)
    level[farthest >= params.settle * min(params.bounds)] = NEUTRAL
    for bound, reached in zip(params.bounds, params.gives, strict=True):
        level[agreeing & (farthest >= bound)] = reached
    # One with a usual, also where none of these has been measured lately.
    which = np.where(np.isnan(seen.usual.middle), -np.inf, np.maximum(lately, -1e9)).argmax(axis=0)
    rows = np.arange(len(at))
    return level, seen.value[which, rows], seen.usual.middle[which, rows], which


def _lately(seen: Seen) -> Floats:
    """For each kind and moment the mean deviation of the last days; -inf where there is none."""
    last = seen.away[:, :, -LATELY:]
    count = (~np.isnan(last)).sum(axis=2)
    found: Floats = np.where(count > 0, np.nansum(last, axis=2) / np.maximum(count, 1), -np.inf)
    return found


def _farthest(params: Drift, away: Floats) -> Floats:
    """For each moment the most standard errors that any window lies towards harm; -inf where there is no value."""
    weights = np.array([signal.weight for signal in params.signals])[:, None]
    known = ~np.isnan(away)
    values = np.where(known, away, 0.0)
    farthest = np.full(away.shape[1], -np.inf)
    for days in params.windows:
        count = known[:, :, -days:].sum(axis=2)
        total = (values[:, :, -days:].sum(axis=2) * weights).sum(axis=0)
        alike = 1 + ALIKE * (np.clip(count, 1, ALIKE_DAYS) - 1) / (ALIKE_DAYS - 1)
        error = np.sqrt((weights**2 * count * alike).sum(axis=0))
        farthest = np.fmax(farthest, np.where(error > 0, total / np.maximum(error, 1e-9), -np.inf))
    return farthest


def sentence(spec: RuleSpec, episode: Episode, readings: pd.DataFrame | None) -> str:
    """Such as: Weight 82.4 kg, 1.9 kg above this person's usual of 80.5 kg (28 days), for 5 days, by 08:02 on 20 Nov 2026."""
    params = spec.params_as(Drift)
    kind = NAMES[episode.kind]
    if readings is None:
        text = f"{KINDS[kind].label} {against(kind, episode.figure, episode.limit)}"
        return f"{text}, this person's usual, by {local_time(episode.evidence_at)}."
    seen = as_seen(spec, params, max(params.windows), episode, readings)
    nth = spec.kinds.index(kind)
    text = f"{KINDS[kind].label} {against(kind, episode.figure, episode.limit, int(seen.usual.days[nth, 0]))}"
    lean = _lately(seen)[:, 0] >= LEANS
    others = [
        f"{lower_label(name)} {against(name, seen.value[at, 0], seen.usual.middle[at, 0])}"
        for at, name in enumerate(spec.kinds)
        if at != nth and lean[at]
    ]
    with_them = f"; with it {listed(others, 'and')}" if others else ""
    running = _days_in_a_row(_together(params, seen.away)[0])
    for_days = "" if running < 2 else f", drifting for {running} days"  # noqa: PLR2004 one day is no run
    return f"{text}{with_them}{for_days}, by {local_time(episode.evidence_at)}."


def _together(params: Drift, away: Floats) -> Floats:
    """Moments × days: the weighted mean deviation of the kinds that have a value; NaN where none has."""
    weights = np.where(
        np.isnan(away), 0, np.array([signal.weight for signal in params.signals])[:, None, None]
    )
    total = (np.nan_to_num(away) * weights).sum(axis=0)
    found: Floats = np.where(weights.sum(axis=0) > 0, total / np.maximum(weights.sum(axis=0), 1e-9), np.nan)
    return found


def _days_in_a_row(together: Floats) -> int:
    """How many of the last days with a value lie towards harm, from the last one back."""
    known = together[~np.isnan(together)]
    away = np.flatnonzero(known <= 0)
    return len(known) if not len(away) else len(known) - 1 - int(away[-1])


def arithmetic(spec: RuleSpec, episode: Episode, readings: pd.DataFrame) -> list[str]:
    """Each kind's usual, its last days and how far they lie; then all together against the bound."""
    params = spec.params_as(Drift)
    seen = as_seen(spec, params, max(params.windows), episode, readings)
    lines = []
    for nth, signal in enumerate(params.signals):
        middle, spread, days = seen.usual.middle[nth, 0], seen.usual.spread[nth, 0], seen.usual.days[nth, 0]
        if np.isnan(middle):
            lines.append(
                f"{KINDS[signal.kind].label}: fewer than {params.min_days} days before, no usual yet"
            )
            continue
        last = ", ".join("–" if np.isnan(one) else f"{one:+.1f}" for one in seen.away[nth, 0, -7:])
        told = f"usual {plain(round(middle, 2))}, spread {spread:.2g} {KINDS[signal.kind].unit_label}".strip()
        lines.append(
            f"{KINDS[signal.kind].label}: {told}, of {days} days; last 7 days in spreads towards harm: {last}"
        )
    farthest = _farthest(params, seen.away)[0]
    bound = dict(zip(params.gives, params.bounds, strict=True)).get(episode.level, min(params.bounds))
    windows = listed([str(days) for days in params.windows], "or")
    lines.append(
        f"Together over the last {windows} days: {farthest:.1f} standard errors from the usual, "
        f"{SEVERITY_NAMES[episode.level]} from {plain(bound)}"
    )
    return lines
