"""Who sends on which day (clinical notes 4.2): some never start, some drop out, the others send most days."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from service.cohort.calendar import Calendar
from service.cohort.model import Counts, Flags

NEVER_STARTS = (
    0.10  # of those enrolled within the days shown; who never started before that has been taken off
)
EARLY_WEEKS = 4
DROPS_EARLY = 0.03  # a week, in the first four weeks
DROPS_LATER = 0.007  # a week, from then on
DAILY = (8, 2)  # Beta, a person's own probability of sending on a day
DAILY_ON_WARD = (18, 2)  # someone from the ward rings them
WEEKEND = 0.05  # less
ALWAYS_SEND = 2  # the first two people, whom a demo is shown by
EACH_SITTING = 0.93  # of a day's sittings, once there is one


@dataclass(frozen=True)
class Adherence:
    """Who sends when."""

    days: Flags  # people × days: enrolled, still taking part, and not forgotten that day
    last_day: Counts  # the last day a person takes part, as a place in the calendar; never-starters -1


def adherence(
    rng: np.random.Generator, enrolled: list[date], pathways: list[tuple[str, ...]], days: Calendar
) -> Adherence:
    """Draw who sends on which of the days; the first two people send every day."""
    count, shown = len(enrolled), len(days.dates)
    start = np.array([(each - days.dates[0]).days for each in enrolled])
    ward = np.array(["virtual_ward" in each for each in pathways])
    leaves_after = _days_until_dropping_out(rng, count, np.maximum(-start, 0))
    last_day = np.minimum(np.maximum(start, 0) + leaves_after, shown - 1)
    last_day[(start > 0) & ~ward & (rng.random(count) < NEVER_STARTS)] = -1
    last_day[ward] = shown - 1

    own = np.where(ward, rng.beta(*DAILY_ON_WARD, count), rng.beta(*DAILY, count))
    chance = own[:, None] - WEEKEND * days.weekend
    day = np.arange(shown)
    sends = (rng.random((count, shown)) < chance) & (day >= start[:, None]) & (day <= last_day[:, None])
    sends[:ALWAYS_SEND] = day >= start[:ALWAYS_SEND, None]
    last_day[:ALWAYS_SEND] = shown - 1
    return Adherence(days=sends, last_day=last_day.astype(np.int32))


def _days_until_dropping_out(rng: np.random.Generator, count: int, enrolled_for: Counts) -> Counts:
    """Days that a person goes on, from now or from the start; past the first weeks few drop out."""
    early_days = np.maximum(7 * EARLY_WEEKS - enrolled_for, 0)
    early = rng.exponential(7 / DROPS_EARLY, count)
    later = rng.exponential(7 / DROPS_LATER, count)
    return np.where(early < early_days, early, early_days + later).astype(np.int32)
