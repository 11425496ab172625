"""Lung function below the person's own days before: mean less some standard deviations. Source: Cooper 2020."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from alerts.episodes import Episode
from alerts.moments import DAY, LOW, Floats, Ints, first_from, new_patient, run_length
from alerts.rules.frames import Given, States, graded, scale_of, steps
from alerts.rules.spec import Params, RuleSpec
from alerts.rules.words import evidence_line, in_a_row_words, label, local_time, plain, quantity
from ingest.catalogue import KINDS


@dataclass(frozen=True, kw_only=True)
class BelowMean(Params):
    """How far below which mean, on how many readings in a row."""

    spreads: float  # standard deviations below the mean, more than
    needs: int = 1  # readings in a row, each below the mean of its own days before
    days: float = 7  # mean and standard deviation are of the readings of this long before a reading
    min_readings: int = 5  # with fewer there is none

    def __post_init__(self) -> None:
        """Numbers that can be kept to."""
        if min(self.spreads, self.days) <= 0 or self.needs < 1 or self.min_readings < 2:  # noqa: PLR2004 one has no spread
            raise ValueError("spreads and days are more than 0, needs 1 or more, min_readings 2 or more")

    @property
    def lookback(self) -> timedelta:
        """The readings in a row lie within one such stretch, and the first has its own before it."""
        return timedelta(days=2 * self.days)


def states(spec: RuleSpec, given: Given) -> pd.DataFrame:
    """Every moment with a confirmed reading and enough of them in the `days` before it.

    The rule's severity: the last `needs` readings, all within `days`, each lie more than `spreads` standard deviations
    below the mean of the readings of the `days` before. neutral: this one does, but not all of those. normal: it does
    not, or none of them varied.
    """
    (kind,) = spec.kinds
    params = spec.params_as(BelowMean)
    readings = given.confirmed(kind)
    value, row = steps(readings.value, kind), np.arange(len(readings))
    start = first_from(
        readings.patient, readings.at, readings.patient, readings.at - round(params.days * DAY)
    )
    count = row - start
    known = count >= params.min_readings
    limit = np.where(known, _limit(params, value, start), np.nan) / scale_of(kind)
    below = known & (value / scale_of(kind) < limit)
    run = run_length(below, new_patient(readings.patient))
    first = np.maximum(row - params.needs + 1, 0)
    breach = (run >= params.needs) & (first >= start)
    level = graded(breach, below, spec.fixed_severity())
    since = readings.at[np.where(breach, start[first], start)]
    found = States(
        readings.patient, readings.at, level, since, value / scale_of(kind), limit, KINDS[kind].id, LOW
    )
    return found.where(known).frame(given)


def _limit(params: BelowMean, value: Ints, start: Ints) -> Floats:
    """The mean of the rows from each start to before its own, less so many standard deviations.

    Of sums of whole numbers, so that it does not hang on how much history was loaded; rounded to what can matter.
    """
    row = np.arange(len(value))
    count = np.maximum(row - start, 2)
    total, squares = (np.concatenate(([0], np.cumsum(each))) for each in (value, value * value))
    total, squares = total[row] - total[start], squares[row] - squares[start]
    variance = np.maximum(count * squares - total * total, 0) / (count * (count - 1))
    limit: Floats = np.round(total / count - params.spreads * np.sqrt(variance), 6)
    return limit


def sentence(spec: RuleSpec, episode: Episode) -> str:
    """The value, how many in a row, and what it is below."""
    (kind,) = spec.kinds
    params = spec.params_as(BelowMean)
    unit = KINDS[kind].unit_label
    return (
        f"{label(kind)} {quantity(kind, episode.figure)} at {local_time(episode.evidence_at)}{in_a_row_words(params.needs)}: "
        f"below {episode.limit:.{KINDS[kind].decimals + 1}f} {unit}, the mean of this person's {plain(params.days)} days before "
        f"less {plain(params.spreads)} standard deviations."
    )


def arithmetic(spec: RuleSpec, episode: Episode, readings: pd.DataFrame) -> list[str]:
    """Every reading since the first that counts, and the limit of the last."""
    (kind,) = spec.kinds
    params = spec.params_as(BelowMean)
    own = readings[((readings["kind"] == KINDS[kind].id) & readings["confirmed"]).to_numpy()]
    oldest = pd.Timestamp(episode.evidence_at) - pd.Timedelta(days=params.days)
    before = own["value"].iloc[:-1][(own["measured_at"].iloc[:-1] >= oldest).to_numpy()]
    unit, decimals = KINDS[kind].unit_label, KINDS[kind].decimals + 1
    usual = f"mean {before.mean():.{decimals}f} {unit}, standard deviation {before.std():.{decimals}f} {unit}"
    return [
        *(evidence_line(row, kind, "") for row in own.itertuples()),
        f"Of the {plain(params.days)} days before the last: {usual} ({len(before)} readings)",
        f"Limit: mean − {plain(params.spreads)} standard deviations = {episode.limit:.{decimals}f} {unit}",
    ]
