"""The frames that rules take and give, and the arrays they compute with.

Rules work on sorted arrays with whole numbers for patients and moments: no merge, no copy of a text, and a
result that does not depend on how much history was loaded.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alerts.moments import HIGH, NEUTRAL, NORMAL, Bools, Floats, Ints, Levels, as_utc, same_moment
from ingest.catalogue import KINDS

History = Mapping[int, pd.DataFrame]
"""Kind's id → patient_id, measured_at (UTC), value, confirmed; sorted by patient_id, measured_at."""

BOUNDS = ("red_low", "amber_low", "amber_high", "red_high")
RED_LOW, AMBER_LOW, AMBER_HIGH, RED_HIGH = range(4)


@dataclass(frozen=True)
class Readings:
    """The readings of one kind of a batch of patients, sorted by patient then moment."""

    patient: Ints  # position in Given.patients
    at: Ints  # when measured, microseconds since 1970 UTC
    value: Floats  # in the kind's stored unit
    confirmed: Bools  # False: waits for a person to decide

    def __len__(self) -> int:
        """How many."""
        return len(self.at)

    def where(self, chosen: Bools) -> "Readings":
        """Only those chosen; itself when all are."""
        if chosen.all():
            return self
        return Readings(self.patient[chosen], self.at[chosen], self.value[chosen], self.confirmed[chosen])


@dataclass(frozen=True)
class Given:
    """What one rule may look at: a batch of patients, their readings, and what was agreed for them."""

    patients: Ints  # ids, sorted
    readings: Mapping[int, Readings]
    bounds: Mapping[int, Floats]  # kind's id → four bounds for each of `patients`, NaN: no such bound
    enrolled: pd.DataFrame  # patient_id, pathway, enrolled_at, ended_at
    pauses: pd.DataFrame  # patient_id, starts_at, ends_at
    since: Ints  # for each of `patients`: the first moment to judge
    at: int
    applies: Bools  # for each of `patients`: whether it is judged

    def has(self, kind: str) -> bool:
        """Whether anybody has sent the kind."""
        return len(self.readings.get(KINDS[kind].id, ())) > 0

    def of(self, kind: str) -> Readings:
        """Every reading of a kind, those waiting for a person too, of the patients the rule applies to."""
        found = self.readings.get(KINDS[kind].id)
        if found is None:
            nothing = np.empty(0, np.int64)
            return Readings(nothing, nothing, np.empty(0, np.float64), np.empty(0, np.bool_))
        return found if self.applies.all() else found.where(self.applies[found.patient])

    def confirmed(self, kind: str) -> Readings:
        """The readings of a kind that stand: one at most for each patient and moment."""
        found = self.of(kind)
        return found.where(found.confirmed)

    def bounds_of(self, kind: str) -> Floats:
        """A row of four bounds for each of `patients`."""
        found = self.bounds.get(KINDS[kind].id)
        return np.full((len(self.patients), 4), np.nan) if found is None else found

    def for_rule(self, applies: Bools, since: Ints) -> "Given":
        """The same, for the patients a rule applies to, from the moment each is to be judged."""
        return replace(self, applies=applies, since=since)


@dataclass(frozen=True)
class States:
    """How moments stand: arrays of equal length, or one value for all. `frame` gives the public shape."""

    patient: Ints  # position in Given.patients
    at: Ints
    level: Levels
    since: Ints  # measured_at of the earliest reading in the evidence
    figure: Floats  # the number found: a value, mean, rise, fall or count
    limit: Floats | float  # what it was held against
    kind: Ints | int  # whose figure it is
    side: Levels | int = HIGH  # on which side of the limit a breach lies
    confirmed: Bools | bool = True

    @classmethod
    def none(cls) -> "States":
        """No moment."""
        nothing, numbers = np.empty(0, np.int64), np.empty(0, np.float64)
        return cls(nothing, nothing, np.empty(0, np.int8), nothing, numbers, numbers, 0)

    def and_also(self, other: "States") -> "States":
        """Both, in order; of two at one moment the higher level. They share their kind and side."""
        names = ("patient", "at", "level", "since", "figure", "limit")
        both = {name: np.concatenate((getattr(self, name), getattr(other, name))) for name in names}
        order = np.lexsort((-both["level"], both["at"], both["patient"]))
        once = order[~same_moment(both["patient"][order], both["at"][order])]
        return replace(self, **{name: values[once] for name, values in both.items()})

    def where(self, chosen: Bools) -> "States":
        """Only those moments."""
        arrays = {
            name: values[chosen] for name, values in vars(self).items() if isinstance(values, np.ndarray)
        }
        return replace(self, **arrays)

    def but_where(self, chosen: Bools, other: "States") -> "States":
        """These, and the other's where chosen; both are about the same moments."""
        return replace(
            self,
            level=np.where(chosen, other.level, self.level),
            since=np.where(chosen, other.since, self.since),
            figure=np.where(chosen, other.figure, self.figure),
            limit=np.where(chosen, other.limit, self.limit),
            kind=np.where(chosen, other.kind, self.kind),
        )

    def frame(self, given: Given) -> pd.DataFrame:
        """patient_id, at, level, since, figure, limit, kind, side, confirmed, of the moments to judge."""
        judged = (self.at >= given.since[self.patient]) & (self.at <= given.at) & given.applies[self.patient]
        found = self if judged.all() else self.where(judged)
        count = len(found.at)

        def column(values: NDArray[np.generic] | float, dtype: type[np.generic]) -> NDArray[np.generic]:
            return values if isinstance(values, np.ndarray) else np.full(count, values, dtype=dtype)

        return pd.DataFrame(
            {
                "patient_id": given.patients[found.patient],
                "at": as_utc(found.at),
                "level": column(found.level, np.int8),
                "since": as_utc(found.since),
                "figure": column(found.figure, np.float64),
                "limit": column(found.limit, np.float64),
                "kind": column(found.kind, np.int16).astype(np.int16, copy=False),
                "side": column(found.side, np.int8),
                "confirmed": column(found.confirmed, np.bool_),
            },
            copy=False,
        )


def scale_of(kind: str) -> float:
    """How many of the kind's smallest shown steps make one unit."""
    return float(10 ** KINDS[kind].decimals)


def steps(value: Floats, kind: str) -> Ints:
    """Values in whole numbers of the kind's smallest shown step, halves up.

    What people see is what is judged, and sums and differences of whole numbers are exact.
    """
    return np.floor(value * scale_of(kind) + 0.5).astype(np.int64)


def shown(value: Floats, kind: str) -> Floats:
    """Values as people see them."""
    return steps(value, kind) / scale_of(kind)


def graded(breach: Bools, beyond: Bools, severity: int) -> Levels:
    """`severity` where it breaches, neutral where a reading lies beyond without a breach yet, else normal."""
    return np.where(breach, severity, np.where(beyond, NEUTRAL, NORMAL)).astype(np.int8)
