"""Rows before a row: the latest of a kind, the last of so many days, and what is least or lowest among them."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from alerts.moments import FOREVER, Bools, Floats, Ints, first_from, local_days, new_patient
from alerts.rules.series import Readings

Numbers = TypeVar("Numbers", Ints, Floats)


def last_of_days(readings: Readings, rows: Ints, days: int) -> Ints:
    """For each of the rows the last one, up to it, of the local day that is `days` - 1 days with readings before its own.

    Where the patient has no such day it is a row of somebody else, or -1.
    """
    nth = np.cumsum(new_patient(readings.patient) | new_patient(local_days(readings.at)))
    return np.minimum(np.searchsorted(nth, nth[rows] - (days - 1), side="right") - 1, rows)


def least_of(value: Numbers, first: Ints, last: Ints) -> Numbers:
    """For each stretch the least of the values from its first row to its last, both included."""
    least = value[last]
    back = 1
    rows = np.flatnonzero(first < last)
    while len(rows):
        least[rows] = np.minimum(least[rows], value[last[rows] - back])
        back += 1
        rows = rows[last[rows] - back >= first[rows]]
    return least


def moments_of(every: Sequence[Readings]) -> tuple[Ints, Ints]:
    """The patients and moments of any of these readings, each once, in order."""
    patient = np.concatenate([readings.patient for readings in every])
    at = np.concatenate([readings.at for readings in every])
    if not len(at):
        return patient, at
    # Each kind's are in order already, and a stable sort of one key finds that out: a tenth of sorting by two.
    origin = int(at.min())
    span = int(at.max()) - origin + 1
    if int(patient.max()) >= FOREVER // span - 1:
        raise OverflowError("Too many patients over too long a time for one batch. Give smaller batches.")
    key = np.sort(patient * span + (at - origin), kind="stable")
    first = np.append(True, key[1:] != key[:-1])
    patient, at = np.divmod(key[first], span)
    return patient, at + origin


def latest(readings: Readings, patient: Ints, at: Ints, within: int) -> Ints:
    """For each moment the patient's last row at or before it and no older than `within`; -1 where there is none."""
    if not len(readings):
        return np.full(len(at), -1)
    row = first_from(readings.patient, readings.at, patient, at + 1) - 1
    there = np.maximum(row, 0)
    fresh = (readings.patient[there] == patient) & (at - readings.at[there] <= within)
    return np.where((row >= 0) & fresh, row, -1)


def lowest_of_days(readings: Readings, value: Ints, days: int) -> tuple[Ints, Bools]:
    """For each row the row of the lowest value of its local day and the `days` before, up to it; the earliest of equals.

    And whether there is another row there to hold it against.
    """
    day = local_days(readings.at)
    start = first_from(readings.patient, day, readings.patient, day - days)
    lowest = np.arange(len(value))
    several = start < lowest
    rows = lowest[several]
    back = 1
    while len(rows):
        lower = value[rows - back] <= value[lowest[rows]]
        lowest[rows[lower]] = rows[lower] - back
        back += 1
        rows = rows[rows - back >= start[rows]]
    return lowest, several
