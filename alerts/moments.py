"""Moments in many patients' lives as sorted arrays: how each stands, and what came before it. Pure."""

from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ingest import days

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Levels = NDArray[np.int8]

# How a moment stands. Above normal it is a breach; red > amber > blue > yellow.
NEUTRAL = -1  # neither a breach nor normal: an episode goes on through it, and none starts with it
NORMAL = 0
YELLOW = 1
BLUE = 2
AMBER = 3
RED = 4

SEVERITIES = {"yellow": YELLOW, "blue": BLUE, "amber": AMBER, "red": RED}
SEVERITY_NAMES = {level: name for name, level in SEVERITIES.items()}

LOW = -1  # the side of a limit on which a figure lies
HIGH = 1

NEVER = np.iinfo(np.int64).min  # NaT as a whole number
FOREVER = np.iinfo(np.int64).max

EPOCH = days.EPOCH
MICROSECOND = days.MICROSECOND
MINUTE = 60_000_000  # microseconds
HOUR = 60 * MINUTE
DAY = 24 * HOUR

local_days = days.local_days


def micros(moments: "pd.Series[pd.Timestamp]") -> Ints:
    """Moments as microseconds since 1970 UTC; NaT is NEVER."""
    if len(moments) == 0:
        return np.empty(0, dtype=np.int64)
    index = pd.DatetimeIndex(moments)
    return np.asarray(index.as_unit("us").asi8)


def moment_micros(moment: datetime) -> int:
    """One moment as microseconds since 1970 UTC."""
    if moment.tzinfo is None:
        raise ValueError("A moment needs its time zone. Give it in UTC.")
    return (moment - EPOCH) // MICROSECOND


def as_moment(at: int) -> datetime:
    """One moment from microseconds since 1970."""
    return EPOCH + at * MICROSECOND


def as_utc(at: Ints) -> pd.DatetimeIndex:
    """Microseconds since 1970 as moments in UTC; NEVER is NaT."""
    return pd.DatetimeIndex(at.view("M8[us]")).tz_localize("UTC")


def new_patient(patient: Ints) -> Bools:
    """True at the first row of each patient."""
    first = np.ones(len(patient), dtype=bool)
    np.not_equal(patient[1:], patient[:-1], out=first[1:])
    return first


def same_moment(patient: Ints, at: Ints) -> Bools:
    """True where a row is of the same patient and moment as the one before."""
    again = np.zeros(len(at), dtype=bool)
    again[1:] = (patient[1:] == patient[:-1]) & (at[1:] == at[:-1])
    return again


def run_length(flag: Bools, first: Bools) -> Ints:
    """How many rows in a row up to each are flagged, counting afresh where `first`."""
    position = np.arange(len(flag))
    broken = np.where(flag, np.where(first, position - 1, -1), position)
    return position - np.maximum.accumulate(broken) if len(flag) else position


def in_a_row(flag: Bools, first: Bools, at: Ints, needs: int, within: int) -> Bools:
    """Where the last `needs` rows of a patient are all flagged and lie no further apart than `within`."""
    if needs == 1:
        return flag
    enough = run_length(flag, first) >= needs
    rows = np.flatnonzero(enough)
    enough[rows] = at[rows] - at[rows - (needs - 1)] <= within
    return enough


def first_from(patient: Ints, at: Ints, of: Ints, moment: Ints) -> Ints:
    """For each (`of`, `moment`) the first row of that patient at or after the moment. Rows are sorted.

    Where that patient has none, it is the row after their last one.
    """
    if len(at) == 0 or len(moment) == 0:
        return np.zeros(len(moment), dtype=np.int64)
    origin = min(int(at.min()), int(moment.min()))
    span = max(int(at.max()), int(moment.max())) - origin + 1
    if int(max(patient[-1], of.max())) >= FOREVER // span - 1:
        raise OverflowError("Too many patients over too long a time for one batch. Give smaller batches.")
    return np.searchsorted(patient * span + (at - origin), of * span + (moment - origin))
