"""Mistakes of typing: another unit, two numbers swapped, somebody else's meter (clinical notes 1.3, 4.2)."""

import numpy as np

from service.cohort.model import Counts, Flags, Readings
from service.cohort.words import BLOOD_PRESSURE, KIND_CODE, MISTAKES

OTHER_UNIT = 0.01  # of what is typed
SWAPPED = 0.01
OTHER_PERSONS_METER = 0.005

# What a number becomes when it is read off in another unit and typed as ours: times, plus.
IN_ANOTHER_UNIT = {
    BLOOD_PRESSURE: (0.133322, 0.0),  # kPa
    "body_weight": (1 / 6.35029318, 0.0),  # stones
    "glucose": (18.0156, 0.0),  # mg/dL
    "body_temperature": (1.8, 32.0),  # Fahrenheit
}


def make(rng: np.random.Generator, readings: Readings, typed: Flags) -> None:
    """Spoil a few of the typed rows, in place. typed: one flag a row; rows of a sitting stand together."""
    chance = rng.random(len(readings))
    limits = np.cumsum([OTHER_UNIT, SWAPPED, OTHER_PERSONS_METER])
    drawn = np.searchsorted(limits, chance)
    _other_unit(readings, np.flatnonzero(typed & (drawn == 0)))
    _swapped(readings, np.flatnonzero(typed & (drawn == 1)))
    _other_persons(rng, readings, np.flatnonzero(typed & (drawn == 2)))


def _mark(readings: Readings, rows: Counts, mistake: str) -> None:
    readings.mistake[rows] = MISTAKES.index(mistake)


def _other_unit(readings: Readings, rows: Counts) -> None:
    for kind, (times, plus) in IN_ANOTHER_UNIT.items():
        those = rows[readings.kind[rows] == KIND_CODE[kind]]
        readings.value[those] = np.round(readings.value[those] * times + plus, 1)
        if kind == BLOOD_PRESSURE:
            readings.diastolic[those] = np.round(readings.diastolic[those] * times, 1)
        _mark(readings, those, "other_unit")


def _swapped(readings: Readings, rows: Counts) -> None:
    """Systolic and diastolic; oxygen and the pulse that the same device shows beside it."""
    panels = rows[readings.kind[rows] == KIND_CODE[BLOOD_PRESSURE]]
    readings.value[panels], readings.diastolic[panels] = readings.diastolic[panels], readings.value[panels]
    _mark(readings, panels, "swapped")

    oxygen = rows[(readings.kind[rows] == KIND_CODE["oxygen_saturation"]) & (rows > 0)]
    pulse = oxygen - 1  # of the same moment, and its kind's place comes first
    beside = (readings.kind[pulse] == KIND_CODE["heart_rate"]) & (
        readings.upload[pulse] == readings.upload[oxygen]
    )
    oxygen, pulse = oxygen[beside], pulse[beside]
    readings.value[oxygen], readings.value[pulse] = readings.value[pulse], readings.value[oxygen]
    _mark(readings, oxygen, "swapped")
    _mark(readings, pulse, "swapped")


def _other_persons(rng: np.random.Generator, readings: Readings, rows: Counts) -> None:
    """The value of somebody else's row of the same kind."""
    for kind in np.unique(readings.kind[rows]):
        those = rows[readings.kind[rows] == kind]
        others = rng.choice(np.flatnonzero(readings.kind == kind), len(those))
        for column in (readings.value, readings.diastolic, readings.heart_rate):
            column[those] = column[others]
        _mark(readings, those, "other_persons_meter")
