"""Thresholds as steps over time, and where a value lies between them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from dashboards.charts.axis import Window
from dashboards.presenters.views import Bounds, Point, Series

Zone = Literal["red_low", "amber_low", "in_range", "amber_high", "red_high"]
LIMITS: tuple[Literal["red_low", "amber_low", "amber_high", "red_high"], ...] = (
    "red_low",
    "amber_low",
    "amber_high",
    "red_high",
)


@dataclass(frozen=True)
class Step:
    """One set of thresholds and the stretch of the window it was in force for."""

    start: datetime
    end: datetime
    bounds: Bounds


def steps(bounds: Sequence[Bounds], window: Window) -> Iterator[Step]:
    """The thresholds in force during the window, oldest first."""
    for place, one in enumerate(bounds):
        until = bounds[place + 1].from_at if place + 1 < len(bounds) else window.end
        start, end = max(one.from_at, window.start), min(until, window.end)
        if start < end:
            yield Step(start, end, one)


def in_force(bounds: Sequence[Bounds], at: datetime) -> Bounds | None:
    """The thresholds at a moment; before the first ones, none."""
    return next((one for one in reversed(bounds) if one.from_at <= at), None)


def zone(value: float, bounds: Bounds | None) -> Zone:
    """Where a value lies. A bound belongs to its colour: with red low at 92, 92 is red."""
    if bounds is None:
        return "in_range"
    if bounds.red_low is not None and value <= bounds.red_low:
        return "red_low"
    if bounds.red_high is not None and value >= bounds.red_high:
        return "red_high"
    if bounds.amber_low is not None and value <= bounds.amber_low:
        return "amber_low"
    if bounds.amber_high is not None and value >= bounds.amber_high:
        return "amber_high"
    return "in_range"


def zone_of(point: Point, series: Series) -> Zone:
    """Where a reading lay, by the thresholds of its own moment."""
    return zone(point.value, in_force(series.bounds, point.at))


def target(bounds: Bounds) -> tuple[float | None, float | None]:
    """The range aimed for: between the innermost bounds on each side."""
    low = bounds.amber_low if bounds.amber_low is not None else bounds.red_low
    high = bounds.amber_high if bounds.amber_high is not None else bounds.red_high
    return low, high
