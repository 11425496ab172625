"""The first two people of every cohort: one who does well, one who has just fallen ill."""

from datetime import date, datetime, timedelta

import numpy as np

from ingest.items import PROVENANCE_CODES
from service.cohort.calendar import LOCAL
from service.cohort.levels import Levels
from service.cohort.model import Readings
from service.cohort.words import ANSWERS, BLOOD_PRESSURE, KIND_CODE

# Well within every limit; the other signals are as drawn.
STEADY = {"systolic": 126.0, "diastolic": 76.0, "heart_rate": 68.0, "body_weight": 78.0}
BEFORE_FALLING_ILL = {
    "systolic": 124.0,
    "diastolic": 72.0,
    "heart_rate": 74.0,
    "oxygen_saturation": 97.0,
    "respiratory_rate": 15.0,
    "body_temperature": 36.6,
    "body_weight": 71.0,
}
STEADIER = 0.5  # the first person's days scatter half as much

STEADY_PERSON, ILL_PERSON = 0, 1

# Red by several signals at once, twice five minutes apart, each number short of where we ask to confirm it.
ILL_MINUTES_AGO = (25, 20)
ILL: tuple[tuple[str, float, float], ...] = (
    ("body_temperature", 39.2, 39.3),
    ("oxygen_saturation", 91, 91),
    ("respiratory_rate", 27, 28),
)
ILL_PRESSURE = ((108, 62, 124), (106, 60, 126))  # systolic, diastolic, heart rate


def settle(usual: Levels) -> None:
    """Give the first two people the usual levels of their stories."""
    for patient, story in enumerate((STEADY, BEFORE_FALLING_ILL)):
        for name, level in story.items():
            usual[name][patient] = level


def steady(levels: Levels, usual: Levels) -> None:
    """Let the first person's days wander less."""
    for name, level in levels.items():
        own = usual[name][STEADY_PERSON]
        level[STEADY_PERSON] = own + STEADIER * (level[STEADY_PERSON] - own)


def ill_on(until: datetime) -> date:
    """The second person's day of falling ill, by their own calendar."""
    return (until - timedelta(minutes=ILL_MINUTES_AGO[0])).astimezone(LOCAL).date()


def fall_ill(readings: Readings, until: np.datetime64) -> Readings:
    """Add the second person's last hour: what they measured by day 25 and 20 minutes before `until`."""
    sittings = []
    for time, minutes in enumerate(ILL_MINUTES_AGO):
        at = until - np.timedelta64(minutes * 60, "s")
        rows = [(kind, (float(numbers[time]), np.nan, np.nan)) for kind, *numbers in ILL]
        rows.append((BLOOD_PRESSURE, ILL_PRESSURE[time]))
        rows.append(("consciousness", (float(ANSWERS["consciousness"].index("A")), np.nan, np.nan)))
        sittings.append(_sitting(rows, at, -1 - time))
    return readings.followed_by(*sittings).in_order()


def _sitting(rows: list[tuple[str, tuple[float, float, float]]], at: np.datetime64, upload: int) -> Readings:
    """One upload of the second person's, everything measured at one moment and received within the minute."""
    count = len(rows)
    value, diastolic, heart_rate = np.array([panel for _, panel in rows]).T
    return Readings(
        patient=np.full(count, ILL_PERSON, dtype=np.int32),
        kind=np.array([KIND_CODE[kind] for kind, _ in rows], dtype=np.int8),
        value=value,
        diastolic=diastolic,
        heart_rate=heart_rate,
        measured_at=np.full(count, at),
        received_at=np.full(count, at + np.timedelta64(40, "s")),
        provenance=np.full(count, PROVENANCE_CODES["device"], dtype=np.int8),
        upload=np.full(count, upload, dtype=np.int32),
        mistake=np.zeros(count, dtype=np.int8),
    )
