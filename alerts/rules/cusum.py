"""A cumulative sum of what lies away from the person's own usual: a CUSUM, towards harm alone, of each of several kinds.

Each kind's daily value is held against the person's own usual (alerts.rules.usual) in their own spread, towards harm: z. Day by
day C = max(0, C + z - k), from 0 at the start of the last `run_days`; a kind is beyond when C > h. One kind beyond is yellow;
`agree` of them at the same moment are amber. The usual ends before those days begin, so that what builds up does not move its
own yardstick. A day without a value changes nothing. A single day counts `most` spreads at most, either way.

Days at home resemble the day before, by a lag-1 autocorrelation of 0.3 (clinical notes 4.1), and a sum of such days scatters more
than one of days that do not. So z is divided by the square root of (1 + 0.3) / (1 - 0.3), which is 1.36, and, as in drift, by
what the usual itself scatters, being known from so many days.

Sources: k 1, h 4, a robust usual of 28 days or more, and two signals before amber: clinical notes 3.3, 3.4, where they are
proposed. What it costs and finds on a simulated cohort: docs/alert-quality.md. No clinician has signed any number.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from alerts.episodes import Episode
from alerts.moments import AMBER, NEUTRAL, NORMAL, SEVERITY_NAMES, YELLOW, Floats, Ints, Levels
from alerts.rules.frames import Given
from alerts.rules.series import Readings
from alerts.rules.signals import ALIKE, Seen, Signal, against, as_seen, look_back, states_of
from alerts.rules.spec import Params, RuleSpec
from alerts.rules.usual import Grid
from alerts.rules.words import NAMES, listed, local_time, lower_label, plain
from ingest.catalogue import KINDS

LEAST_USUAL = 28  # days
WIDER = float(np.sqrt(1 + ALIKE))  # the spread of days that resemble each other, when they are added up


@dataclass(frozen=True, kw_only=True)
class Cusum(Params):
    """Which kinds are summed up, over which days, and from where a sum is a signal."""

    severities = (YELLOW, AMBER)

    signals: tuple[Signal, ...]
    k: float = 1.0  # spreads that a day may lie towards harm without adding anything
    h: float = 4.0  # spreads: a sum above this is beyond
    agree: int = 2  # kinds beyond at once: amber; fewer: yellow
    settle: float = 0.5  # of h: below it every sum is normal
    most: float = 3.5  # own spreads that one day lies from the usual at most
    run_days: int = 14  # what is summed up, the own day included
    usual_days: int = 28
    apart_days: int = 14  # from the last day of the usual to the moment's own
    min_days: int = 14  # with a value, of the usual's

    def __post_init__(self) -> None:
        """Numbers that can be kept to."""
        if not self.signals or any(signal.weight != 1 for signal in self.signals):
            raise ValueError("give signals, and none a weight: each has a sum of its own")
        if min(self.k, self.h) <= 0 or not 0 < self.settle <= 1:
            raise ValueError("k and h are more than 0, settle is a share")
        if not 0 < self.most / WIDER - self.k <= self.h:
            raise ValueError(f"most is more than {WIDER:.2f} k, and no single day of so many may reach h")
        if not 1 <= self.run_days <= self.apart_days:
            raise ValueError("run_days is 1 or more, and apart_days no fewer")
        if self.usual_days < LEAST_USUAL or not 1 <= self.min_days <= self.usual_days:
            raise ValueError(f"usual_days is {LEAST_USUAL} or more, min_days from 1 to usual_days")
        if not 1 <= self.agree <= max(len(self.signals), 2):
            raise ValueError("agree counts signals")

    @property
    def kinds(self) -> tuple[str, ...]:
        """Those of the signals."""
        return tuple(signal.kind for signal in self.signals)

    @property
    def gives(self) -> tuple[int, ...]:
        """Yellow of fewer than `agree`, amber where there are as many."""
        amber = (AMBER,) if self.agree <= len(self.signals) else ()
        return (YELLOW, *amber) if self.agree > 1 else amber

    @property
    def lookback(self) -> timedelta:
        """The usual and what is left out after it, in whole local days, one of which may have 25 hours."""
        return timedelta(days=self.usual_days + self.apart_days + 1, hours=1)


def states(spec: RuleSpec, given: Given) -> pd.DataFrame:
    """Every moment with a confirmed reading of any of the kinds, once one of them has a usual and a value to hold against it.

    amber: the sums of `agree` kinds are above h. yellow: of fewer. normal: every sum is below `settle` of h. neutral: in
    between. The figure is the day's value so far of the kind with the greatest sum, the limit its usual. The evidence begins
    with the first day that the usual may rest on. After a pause all is learned anew.
    """
    return states_of(spec.params_as(Cusum), spec.kinds, given, _judged)


def _judged(
    params: Cusum, grids: list[Grid], readings: list[Readings], patient: Ints, at: Ints, anew: Ints
) -> tuple[Levels, Floats, Floats, Ints]:
    """Level, figure, limit and which of the kinds, of some moments; the limit is NaN where nothing can be said."""
    seen = look_back(params, params.run_days, grids, readings, patient, at, anew)
    sums, _ = _sums(params, seen.away)
    beyond = (sums > params.h).sum(axis=0)
    greatest = sums.max(axis=0)
    level = np.full(len(at), NORMAL, dtype=np.int8)
    level[greatest >= params.settle * params.h] = NEUTRAL
    level[beyond > 0] = YELLOW
    level[beyond >= params.agree] = AMBER
    which, rows = sums.argmax(axis=0), np.arange(len(at))
    limit = np.where(greatest < 0, np.nan, seen.usual.middle[which, rows])
    return level, seen.value[which, rows], limit, which


def _sums(params: Cusum, away: Floats) -> tuple[Floats, Ints]:
    """For each kind and moment the sum, -inf where there is no value; and for how many days it had been building up by the last."""
    z = _z(away)
    sums = np.zeros(z.shape[:2])
    building, told = np.zeros(sums.shape, np.int64), np.zeros(sums.shape, np.int64)
    for day in range(z.shape[2]):
        known = ~np.isnan(z[:, :, day])
        sums = np.where(known, np.maximum(0.0, sums + np.nan_to_num(z[:, :, day]) - params.k), sums)
        building = np.where(sums > 0, building + 1, 0)
        told = np.where(known, building, told)
    return np.where(np.isnan(z).all(axis=2), -np.inf, sums), told


def _z(away: Floats) -> Floats:
    """Deviations towards harm in a spread that allows for days that resemble each other."""
    found: Floats = away / WIDER
    return found


def sentence(spec: RuleSpec, episode: Episode, readings: pd.DataFrame | None) -> str:
    """Such as: Weight 82.4 kg, 1.9 kg above this person's usual of 80.5 kg (28 days), building up for 5 days, by 08:02 on 20 Nov."""
    params = spec.params_as(Cusum)
    kind = NAMES[episode.kind]
    if readings is None:
        text = f"{KINDS[kind].label} {against(kind, episode.figure, episode.limit)}"
        return f"{text}, this person's usual, building up over days, by {local_time(episode.evidence_at)}."
    seen = _as_seen(spec, episode, readings)
    sums, building = _sums(params, seen.away)
    nth = spec.kinds.index(kind)
    with_days = int(seen.usual.days[nth, 0])
    text = f"{KINDS[kind].label} {against(kind, episode.figure, episode.limit, with_days)}"
    others = [
        f"{lower_label(name)} {against(name, seen.value[at, 0], seen.usual.middle[at, 0])}"
        for at, name in enumerate(spec.kinds)
        if at != nth and sums[at, 0] > params.h
    ]
    with_them = f"; with it {listed(others, 'and')}" if others else ""
    days = int(building[nth, 0])
    or_more = " or more" if days == params.run_days else ""
    return f"{text}, building up for {days} days{or_more}{with_them}, by {local_time(episode.evidence_at)}."


def _as_seen(spec: RuleSpec, episode: Episode, readings: pd.DataFrame) -> Seen:
    params = spec.params_as(Cusum)
    return as_seen(spec, params, params.run_days, episode, readings)


def arithmetic(spec: RuleSpec, episode: Episode, readings: pd.DataFrame) -> list[str]:
    """Each kind's usual, how far its last days lie from it, and their sum; then how many sums are beyond h."""
    params = spec.params_as(Cusum)
    seen = _as_seen(spec, episode, readings)
    sums, _ = _sums(params, seen.away)
    lines = []
    for nth, signal in enumerate(params.signals):
        own = KINDS[signal.kind]
        middle, spread, days = seen.usual.middle[nth, 0], seen.usual.spread[nth, 0], seen.usual.days[nth, 0]
        if np.isnan(middle):
            lines.append(f"{own.label}: fewer than {params.min_days} days before, no usual yet")
            continue
        if np.isinf(sums[nth, 0]):
            lines.append(f"{own.label}: no value in the last {params.run_days} days")
            continue
        last = ", ".join("–" if np.isnan(one) else f"{one:+.1f}" for one in _z(seen.away[nth, 0, -7:]))
        told = f"usual {plain(round(middle, 2))}, spread {spread:.2g} {own.unit_label}".strip()
        lines.append(
            f"{own.label}: {told}, of {days} days; last 7 days in widened spreads towards harm: {last}"
        )
        lines.append(
            f"{own.label}: what exceeds {plain(params.k)} a day, added up over {params.run_days} days and never below 0: "
            f"{sums[nth, 0]:.1f}, limit {plain(params.h)}"
        )
    beyond = int((sums[:, 0] > params.h).sum())
    counted = f"{beyond} of {len(params.signals)} sums above {plain(params.h)}"
    lines.append(f"{counted}: {SEVERITY_NAMES[episode.level]}{_from(params)}")
    return lines


def _from(params: Cusum) -> str:
    """Where there are two severities, from how many sums amber is."""
    return f" (amber from {params.agree} at once)" if len(params.gives) > 1 else ""
