"""What befalls people: events with a known onset, peak and end, and what each does to what is measured.

Sizes and rates: clinical notes 4.1 for decompensation and exacerbation; every other number is [P].
An event grows from its onset to its peak, stays, and goes back; its end is when 60 % of the way back is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from benchmarks.alert_quality.pathways import Pathway
from benchmarks.alert_quality.people import Course, Flags, Floats

APART = 14  # days at least between the end of an event and the next onset
BACK = 0.6  # of the way back, at the end
ABRUPT = 3  # days from onset to peak at most; longer is a drift
SEVERITY = 0.35  # SD of the logarithm: some milder, some more severe
CRISIS = (183.0, 212.0)  # mmHg at the peak
LOW = (2.2, 3.9)  # mmol/L of a low reading
LOW_SHARE = 0.55  # of the readings of a low run's days


class Shape(NamedTuple):
    """Days from onset to peak, at the peak, and back."""

    rise: int
    hold: int
    fall: int

    @property
    def length(self) -> int:
        """Days from onset until nothing is left."""
        return self.rise + self.hold + self.fall

    @property
    def end(self) -> int:
        """Days from onset to what counts as the end."""
        return self.rise + self.hold + int(np.ceil(BACK * self.fall))

    def course(self) -> Floats:
        """The share of the peak on each day from onset on."""
        day = np.arange(self.length, dtype=np.float64)
        up = (day + 1) / (self.rise + 1)
        down = (self.length - day) / (self.fall + 1)
        return np.clip(np.minimum(up, down), 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Planted:
    """All events of a pathway, and what they add."""

    table: pd.DataFrame  # person, type, onset, peak, end (days from the start), abrupt
    added: dict[
        str, Floats
    ]  # kind → people × days: in the kind's unit, or in SDs of a symptom's hidden score
    low: Flags  # people × days of a run of low glucose


# Type → how long it rises, stays and falls, in days, with the share of the events that go so.
LENGTHS: dict[str, tuple[tuple[float, tuple[int, int], tuple[int, int], tuple[int, int]], ...]] = {
    "decompensation": ((0.2, (2, 3), (3, 7), (5, 10)), (0.8, (7, 20), (3, 7), (5, 10))),
    # From five days before it is recognised to twelve after.
    "exacerbation": ((0.5, (1, 3), (3, 5), (7, 10)), (0.5, (4, 7), (3, 5), (7, 10))),
    "bp_drift": ((1.0, (14, 42), (28, 42), (10, 14)),),
    "bp_crisis": ((1.0, (0, 1), (1, 2), (1, 2)),),
    "high_drift": ((1.0, (7, 21), (7, 14), (5, 7)),),
    "low_run": ((1.0, (0, 0), (3, 7), (0, 0)),),
    "infection": ((1.0, (1, 2), (3, 5), (3, 5)),),
}


def shape_of(rng: np.random.Generator, kind: str) -> Shape:
    """How long an event of this type takes."""
    ways = LENGTHS[kind]
    chosen = ways[int(rng.choice(len(ways), p=[way[0] for way in ways]))]
    return Shape(*(int(rng.integers(first, last + 1)) for first, last in chosen[1:]))


def usual_length(kind: str) -> float:
    """Days that an event of this type takes on average."""
    return sum(share * sum(sum(days) / 2 for days in parts) for share, *parts in LENGTHS[kind])


def amounts(rng: np.random.Generator, kind: str, person: int, of: dict[str, Course]) -> dict[str, float]:
    """What an event adds at its peak: kind → in its unit; for a symptom in SDs of its hidden score."""
    much = float(np.exp(rng.normal(0, SEVERITY)))
    if kind == "decompensation":
        gains = rng.random() < 0.5
        gain = float(np.clip(rng.normal(2.4, 0.9), 1.0, 4.2)) if gains else 0.0
        systolic = 10 * much * (-1 if rng.random() < 0.6 else 1)
        return {
            "body_weight": gain,
            "heart_rate": 8 * much,
            "systolic": systolic,
            "diastolic": 0.5 * systolic,
            "oxygen_saturation": -float(rng.uniform(1, 3)),
            "breathlessness": 2.0 * much,
            "ankle_swelling": (2.2 if gains else 0.8) * much,
            "extra_pillows": 1.6 * much,
        }
    if kind == "exacerbation":

        def spreads(signal: str, count: float) -> float:
            course = of[signal]
            return count * much * float(np.hypot(course.day_sd[person], course.own_sd[person]))

        return {
            "heart_rate": spreads("heart_rate", 1.5),
            "oxygen_saturation": spreads("oxygen_saturation", -1.5),
            "peak_flow": spreads("peak_flow", -1.5),
            "fev1": spreads("fev1", -1.5),
            "cat_score": 4 * much,
            "breathlessness": 2.4 * much,  # at the peak about four days in five: complaints define it
            "sputum": 2.2 * much,
        }
    if kind in ("bp_drift", "bp_crisis"):
        up = float(rng.uniform(15, 25))
        if kind == "bp_crisis":
            up = max(30.0, float(rng.uniform(*CRISIS) - of["systolic"].usual[person]))
        return {"systolic": up, "diastolic": 0.5 * up, "heart_rate": 6.0 if kind == "bp_crisis" else 0.0}
    if kind == "high_drift":
        return {"glucose": float(rng.uniform(4, 8))}
    if kind == "low_run":
        return {}
    return {
        "body_temperature": float(rng.uniform(0.9, 2.2)),
        "heart_rate": 14 * much,
        "respiratory_rate": 5 * much,
        "oxygen_saturation": -2.5 * much,
        "systolic": -7 * much,
        "diastolic": -4 * much,
        "breathlessness": 1.2 * much,
        "sputum": 0.8 * much,
        "consciousness": 1.5 if rng.random() < 0.15 else 0.0,
        "cat_score": 2 * much,
    }


def plant(rng: np.random.Generator, pathway: Pathway, of: dict[str, Course], days: int) -> Planted:
    """Draw every event and add it up. On a stay it is one or none, with its onset after the first day."""
    people = len(next(iter(of.values())).usual)
    kinds = [each.kind for each in (*pathway.signals, *pathway.symptoms)]
    added = {kind: np.zeros((people, days)) for kind in kinds}
    low = np.zeros((people, days), dtype=bool)
    rows: list[tuple[int, str, int, int, int, bool]] = []
    for person in range(people):
        for onset, kind, shape in _calendar(rng, pathway, days):
            course = shape.course()[: days - onset]
            for one, amount in amounts(rng, kind, person, of).items():
                if one in added:
                    added[one][person, onset : onset + len(course)] += amount * course
            if kind == "low_run":
                low[person, onset : onset + shape.length] = True
            end = min(days, onset + max(1, shape.end))
            rows.append((person, kind, onset, min(end, onset + shape.rise), end, shape.rise <= ABRUPT))
    names = ["person", "type", "onset", "peak", "end", "abrupt"]
    return Planted(pd.DataFrame(rows, columns=names), added, low)


def _calendar(rng: np.random.Generator, pathway: Pathway, days: int) -> list[tuple[int, str, Shape]]:
    """One person's events in order: onset, type, shape."""
    types, rates = list(pathway.events), np.array(list(pathway.events.values())) / 365
    if pathway.stay is not None:
        if rng.random() >= rates.sum() * pathway.stay:
            return []
        kind = str(rng.choice(types, p=rates / rates.sum()))
        return [(int(rng.integers(1, pathway.stay - 3)), kind, shape_of(rng, kind))]
    # Waiting is drawn shorter, for events keep each other apart.
    busy = sum(
        rate / rates.sum() * (usual_length(kind) + APART) for kind, rate in zip(types, rates, strict=True)
    )
    wait = 1 / rates.sum() - busy
    found: list[tuple[int, str, Shape]] = []
    day = float(rng.exponential(1 / rates.sum())) if rng.random() < 0.5 else float(rng.exponential(wait))
    while day < days:
        kind = str(rng.choice(types, p=rates / rates.sum()))
        shape = shape_of(rng, kind)
        found.append((int(day), kind, shape))
        day += shape.length + APART + float(rng.exponential(wait))
    return found
