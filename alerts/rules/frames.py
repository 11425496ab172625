"""The frames that rules take and give, and the arrays they compute with.

Rules work on sorted arrays with whole numbers for patients and moments: no merge, no copy of a text, and a
result that does not depend on how much history was loaded.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alerts.moments import (
    FOREVER,
    HIGH,
    NEUTRAL,
    NEVER,
    NORMAL,
    Bools,
    Floats,
    Ints,
    Levels,
    as_utc,
    same_moment,
)
from alerts.rules.eras import Steps
from alerts.rules.scale import scale_of, shown, steps
from alerts.rules.series import Daily, Readings, Series
from alerts.rules.traits import TRAITS
from ingest.catalogue import KINDS

__all__ = ["AMBER_HIGH", "AMBER_LOW", "BOUNDS", "RED_HIGH", "RED_LOW", "Daily", "Given", "History", "Readings", "States",
           "graded", "scale_of", "shown", "steps"]  # fmt: skip

History = Mapping[int, pd.DataFrame]
"""Kind's id → patient_id, measured_at (UTC), value, confirmed; sorted by patient_id, measured_at."""

BOUNDS = ("red_low", "amber_low", "amber_high", "red_high")
RED_LOW, AMBER_LOW, AMBER_HIGH, RED_HIGH = range(4)


@dataclass(frozen=True)
class Given:
    """What one rule may look at: a batch of patients, their readings, and what was agreed for them.

    A rule is given no more of a patient than it needs: what was measured from `since` less its lookback on. It may
    work out states for all of that, since `States.frame` keeps only the moments to judge; where one is dear, it asks
    `to_judge` first. What several rules need of a kind (its readings that stand, its daily medians) is worked out once
    for the whole batch, by the methods here, and then cut to each rule's window.
    """

    patients: Ints  # ids, sorted
    series: Mapping[int, Series]  # kind's id → its readings, shared by all rules of the batch
    bounds: Mapping[int, Floats]  # kind's id → for each patient four (NaN: none), 1 where a person set them
    enrolled: pd.DataFrame  # patient_id, pathway, enrolled_at, ended_at
    pauses: pd.DataFrame  # patient_id, starts_at, ends_at
    since: Ints  # for each of `patients`: the first moment to judge
    at: int  # the last moment to judge
    applies: Bools  # for each of `patients`: whether it is judged
    reach: Ints  # for each of `patients`: the first moment to look at
    traits: Mapping[str, Floats] = field(default_factory=dict)  # name → for each of `patients`, NaN: not set
    steps: Mapping[int, Steps] = field(default_factory=dict)  # kind's id → bounds that changed, over time
    breaches: bool = False  # only the moments of patients in breach are wanted: the others have no episode

    def has_since(self, kinds: Iterable[str], since: Ints) -> Bools:
        """For each of `patients` whether a reading of any of these kinds was measured at or after their moment."""
        found = np.zeros(len(self.patients), dtype=bool)
        for kind in kinds:
            series = self.series.get(KINDS[kind].id)
            if series is not None:
                found |= series.last >= since
        return found

    def of(self, kind: str) -> Readings:
        """Every reading of a kind, those waiting for a person too, of the patients the rule applies to."""
        found = self.series.get(KINDS[kind].id)
        return _no_readings() if found is None else found.since(self.reach, self.applies)

    def confirmed(self, kind: str) -> Readings:
        """The readings of a kind that stand: one at most for each patient and moment."""
        found = self.series.get(KINDS[kind].id)
        return _no_readings() if found is None else found.confirmed.since(self.reach, self.applies)

    def daily(self, kind: str) -> Daily:
        """The median of each local day (Europe/London) of a kind's readings that stand, as people see them.

        Only days that lie wholly within the rule's window, so its lookback is a day longer than the days it counts,
        and an hour for the day that has 25. The day of the moment that is judged holds what was measured later that
        day too: a moment may be judged by the days before its own, and for its own day by the readings up to it.
        """
        found = self.series.get(KINDS[kind].id)
        if found is None:
            nothing = np.empty(0, np.int64)
            return Daily(nothing, nothing, np.empty(0, np.float64), nothing)
        return found.days_since(self.reach, self.applies)

    def within(self, lookback: int) -> "Given":
        """The same, looking back no further than this many microseconds before the first moment to judge."""
        nearer = np.where(self.since == FOREVER, FOREVER, self.since - lookback)
        return replace(self, reach=np.maximum(self.reach, nearer))

    def to_judge(self, patient: Ints, at: Ints) -> Bools:
        """Which of these moments are to be judged; the others are there to be looked back at."""
        return (at >= self.since[patient]) & (at <= self.at) & self.applies[patient]

    def judged(self, readings: Readings) -> Readings:
        """Those measured at a moment that is to be judged."""
        return readings.where(self.to_judge(readings.patient, readings.at))

    def bounds_of(self, kind: str) -> Floats:
        """A row of four bounds for each of `patients`."""
        found = self.bounds.get(KINDS[kind].id)
        return np.full((len(self.patients), 4), np.nan) if found is None else found[:, :4]

    def agreed(self, kind: str) -> Bools:
        """For each of `patients` whether a person set their bounds of the kind, and not a pathway."""
        found = self.bounds.get(KINDS[kind].id)
        return np.zeros(len(self.patients), dtype=bool) if found is None else found[:, 4] > 0

    def trait(self, name: str) -> Floats:
        """A trait of alerts.rules.traits for each of `patients`; NaN where it is not set."""
        found = self.traits.get(TRAITS[name].name)
        return np.full(len(self.patients), np.nan) if found is None else found

    def for_rule(self, applies: Bools, since: Ints, lookback: int | None = None) -> "Given":
        """The same, for the patients a rule applies to, from the moment each is to be judged.

        lookback: how long before that it looks, in microseconds; None: as far as there are readings.
        """
        reach = np.full_like(since, NEVER) if lookback is None else since - lookback
        reach[since == FOREVER] = FOREVER
        return replace(self, applies=applies, since=since, reach=reach)


def _no_readings() -> Readings:
    nothing = np.empty(0, np.int64)
    return Readings(nothing, nothing, np.empty(0, np.float64), np.empty(0, np.bool_))


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
        judged = given.to_judge(self.patient, self.at)
        if given.breaches:
            breach = np.zeros(len(given.patients), dtype=bool)
            breach[self.patient[judged & (self.level > NORMAL)]] = True
            judged &= breach[self.patient]
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


def graded(breach: Bools, beyond: Bools, severity: int) -> Levels:
    """`severity` where it breaches, neutral where a reading lies beyond without a breach yet, else normal."""
    return np.where(breach, severity, np.where(beyond, NEUTRAL, NORMAL)).astype(np.int8)
