"""Who measures on which day: clinical notes 4.2. Gaps' rates and lengths are [P]."""

from __future__ import annotations

import numpy as np

from benchmarks.alert_quality.people import Flags, Floats

NEVER = 0.10  # never start
EARLY, LATER = 0.03, 0.007  # leave in a week, in the first four and after
WITHIN = (8.0, 2.0)  # Beta: a person's probability of measuring on a day, while active
WEEKEND = 0.95
HOLIDAYS, HOSPITAL = 1.3, 0.25  # a year
AFTER_HOSPITAL = 0.81  # of before


def active(rng: np.random.Generator, people: int, days: int) -> Flags:
    """People × days: has started and not left."""
    weeks = days // 7 + 1
    hazard = np.where(np.arange(weeks) < 4, EARLY, LATER)
    left = np.maximum.accumulate(rng.random((people, weeks)) < hazard, axis=1)
    stays = ~np.repeat(left, 7, axis=1)[:, :days]
    # A week that ends somebody's measuring is measured in part.
    begun = np.roll(stays, 7, axis=1)
    begun[:, :7] = True
    stays |= begun & (np.arange(days)[None, :] % 7 < rng.integers(0, 7, people)[:, None])
    starts = rng.random(people) >= NEVER
    return stays & starts[:, None]


def gaps(rng: np.random.Generator, people: int, days: int) -> tuple[Flags, Flags]:
    """People × days: is away, on holiday or in hospital; and has been in hospital before."""
    away = np.zeros((people, days), dtype=bool)
    hospital = np.zeros((people, days), dtype=bool)
    for rate, shortest, longest, ward in ((HOLIDAYS, 4, 15, False), (HOSPITAL, 3, 9, True)):
        who, when = np.nonzero(rng.random((people, days)) < rate / 365)
        for person, day, length in zip(who, when, rng.integers(shortest, longest, len(who)), strict=True):
            away[person, day : day + length] = True
            if ward:
                hospital[person, day + length :] = True
    return away, hospital


def daily(
    rng: np.random.Generator, here: Flags, away: Flags, hospital: Flags, weekend: Flags
) -> tuple[Flags, Floats]:
    """People × days: measures that day; and each person's probability of doing so."""
    people, days = here.shape
    own = rng.beta(*WITHIN, people)
    probability = (
        own[:, None] * np.where(weekend, WEEKEND, 1.0)[None, :] * np.where(hospital, AFTER_HOSPITAL, 1.0)
    )
    return here & ~away & (rng.random((people, days)) < probability), own
