"""Peak flow as a share of the person's best. Source: asthma action plans and BTS (clinical notes, PF-1).

The best is the trait that a clinician set; where none is set, the highest of the last weeks, once there are enough
readings for that to mean something. That one can be lower than the true best, never higher.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from alerts.episodes import Episode
from alerts.moments import AMBER, DAY, LOW, NORMAL, RED, SEVERITY_NAMES, YELLOW, Floats, Ints, first_from
from alerts.rules.frames import Given, Readings, States, shown
from alerts.rules.rows import least_of
from alerts.rules.spec import Params, RuleSpec
from alerts.rules.traits import TRAITS
from alerts.rules.words import evidence_line, label, local_time, plain, quantity
from ingest.catalogue import KINDS


@dataclass(frozen=True, kw_only=True)
class PercentOfBest(Params):
    """Below which share of the best it is yellow, amber and red, and what the best is."""

    severities = (YELLOW, AMBER, RED)

    trait: str  # whose value is the best
    yellow: float  # per cent, less than
    amber: float
    red: float
    best_days: float = 28  # without the trait: the highest of this long before the moment
    min_readings: int = 14  # of so many readings at least, the moment's own included

    def __post_init__(self) -> None:
        """Red lies furthest."""
        if self.trait not in TRAITS:
            raise ValueError(f"trait is one of {', '.join(TRAITS)}")
        if not 0 < self.red < self.amber < self.yellow <= 100:  # noqa: PLR2004 per cent
            raise ValueError("red, amber and yellow rise, per cent")
        if self.best_days <= 0 or self.min_readings < 1:
            raise ValueError("best_days is more than 0, min_readings 1 or more")

    @property
    def shares(self) -> tuple[tuple[int, float], ...]:
        """Severity and its share, from mild to severe."""
        return (YELLOW, self.yellow), (AMBER, self.amber), (RED, self.red)

    @property
    def lookback(self) -> timedelta:
        """The best."""
        return timedelta(days=self.best_days)


def states(spec: RuleSpec, given: Given) -> pd.DataFrame:
    """Every moment with a confirmed reading of somebody whose best is known.

    red, amber, yellow: less than that share of the best; no more than yellow where nobody has set the best, because the
    highest of some weeks holds the luckiest blow. Else normal. The figure is the value, the limit that share.
    """
    (kind,) = spec.kinds
    params = spec.params_as(PercentOfBest)
    readings = given.confirmed(kind)
    judged = np.flatnonzero(given.to_judge(readings.patient, readings.at))
    patient, at = readings.patient[judged], readings.at[judged]
    value = shown(readings.value, kind)
    best, since = _best(params, given, readings, value, judged)
    own = value[judged]
    level = np.full(len(at), NORMAL, dtype=np.int8)
    limit = best * params.yellow / 100
    known = ~np.isnan(given.trait(params.trait)[patient])
    for severity, share in params.shares:
        below = (100 * own < share * best) & (known | (severity == YELLOW))
        level[below], limit[below] = severity, (share * best / 100)[below]
    found = States(patient, at, level, since, own, limit, KINDS[kind].id, LOW)
    return found.where(~np.isnan(best)).frame(given)


def _best(
    params: PercentOfBest, given: Given, readings: Readings, value: Floats, judged: Ints
) -> tuple[Floats, Ints]:
    """At each moment the best, NaN where it is not known; and since when it is one."""
    patient, at = readings.patient[judged], readings.at[judged]
    start = first_from(readings.patient, readings.at, patient, at - round(params.best_days * DAY))
    highest = -least_of(-value, start, judged)
    highest[judged - start + 1 < params.min_readings] = np.nan
    told = given.trait(params.trait)[patient]
    return np.where(np.isnan(told), highest, told), np.where(np.isnan(told), readings.at[start], at)


def sentence(spec: RuleSpec, episode: Episode) -> str:
    """Such as: Peak flow 210 L/min at 08:02 on 20 Nov 2026, 52.5 % of this person's best of 400 L/min …."""
    (kind,) = spec.kinds
    share = _share(spec, episode)
    best = round(episode.limit * 100 / share, 6)
    percent = np.floor(1_000 * episode.figure / best) / 10  # rounded down: never at a limit that it is below
    return (
        f"{label(kind)} {quantity(kind, episode.figure)} at {local_time(episode.evidence_at)}, {percent:.1f} % of this "
        f"person's best of {quantity(kind, best)}: less than the {SEVERITY_NAMES[episode.level]} limit of {plain(share)} %."
    )


def arithmetic(spec: RuleSpec, episode: Episode, readings: pd.DataFrame) -> list[str]:
    """The reading, the best and where it comes from, and the share that is the limit."""
    (kind,) = spec.kinds
    params = spec.params_as(PercentOfBest)
    share = _share(spec, episode)
    own = readings[((readings["kind"] == KINDS[kind].id) & readings["confirmed"]).to_numpy()]
    best = quantity(kind, round(episode.limit * 100 / share, 6))
    alone = episode.since == episode.evidence_at
    source = (
        "as set by a clinician"
        if alone
        else f"the highest of {len(own)} readings in {plain(params.best_days)} days"
    )
    return [
        *(evidence_line(row, kind, "") for row in own.iloc[-1:].itertuples()),
        f"Best: {best}, {source}",
        f"{plain(share)} % of {best} = {plain(round(episode.limit, 6))} {KINDS[kind].unit_label}",
    ]


def _share(spec: RuleSpec, episode: Episode) -> float:
    params = spec.params_as(PercentOfBest)
    return dict(params.shares).get(episode.level, params.yellow)
