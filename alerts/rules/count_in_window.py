"""Several readings beyond a bound within some days, in a row or not: a pattern rather than a single value."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from alerts.episodes import Episode
from alerts.moments import DAY, LOW, Ints, first_from
from alerts.rules.bound import OneBound, bound_words, hold
from alerts.rules.frames import Given, States, graded, shown
from alerts.rules.spec import RuleSpec
from alerts.rules.words import evidence_line, label, local_time, plain, quantity, times
from ingest.catalogue import KINDS


@dataclass(frozen=True, kw_only=True)
class CountInWindow(OneBound):
    """At least `needs` readings beyond the bound in the `days` (of 24 hours) that end at the moment."""

    needs: int
    days: float

    def __post_init__(self) -> None:
        """Counts from two; one is the business of `limits`."""
        super().__post_init__()
        if self.needs < 2 or self.days <= 0:  # noqa: PLR2004 one is the limits rule
            raise ValueError("needs is 2 or more, days more than 0")

    @property
    def lookback(self) -> timedelta:
        """The window."""
        return timedelta(days=self.days)


def states(spec: RuleSpec, given: Given) -> pd.DataFrame:
    """Every moment with a confirmed reading of the kind.

    The rule's severity: this reading lies beyond the bound and, with those before it in the window, they
    are enough. normal: this reading lies within and they are not enough. neutral: all else, so that an
    episode goes on for as long as the window still holds enough of them.
    """
    (kind,) = spec.kinds
    params = spec.params_as(CountInWindow)
    held = hold(params, given, kind)
    readings, beyond = held.readings, held.beyond
    start = first_from(
        readings.patient, readings.at, readings.patient, readings.at - round(params.days * DAY)
    )
    so_far = np.concatenate(([0], np.cumsum(beyond)))
    count: Ints = so_far[1:] - so_far[start]
    enough = count >= params.needs
    earliest = readings.at.copy()
    earliest[enough] = readings.at[np.flatnonzero(beyond)[so_far[start[enough]]]]
    return States(
        readings.patient,
        readings.at,
        graded(beyond & enough, beyond | enough, spec.fixed_severity()),
        earliest,
        count.astype(np.float64),
        held.limit,
        KINDS[kind].id,
        params.side,
    ).frame(given)


def sentence(spec: RuleSpec, episode: Episode) -> str:
    """Such as: Blood glucose at or below 3.9 mmol/L twice within 7 days, the last at 08:02 on 20 Nov 2026."""
    (kind,) = spec.kinds
    days = plain(spec.params_as(CountInWindow).days)
    return (
        f"{label(kind)} {bound_words(kind, episode.side, episode.limit)} {times(episode.figure)} "
        f"within {days} days, the last at {local_time(episode.evidence_at)}."
    )


def arithmetic(spec: RuleSpec, episode: Episode, readings: pd.DataFrame) -> list[str]:
    """The readings that count, one a line, and how many it takes."""
    (kind,) = spec.kinds
    own = readings[((readings["kind"] == KINDS[kind].id) & readings["confirmed"]).to_numpy()]
    value = shown(own["value"].to_numpy(np.float64), kind)
    past = own[np.asarray(value <= episode.limit if episode.side == LOW else value >= episode.limit)]
    sign = "≤" if episode.side == LOW else "≥"
    lines = [evidence_line(row, kind, f"{sign} {quantity(kind, episode.limit)}") for row in past.itertuples()]
    params = spec.params_as(CountInWindow)
    return [*lines, f"{len(past)} within {plain(params.days)} days, {params.needs} needed"]
