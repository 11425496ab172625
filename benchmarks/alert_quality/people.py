"""People and the course of what they measure, before anything is measured: people × days."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from benchmarks.alert_quality.pathways import Pathway
from benchmarks.alert_quality.signals import Signal, Symptom

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

TAIL = 5  # degrees of freedom of a reading's own error: heavier tails than a normal
TOGETHER = 0.6  # correlation of systolic and diastolic, and how much of a systolic step diastolic takes
SUNDAY_WEIGHT = 0.00175  # half of 0.35 % from Friday, the lowest, to Sunday


@dataclass(frozen=True, slots=True)
class Course:
    """One signal of all people of a pathway."""

    signal: Signal
    usual: Floats  # people
    day_sd: Floats  # people: of what a day's readings have in common
    own_sd: Floats  # people: of what each reading has for itself
    level: Floats  # people × days: what a perfect meter would show, without events
    draws: Floats  # people × days: the day's part in SDs

    def spread(self, count: Floats) -> Floats:
        """SD of the mean of so many readings of a day; people × days."""
        return np.sqrt(self.day_sd[:, None] ** 2 + self.own_sd[:, None] ** 2 / np.maximum(count, 1.0))


@dataclass(frozen=True, slots=True)
class Complaint:
    """One symptom of all people: a hidden score, and above which a person complains."""

    symptom: Symptom
    above: Floats  # people
    score: Floats  # people × days


def autoregressive(rng: np.random.Generator, people: int, days: int, ar: float) -> Floats:
    """Series with variance 1 and this lag-1 autocorrelation."""
    steps = rng.standard_normal((people, days))
    steps[:, 1:] *= np.sqrt(1 - ar**2)
    for day in range(1, days):
        steps[:, day] += ar * steps[:, day - 1]
    return steps


def heavy(rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Student's t, scaled to variance 1."""
    return rng.standard_t(TAIL, shape) * np.sqrt((TAIL - 2) / TAIL)


def day_ar(signal: Signal) -> float:
    """The autocorrelation of a day's part that makes daily means have `signal.ar`."""
    own = (1 - signal.shared) / signal.shared / signal.per_day
    return min(0.95, signal.ar * (1 + own))


def courses(
    rng: np.random.Generator, pathway: Pathway, people: int, season: Floats, weekday: Floats
) -> dict[str, Course]:
    """Kind → its course. season: days, 1 in mid-January and -1 in mid-July; weekday: days, 0 is Monday."""
    found: dict[str, Course] = {}
    for signal in pathway.signals:
        lead = found.get("systolic") if signal.kind == "diastolic" else None
        found[signal.kind] = _course(rng, pathway, signal, people, (season, weekday), lead)
    return found


def _course(
    rng: np.random.Generator,
    pathway: Pathway,
    signal: Signal,
    people: int,
    calendar: tuple[Floats, Floats],
    lead: Course | None,
) -> Course:
    season, weekday = calendar
    days = len(season)
    z = rng.standard_normal(people)
    if lead is not None:
        z = (
            TOGETHER * (lead.usual - lead.usual.mean()) / (lead.usual.std() or 1.0)
            + np.sqrt(1 - TOGETHER**2) * z
        )
    usual = np.clip(signal.usual + signal.between * z, signal.lowest, signal.highest)
    share, lowest, highest = pathway.unusual.get(signal.kind, (0.0, 0.0, 0.0))
    usual = np.where(rng.random(people) < share, rng.uniform(lowest, highest, people), usual)

    # Some people scatter more than others; over all of them the variance is the table's.
    sd = signal.single * np.exp(rng.normal(0, 0.2, people) - 0.2**2)
    if signal.kind == "glucose":
        sd = sd * usual / signal.usual  # a share of the level
    day_sd, own_sd = sd * np.sqrt(signal.shared), sd * np.sqrt(1 - signal.shared)

    draws = autoregressive(rng, people, days, day_ar(signal))
    if lead is not None:
        draws = TOGETHER * lead.draws + np.sqrt(1 - TOGETHER**2) * draws
    walk = np.cumsum(rng.normal(0, signal.walk, (people, days)), axis=1) if signal.walk else 0.0
    steps = benign_steps(rng, signal, people, days)
    if lead is not None:
        steps = TOGETHER * _steps_of(lead, season)
    week = 0.0
    if signal.kind == "body_weight":
        week = usual[:, None] * SUNDAY_WEIGHT * np.cos(2 * np.pi * (weekday - 6) / 7)[None, :]
    level = usual[:, None] + day_sd[:, None] * draws + walk + steps + week + signal.winter * season[None, :]
    return Course(signal, usual, day_sd, own_sd, level, draws)


def _steps_of(course: Course, season: Floats) -> Floats:
    """What is left of a course when its usual, its days and its season are taken away: walk and steps."""
    rest = course.level - course.usual[:, None] - course.day_sd[:, None] * course.draws
    return rest - course.signal.winter * season[None, :]


def benign_steps(rng: np.random.Generator, signal: Signal, people: int, days: int) -> Floats:
    """Changes of medicine or device: the usual moves within a week to another place and stays."""
    happens = rng.random((people, days)) < signal.changes / 365
    away = np.where(rng.random((people, days)) < signal.better, -signal.harmful, signal.harmful)
    size = np.where(happens, away * np.abs(rng.normal(0, signal.change, (people, days))), 0.0)
    settled = np.cumsum(size, axis=1)
    padded = np.concatenate([np.zeros((people, 6)), settled], axis=1)
    return np.mean([padded[:, back : back + days] for back in range(7)], axis=0)  # over seven days


def complaints(rng: np.random.Generator, pathway: Pathway, people: int, days: int) -> dict[str, Complaint]:
    """Kind → the hidden score of a symptom."""
    found: dict[str, Complaint] = {}
    for symptom in pathway.symptoms:
        rate = np.clip(rng.beta(*symptom.rate, people), 1e-4, 0.5)
        above = np.array([NormalDist().inv_cdf(1 - each) for each in rate])
        found[symptom.kind] = Complaint(symptom, above, autoregressive(rng, people, days, symptom.ar))
    return found
