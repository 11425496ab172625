"""One sign that somebody is getting worse, as a reading shows it: an answer, a value beyond a bound, or a gain."""

from dataclasses import dataclass

import numpy as np

from alerts.moments import Bools, Ints
from alerts.rules.frames import Readings, scale_of, shown, steps
from alerts.rules.rows import lowest_of_days
from alerts.rules.words import difference, listed, lower_label, plain, quantity
from ingest.catalogue import KINDS


@dataclass(frozen=True, kw_only=True)
class Sign:
    """Exactly one of: the answers that show it, a bound, or more than `rise` above the lowest of the day and `days` before."""

    kind: str
    answers: tuple[str, ...] | None = None
    at_or_above: float | None = None
    at_or_below: float | None = None
    rise: float | None = None
    days: int | None = None
    must: bool = False  # without it the others say nothing

    def __post_init__(self) -> None:
        """One and only one, of a kind that there is, and answers that it has."""
        if self.kind not in KINDS:
            raise ValueError(f"kind {self.kind} of a sign is not in the catalogue")
        if [self.answers, self.at_or_above, self.at_or_below, self.rise].count(None) != 3:  # noqa: PLR2004  # three of four
            raise ValueError("a sign has exactly one of answers, at_or_above, at_or_below, rise")
        if (self.rise is None) != (self.days is None) or (self.rise or 1) <= 0 or (self.days or 1) < 1:
            raise ValueError("a sign's rise is more than 0 and goes with days, which are 1 or more")
        known = KINDS[self.kind].answers or ()
        if not set(self.answers or ()) <= set(known):
            raise ValueError(f"answers of {self.kind} are {', '.join(known) or 'none'}")

    def shows(self, readings: Readings) -> tuple[Bools, Ints]:
        """Which readings of its kind show it, and since when each of those does."""
        value = shown(readings.value, self.kind)
        if self.answers is not None:
            known = KINDS[self.kind].answers or ()
            return np.isin(value, [known.index(answer) for answer in self.answers]), readings.at
        if self.rise is None or self.days is None:
            least = -np.inf if self.at_or_above is None else self.at_or_above
            most = np.inf if self.at_or_below is None else self.at_or_below
            return (value >= least) & (value <= most), readings.at
        exact = steps(readings.value, self.kind)
        lowest, _ = lowest_of_days(readings, exact, self.days)
        return (exact - exact[lowest]) / scale_of(self.kind) > self.rise, readings.at[lowest]

    def __str__(self) -> str:
        """Such as: sputum “more volume” or “both”; weight up more than 1 kg within 3 days."""
        name = lower_label(self.kind)
        if self.answers is not None:
            known = KINDS[self.kind].answers or ()
            return f"{name} {listed([quantity(self.kind, known.index(answer)) for answer in self.answers], 'or')}"
        if self.rise is not None:
            return (
                f"{name} up more than {difference(self.kind, self.rise)} within {plain(self.days or 0)} days"
            )
        if self.at_or_above is not None:
            return f"{name} at or above {quantity(self.kind, self.at_or_above)}"
        return f"{name} at or below {quantity(self.kind, self.at_or_below or 0)}"
