"""A person's own usual of a kind, by days: what is normal for them, and how much it scatters.

The usual is the median of the daily values of some weeks that end some days before the day in question, so that what is
beginning does not hide itself. The spread is 1.4826 times the median distance from it, mixed with what is typical of
people at home as though that were seven more days: few days say little. Of a question with set answers it is the mean and
the standard deviation, for the median of answers that are nearly always the same knows nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from alerts.moments import Floats, Ints
from alerts.rules.series import Daily

SIGMA = 1.4826  # makes the median distance from the median the standard deviation of a normal distribution
ALIKE = 8  # so many of one day, on average, are worth a slice
TYPICAL_DAYS = 7  # how many days the typical spread counts for [proposed]


@dataclass(frozen=True)
class Grid:
    """The daily values of one kind: patients × local days from `first`; NaN: none that day."""

    value: Floats
    first: int

    @classmethod
    def of(cls, daily: Daily, patients: int) -> Grid:
        """The days of a batch of so many patients."""
        if not len(daily):
            return cls(np.full((patients, 1), np.nan), 0)
        first = int(daily.day.min())
        value = np.full((patients, int(daily.day.max()) - first + 1), np.nan)
        value[daily.patient, daily.day - first] = daily.median
        return cls(value, first)

    def before(
        self, patient: Ints, day: Ints, days: int, apart: int, not_before: Ints | None = None
    ) -> Floats:
        """For each patient and day the `days` daily values that end `apart` days before it, oldest first.

        not_before: for each of them a local day; what lies before it is left out.
        """
        begins = day - (apart + days - 1)
        distinct = np.unique(begins)
        if len(distinct) * ALIKE < len(begins):
            found = np.full((len(begins), days), np.nan)
            for one in distinct.tolist():
                self._put(found, np.flatnonzero(begins == one), patient, one)
        else:
            place = begins[:, None] + np.arange(days) - self.first
            known = (place >= 0) & (place < self.value.shape[1])
            found = np.where(known, self.value[patient[:, None], np.where(known, place, 0)], np.nan)
        if not_before is not None and (not_before > begins).any():
            found[begins[:, None] + np.arange(days) < not_before[:, None]] = np.nan
        return found

    def _put(self, found: Floats, rows: Ints, patient: Ints, from_day: int) -> None:
        """The values of these rows, all from the same day on: a slice, at a tenth of the cost of picking each."""
        low, high = (
            max(from_day - self.first, 0),
            min(from_day - self.first + found.shape[1], self.value.shape[1]),
        )
        if low < high:
            start = self.first + low - from_day
            found[rows, start : start + high - low] = self.value[patient[rows], low:high]


@dataclass(frozen=True)
class Usual:
    """Of each of some patients on some day."""

    middle: Floats  # NaN: too few days to know
    spread: Floats
    days: Ints  # with a value

    def at(self, rows: Ints) -> Usual:
        """The same at these places."""
        return Usual(self.middle[rows], self.spread[rows], self.days[rows])


def usual(before: Floats, *, min_days: int, typical: float, answers: bool = False) -> Usual:
    """The usual of rows of daily values (NaN: none), of at least `min_days` of them.

    typical: the spread that is typical of people at home, in the kind's stored unit. answers: of a question.
    """
    days = (~np.isnan(before)).sum(axis=1)
    enough = days >= min_days
    if answers:
        middle = np.where(enough, np.nansum(before, axis=1) / np.maximum(days, 1), np.nan)
        squares = np.nansum((before - middle[:, None]) ** 2, axis=1) / np.maximum(days, 1)
    else:
        middle = np.where(enough, _medians(before, days), np.nan)
        squares = (SIGMA * _medians(np.abs(before - middle[:, None]), days)) ** 2
    spread = np.sqrt((days * np.nan_to_num(squares) + TYPICAL_DAYS * typical**2) / (days + TYPICAL_DAYS))
    return Usual(middle, spread, days)


def _medians(values: Floats, count: Ints) -> Floats:
    """The median of each row's values, of which there are `count`."""
    ordered = np.sort(values, axis=1)  # NaN last
    rows = np.arange(len(values))
    last = values.shape[1] - 1
    found: Floats = (
        ordered[rows, np.maximum(count - 1, 0) // 2] + ordered[rows, np.minimum(count // 2, last)]
    ) / 2
    return found
