"""What is measured when, by pathway (clinical notes 4.2), and at what minute of the local day."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from service.cohort.calendar import Calendar
from service.cohort.model import Counts, Flags
from service.cohort.words import BLOOD_PRESSURE

MORNING, MIDDAY, EVENING, BEDTIME = range(4)
SITTINGS = 4

# A person's own time of each sitting is drawn between these minutes of the local day.
OWN_TIME = ((405, 555), (720, 840), (1050, 1230), (1260, 1290))
JITTER = 20.0  # minutes, SD from day to day
EARLIEST, LATEST = 6 * 60 + 30, 21 * 60 + 45  # a sitting takes ten minutes, so all is measured by 22:00

DAILY_HYPERTENSION = 0.35  # of those on hypertension measure every morning too, so that a demo looks alive
PEAK_FLOW = 0.5  # of those on copd have a meter
STRIPS = ((1, 0.35), (2, 0.4), (4, 0.25))  # glucose strips a day and their shares
MONDAY = 0

# Seconds from the start of a sitting: the order in which people do things.
AFTER = {
    "body_weight": 0,
    "glucose": 45,
    "body_temperature": 90,
    "oxygen_saturation": 130,
    "heart_rate": 130,
    "respiratory_rate": 190,
    BLOOD_PRESSURE: 260,
    "peak_flow": 430,
    "breathlessness": 490,
    "sputum": 505,
    "ankle_swelling": 520,
    "extra_pillows": 530,
    "consciousness": 540,
    "cat_score": 580,
}
SECOND_READING = 75  # seconds after the first: NG136 asks for at least a minute


@dataclass(frozen=True)
class Due:
    """One kind at one sitting: who is to measure it on which days."""

    kind: str
    sitting: int
    after: int  # seconds from the start of the sitting
    second: bool  # the second of a pair
    wanted: Flags  # people × days, or people × 1 where every day is alike


@dataclass(frozen=True)
class Habits:
    """What each person does that their pathway leaves open."""

    daily: Flags  # on hypertension and measures every morning
    peak_flow: Flags
    strips: Counts  # glucose a day


def habits(rng: np.random.Generator, pathways: dict[str, Flags]) -> Habits:
    """Draw them; the first two people measure their blood pressure every morning."""
    count = len(pathways["hypertension"])
    numbers, shares = zip(*STRIPS, strict=True)
    daily = pathways["hypertension"] & (rng.random(count) < DAILY_HYPERTENSION)
    daily[:2] = pathways["hypertension"][:2]
    return Habits(
        daily=daily,
        peak_flow=pathways["copd"] & (rng.random(count) < PEAK_FLOW),
        strips=np.where(pathways["diabetes"], rng.choice(numbers, count, p=shares), 0).astype(np.int32),
    )


def due(on: dict[str, Flags], habit: Habits, days: Calendar) -> Iterator[Due]:
    """Everything that anyone is to measure. on: pathway -> who is on it."""
    each = {name: flags[:, None] for name, flags in on.items()}
    yield from _blood_pressure(each, habit, days)

    def item(kind: str, sitting: int, wanted: Flags) -> Due:
        return Due(kind, sitting, AFTER[kind], second=False, wanted=wanted)

    failing, copd, ward = each["heart_failure"], each["copd"], each["virtual_ward"]
    yield item("body_weight", MORNING, failing)
    yield item("ankle_swelling", MORNING, failing)
    yield item("extra_pillows", MORNING, failing)
    yield item("breathlessness", MORNING, failing | copd)
    yield item("sputum", MORNING, copd)
    yield item("peak_flow", MORNING, habit.peak_flow[:, None])
    yield item("cat_score", MORNING, copd & (days.weekday == MONDAY))
    for sitting in (MORNING, MIDDAY, EVENING):
        oximeter = ward | copd if sitting == MORNING else ward
        yield item("oxygen_saturation", sitting, oximeter)
        yield item("heart_rate", sitting, oximeter)
        for kind in ("respiratory_rate", "body_temperature", "consciousness"):
            yield item(kind, sitting, ward)
    for sitting, strips in ((MORNING, 1), (EVENING, 2), (MIDDAY, 4), (BEDTIME, 4)):
        yield item("glucose", sitting, habit.strips[:, None] >= strips)


def _blood_pressure(each: dict[str, Flags], habit: Habits, days: Calendar) -> Iterator[Due]:
    """Two readings morning and evening in a month's first week; one a day in heart failure."""
    in_week = each["hypertension"] & days.first_week
    pairs = {MORNING: in_week | habit.daily[:, None], EVENING: in_week}
    singles = {
        MORNING: each["heart_failure"] | each["virtual_ward"],
        MIDDAY: each["virtual_ward"],
        EVENING: each["virtual_ward"],
    }
    nobody = np.zeros_like(each["hypertension"])
    after = AFTER[BLOOD_PRESSURE]
    for sitting in (MORNING, MIDDAY, EVENING):
        pair = pairs.get(sitting, nobody)
        yield Due(BLOOD_PRESSURE, sitting, after, second=False, wanted=pair | singles[sitting])
        if sitting in pairs:
            yield Due(BLOOD_PRESSURE, sitting, after + SECOND_READING, second=True, wanted=pair)


def starts(rng: np.random.Generator, people: int, days: int) -> Counts:
    """Second of the local day at which each sitting starts: people × days × sittings."""
    low, high = np.array(OWN_TIME).T
    own = rng.uniform(low, high, (people, 1, SITTINGS))
    minutes = own + rng.normal(0, JITTER, (people, days, SITTINGS))
    within = np.clip(minutes, EARLIEST, LATEST) * 60
    # Bedtime and evening stay apart, whatever the jitter.
    within[:, :, EVENING] = np.minimum(within[:, :, EVENING], (LATEST - 30) * 60)
    within[:, :, BEDTIME] = np.maximum(within[:, :, BEDTIME], (LATEST - 15) * 60)
    return within.astype(np.int32)
