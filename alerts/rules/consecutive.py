"""Readings in a row beyond a bound, with none within it between them."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from alerts.episodes import Episode
from alerts.moments import DAY, HOUR, LOW, first_from, new_patient, run_length
from alerts.rules.bound import OneBound, bound_words, hold
from alerts.rules.frames import Given, States, graded
from alerts.rules.spec import RuleSpec
from alerts.rules.words import evidence_line, label, local_time, plain, quantity
from ingest.catalogue import KINDS


@dataclass(frozen=True, kw_only=True)
class Consecutive(OneBound):
    """At least `needs` in a row within `days` (of 24 hours), and at least `over_hours` from first to last."""

    needs: int
    days: float
    over_hours: float = 0

    def __post_init__(self) -> None:
        """Counts from two; one is the business of `limits`."""
        super().__post_init__()
        if self.needs < 2 or self.days <= 0:  # noqa: PLR2004 one is no row
            raise ValueError("needs is 2 or more, days more than 0")
        if not 0 <= self.over_hours <= self.days * 24:
            raise ValueError("over_hours fits into days")

    @property
    def lookback(self) -> timedelta:
        """The window."""
        return timedelta(days=self.days)


def states(spec: RuleSpec, given: Given) -> pd.DataFrame:
    """Every moment with a confirmed reading of the kind.

    The rule's severity: the readings in a row beyond the bound that end here, as far as they lie within the
    window, are enough. neutral: beyond the bound, not enough of them. normal: within the bound.

    A later normal reading does not undo it: each moment is judged as of its own time, whatever arrived
    since.
    """
    (kind,) = spec.kinds
    params = spec.params_as(Consecutive)
    held = hold(params, given, kind)
    readings, beyond = held.readings, held.beyond
    row = np.arange(len(readings))
    run = run_length(beyond, new_patient(readings.patient))
    window = first_from(
        readings.patient, readings.at, readings.patient, readings.at - round(params.days * DAY)
    )
    first = np.where(beyond, np.maximum(row - run + 1, window), row)
    long_enough = readings.at - readings.at[first] >= round(params.over_hours * HOUR)
    breach = beyond & (row - first + 1 >= params.needs) & long_enough
    return States(
        readings.patient,
        readings.at,
        graded(breach, beyond, spec.fixed_severity()),
        readings.at[first],
        readings.value,
        held.limit,
        KINDS[kind].id,
        params.side,
    ).frame(given)


def sentence(spec: RuleSpec, episode: Episode) -> str:
    """The latest value, how many in a row it takes, the bound, and since when."""
    (kind,) = spec.kinds
    params = spec.params_as(Consecutive)
    return (
        f"{label(kind)} {quantity(kind, episode.figure)} at {local_time(episode.evidence_at)}: at least "
        f"{params.needs} readings in a row {bound_words(kind, episode.side, episode.limit)}, "
        f"since {local_time(episode.since)}."
    )


def arithmetic(spec: RuleSpec, episode: Episode, readings: pd.DataFrame) -> list[str]:
    """Every reading of the row, one a line, and what it takes."""
    (kind,) = spec.kinds
    own = readings[((readings["kind"] == KINDS[kind].id) & readings["confirmed"]).to_numpy()]
    sign = "≤" if episode.side == LOW else "≥"
    lines = [evidence_line(row, kind, f"{sign} {quantity(kind, episode.limit)}") for row in own.itertuples()]
    params = spec.params_as(Consecutive)
    over = f", over at least {plain(params.over_hours)} hours" if params.over_hours else ""
    needed = f"{params.needs} needed within {plain(params.days)} days{over}"
    return [*lines, f"{len(own)} in a row, {needed}"]
