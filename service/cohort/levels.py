"""How signals behave: between people, from day to day, from reading to reading (clinical notes 4.1)."""

from dataclasses import dataclass

import numpy as np

from service.cohort.calendar import Calendar
from service.cohort.model import Counts, Flags, Floats


@dataclass(frozen=True)
class Signal:
    """One measured thing. A stable person sits at a usual level, drifts by day, scatters by reading."""

    mean: float  # of people's usual levels
    between: float  # SD of people's usual levels
    lowest: float  # usual levels outside these are drawn again: a stable person there would be
    highest: float  # beyond a limit every week, and in life has limits of their own
    by_day: float  # SD of a person's daily level about the usual
    by_reading: float  # SD of one reading about the daily level
    persists: float  # lag-1 correlation of the daily level
    decimals: int = 0


# The clinical notes (4.1) give single SDs and SDs of a day's mean; from the two come by_day and by_reading.
SIGNALS = {
    "systolic": Signal(138, 13, 117, 158, 5.4, 5.4, 0.3),
    "diastolic": Signal(80, 9, 65, 93, 4.7, 5.3, 0.39),
    "heart_rate": Signal(70, 11, 60, 92, 5.6, 3.5, 0.3),
    "oxygen_saturation": Signal(93, 2.5, 90, 97, 0.8, 0.6, 0.3),
    "respiratory_rate": Signal(
        17, 3, 13, 17.5, 0.8, 0.9, 0.3
    ),  # 4.1 has 2 within: at 20 usual that is never still
    "body_temperature": Signal(36.6, 0.3, 36.1, 37.1, 0.12, 0.2, 0.2, 1),
    "body_weight": Signal(80, 16, 50, 130, 0.25, 0.26, 0.4, 1),
    "glucose": Signal(
        7.8, 2.0, 6.0, 9.4, 0.07, 0.15, 0.2, 1
    ),  # by_day and by_reading are shares of the level
    "peak_flow": Signal(220, 70, 110, 400, 7, 7, 0.4),
    "cat_score": Signal(18, 8, 6, 32, 1.6, 1.2, 0.6),
}

HEART_FAILURE_SYSTOLIC = 127.0  # their medicines lower it; everyone else's mean is SIGNALS'
VIRTUAL_WARD_OXYGEN = (96.6, 98.4)  # the ward takes people whose usual is not low
HEART_FAILURE_NOISE = (1.45, 1.75)  # times the scatter of weight: single SD 0.5 to 0.65 kg against 0.36
PULSE_PRESSURE = (22.0, 98.0)  # mmHg; outside of 20 and 100 a person would be asked to measure again
WALK = 0.05  # kg a day, the slow walk of weight
WEEKLY = 0.0035  # share of weight: heaviest on Sunday, lightest on Friday
WEEKLY_SHAPE = (0.6, 0.1, -0.3, -0.7, -1.0, 0.3, 1.0)  # Monday first

Levels = dict[str, Floats]


def usual_levels(rng: np.random.Generator, pathways: dict[str, Flags]) -> Levels:
    """Each person's own stable level of every signal. pathways: name -> who is on it."""
    count = len(pathways["hypertension"])
    usual = {name: _within(rng, each, count) for name, each in SIGNALS.items()}
    weaker = (pathways["heart_failure"] | pathways["virtual_ward"]) & ~pathways["hypertension"]
    usual["systolic"] = np.where(
        weaker, HEART_FAILURE_SYSTOLIC + (usual["systolic"] - 138) * 0.7, usual["systolic"]
    )
    # A high systolic goes with a high diastolic: half of the spread is shared.
    shared = (usual["systolic"] - usual["systolic"].mean()) / SIGNALS["systolic"].between
    mixed = 80 + 0.87 * (usual["diastolic"] - 80) + 0.5 * shared * SIGNALS["diastolic"].between
    usual["diastolic"] = np.clip(mixed, 62, 94)
    ward = pathways["virtual_ward"]
    usual["oxygen_saturation"][ward] = rng.uniform(*VIRTUAL_WARD_OXYGEN, int(ward.sum()))
    return usual


def daily_levels(rng: np.random.Generator, usual: Levels, days: Calendar, heart_failure: Flags) -> Levels:
    """Each person's level of every signal on every day (people × days), before anything happens to them."""
    levels = {}
    for name, signal in SIGNALS.items():
        wander = _persisting(rng, signal.persists, (len(usual[name]), len(days.dates)))
        own = usual[name][:, None]
        if name == "glucose":
            levels[name] = own * np.exp(signal.by_day * wander)
        elif name == "body_weight":
            noise = signal.by_day * scatter_of_weight(heart_failure)[:, None]
            walk = np.cumsum(rng.normal(0, WALK, wander.shape), axis=1)
            rhythm = WEEKLY / 2 * own * np.array(WEEKLY_SHAPE)[days.weekday]
            levels[name] = own + noise * wander + walk - walk[:, -1:] / 2 + rhythm
        else:
            levels[name] = own + signal.by_day * wander
    return levels


def scatter_of_weight(heart_failure: Flags) -> Floats:
    """How much more than others' each person's weight scatters."""
    low, high = HEART_FAILURE_NOISE
    spread = np.linspace(low, high, len(heart_failure))
    return np.where(heart_failure, spread, 1.0)


def sampled(
    rng: np.random.Generator, name: str, level: Floats, patient: Counts, heart_failure: Flags
) -> Floats:
    """What a device shows when the level is this."""
    signal = SIGNALS[name]
    noise = rng.normal(0, signal.by_reading, len(level))
    if name == "glucose":
        shown = level * np.exp(noise)
    elif name == "body_weight":
        shown = level + noise * scatter_of_weight(heart_failure)[patient]
    else:
        shown = level + noise
    return np.round(shown, signal.decimals)


def paired(systolic: Floats, diastolic: Floats) -> Floats:
    """The diastolic as it can stand beside this systolic."""
    least, most = PULSE_PRESSURE
    return np.clip(diastolic, systolic - most, systolic - least)


def _within(rng: np.random.Generator, signal: Signal, count: int) -> Floats:
    """Normal draws, drawn again until inside the signal's bounds."""
    drawn = rng.normal(signal.mean, signal.between, count)
    while (outside := (drawn < signal.lowest) | (drawn > signal.highest)).any():
        drawn[outside] = rng.normal(signal.mean, signal.between, int(outside.sum()))
    return drawn


def _persisting(rng: np.random.Generator, lag_one: float, shape: tuple[int, int]) -> Floats:
    """Standard normal AR(1) along the days."""
    fresh = rng.normal(size=shape)
    for day in range(1, shape[1]):
        fresh[:, day] = lag_one * fresh[:, day - 1] + np.sqrt(1 - lag_one**2) * fresh[:, day]
    return fresh
