"""A person's own usual by one loop: what the twins of rules that know it share."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable
from datetime import date, timedelta

from ingest.catalogue import KINDS
from tests.alerts.rules.drawn import Reading, local_date


def as_shown(value: float, kind: str) -> float:
    """To the decimals that people see, halves up."""
    scale = 10 ** KINDS[kind].decimals
    return math.floor(value * scale + 0.5) / scale


def daily(readings: Iterable[Reading], kind: str) -> dict[date, float]:
    """The median of each local day's readings that stand."""
    values: dict[date, list[float]] = {}
    for reading in readings:
        if reading.confirmed:
            values.setdefault(local_date(reading.at), []).append(as_shown(reading.value, kind))
    return {day: statistics.median(own) for day, own in values.items()}


def usual_of(days: dict[date, float], first: date, last: date) -> list[float]:
    """The daily values from one day to another, both included."""
    wanted = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [days[day] for day in wanted if day in days]


def middle_and_spread(values: list[float], typical: float, *, answers: bool = False) -> tuple[float, float]:
    """Median and 1.4826 times the median distance from it, or mean and standard deviation; with 7 typical days."""
    if answers:
        middle = statistics.fmean(values)
        own = statistics.pstdev(values, middle)
    else:
        middle = statistics.median(values)
        own = 1.4826 * statistics.median(abs(value - middle) for value in values)
    spread = math.sqrt((len(values) * own**2 + 7 * typical**2) / (len(values) + 7))
    return middle, spread
