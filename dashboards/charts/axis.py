"""Where a value and a moment stand on a chart, and what is written beside the axes.

The rule for the vertical axis, the same for every patient: each kind has its usual range, always shown whole,
so that the same height means the same value on two charts; what lies outside widens it by whole steps. Kinds
whose level is personal (weight) have no usual range but a least span, around what was measured.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from dashboards.presenters import words
from dashboards.presenters.views import KindSeen


@dataclass(frozen=True)
class Size:
    """Of a drawing, in its own units; `text` is the height of its letters."""

    width: int
    height: int
    text: int = 13
    left: int = 44
    right: int = 84
    top: int = 14
    bottom: int = 30
    inset: int = 12  # room at both ends for the marks that stand there


WIDE = Size(660, 250)
NARROW = Size(340, 230, left=34, right=80)


@dataclass(frozen=True)
class Window:
    """The stretch of time a chart shows."""

    start: datetime
    end: datetime

    @classmethod
    def last(cls, days: int, at: datetime) -> "Window":
        """The last so many days up to `at`."""
        return cls(at - timedelta(days=days), at)

    @property
    def days(self) -> int:
        """Whole days it is long."""
        return round((self.end - self.start) / timedelta(days=1))


@dataclass(frozen=True)
class Span:
    """Of the vertical axis: lowest, highest, and the step between marks."""

    low: float
    high: float
    step: float

    def marks(self) -> list[float]:
        """Where the axis is marked."""
        return [
            self.low + n * self.step for n in range(math.floor((self.high - self.low) / self.step + 1e-9) + 1)
        ]


USUAL = {
    "systolic": Span(40, 200, 20),
    "diastolic": Span(40, 200, 20),  # drawn together with systolic
    "heart_rate": Span(40, 140, 20),
    "oxygen_saturation": Span(80, 100, 4),
    "respiratory_rate": Span(8, 32, 4),
    "body_temperature": Span(34, 40, 1),
    "glucose": Span(0, 20, 4),
    "interstitial_glucose": Span(0, 20, 4),
    "peak_flow": Span(0, 600, 100),
    "fev1": Span(0, 4, 1),
    "cat_score": Span(0, 40, 10),
    "mrc_dyspnoea": Span(1, 5, 1),
    "steps": Span(0, 10000, 2000),
    "news2": Span(0, 20, 4),
}
LEAST_SPAN = {"body_weight": (10.0, 2.0)}  # kilograms shown at least, and the step


def span(kind: KindSeen, values: Iterable[float]) -> Span:
    """The vertical axis for a kind, wide enough for `values` (readings and thresholds)."""
    if kind.answers:
        return Span(0, max(1, len(kind.answers) - 1), 1)
    numbers = list(values)
    if usual := USUAL.get(kind.code):
        return widened(usual, numbers)
    if not numbers:
        return Span(0, 10, 2)
    if kind.code in LEAST_SPAN:
        least, step = LEAST_SPAN[kind.code]
    else:
        least = max(abs(max(numbers)) * 0.2, 10**-kind.decimals * 5)
        step = nice(max(least, max(numbers) - min(numbers)) / 4)
    middle = (min(numbers) + max(numbers)) / 2
    low = math.floor((middle - least / 2) / step) * step
    high = math.ceil((middle + least / 2) / step) * step
    return widened(Span(low, high, step), numbers)


def widened(usual: Span, values: list[float]) -> Span:
    """`usual`, larger by whole steps where a value lies outside; larger steps when they grow many."""
    low, high, step = usual.low, usual.high, usual.step
    if values:
        low -= math.ceil(max(0.0, low - min(values)) / step) * step
        high += math.ceil(max(0.0, max(values) - high) / step) * step
    most = 10
    while (high - low) / step > most:
        step *= 2
        high = low + math.ceil((high - low) / step) * step
    return Span(low, high, step)


def nice(rough: float) -> float:
    """1, 2 or 5 times a power of ten, at least `rough`."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * n for n in (1, 2, 5, 10) if power * n >= rough * (1 - 1e-9))


@dataclass(frozen=True)
class Field:
    """The part of a drawing where readings stand."""

    size: Size
    window: Window
    span: Span

    @property
    def right(self) -> float:
        """The right edge."""
        return self.size.width - self.size.right

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.size.height - self.size.bottom

    def x(self, at: datetime) -> float:
        """Where a moment stands; kept inside the field."""
        part = (at - self.window.start) / (self.window.end - self.window.start)
        left, right = self.size.left + self.size.inset, self.right - self.size.inset
        return round(left + min(1.0, max(0.0, part)) * (right - left), 1)

    def edge(self, at: datetime) -> float:
        """Where a stretch that begins or ends then is drawn to: the window's ends reach the field's edges."""
        if at <= self.window.start:
            return self.size.left
        return self.right if at >= self.window.end else self.x(at)

    def y(self, value: float) -> float:
        """Where a value stands."""
        part = (value - self.span.low) / (self.span.high - self.span.low)
        return round(self.bottom - part * (self.bottom - self.size.top), 1)


def days_marked(field: Field) -> list[tuple[datetime, str]]:
    """The midnights written under a chart, with their words; as many as there is room for."""
    midnight = datetime.combine(words.local(field.window.start).date(), time(), words.LONDON)
    midnights = [midnight + timedelta(days=n) for n in range(1, field.window.days + 2)]
    midnights = [day for day in midnights if field.window.start <= day <= field.window.end]
    week = 7
    room = max(2, int((field.right - field.size.left) / (field.size.text * 4.6)))
    every = next(n for n in (1, 2, week, 2 * week, 4 * week, 8 * week) if len(midnights) / n <= room)
    if every >= week:
        midnights = [day for day in midnights if day.weekday() == 0]
    chosen = midnights[:: max(1, every // week) if every >= week else every]
    if every < week:
        return [(day, f"{day:%a} {day.day}") for day in chosen]
    return [(day, f"{day.day} {day:%b}") for day in chosen]
