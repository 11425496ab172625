"""One bound that readings are held against: a number in the rule, or the patient's own."""

from dataclasses import dataclass

import numpy as np

from alerts.moments import HIGH, LOW, Bools, Floats
from alerts.rules.frames import BOUNDS, Given, Readings, shown
from alerts.rules.spec import Params
from alerts.rules.words import at_or_beyond, quantity


@dataclass(frozen=True, kw_only=True)
class OneBound(Params):
    """Exactly one of: a number that the reading is at or below, at or above, or one of the patient's four."""

    at_or_below: float | None = None
    at_or_above: float | None = None
    bound: str | None = None

    def __post_init__(self) -> None:
        """One and only one."""
        if [self.at_or_below, self.at_or_above, self.bound].count(None) != 2:  # noqa: PLR2004  # two of three
            raise ValueError("give exactly one of at_or_below, at_or_above, bound")
        if self.bound is not None and self.bound not in BOUNDS:
            raise ValueError(f"bound is one of {', '.join(BOUNDS)}")

    @property
    def side(self) -> int:
        """On which side of the bound a breach lies."""
        if self.bound is not None:
            return LOW if self.bound.endswith("low") else HIGH
        return LOW if self.at_or_above is None else HIGH


@dataclass(frozen=True)
class HeldAgainst:
    """Confirmed readings of one kind with their values as shown, and how they stand to the bound."""

    readings: Readings
    limit: Floats
    beyond: Bools


def hold(params: OneBound, given: Given, kind: str) -> HeldAgainst:
    """The confirmed readings of everyone who has the bound."""
    readings = given.confirmed(kind)
    if params.bound is None:
        number = params.at_or_below if params.at_or_above is None else params.at_or_above
        own = np.full(len(given.patients), number, dtype=np.float64)
    else:
        own = given.bounds_of(kind)[:, BOUNDS.index(params.bound)]
        readings = readings.where(~np.isnan(own)[readings.patient])
    value = shown(readings.value, kind)
    readings = Readings(readings.patient, readings.at, value, readings.confirmed)
    limit = own[readings.patient]
    return HeldAgainst(readings, limit, value <= limit if params.side == LOW else value >= limit)


def bound_words(kind: str, side: int, limit: float) -> str:
    """`at or below 3.9 mmol/L`."""
    return f"{at_or_beyond(side)} {quantity(kind, limit)}"
