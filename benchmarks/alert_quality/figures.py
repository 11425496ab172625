"""Figures from what was counted, and whether the targets are met."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.alert_quality.scoring import Counted, median_interval, wilson

FALSE = 1.5  # cards a patient-year of event-free time, at most
FOUND = 0.95  # of the events that show, at least
SOONER = 0.6  # of fixed limits' median delay on drifts, at most
TEAM = 500  # patients


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One judge on one pathway, or on all."""

    pathway: str
    judge: str
    years: float
    quiet_years: float
    alerts_a_year: float
    loud_a_year: float
    quiet_alerts_a_year: float
    quiet_loud_a_year: float
    cards_a_year: float
    false_a_year: float
    false_silent_a_year: float  # of them for silence only
    false_red_a_year: float
    planted: int
    planted_found: int
    shown: int
    found: int
    sensitivity: float
    sensitivity_low: float
    sensitivity_high: float
    by_chance: float  # share of the shown events' windows that a judge with these false cards hits blindly
    found_red: int
    drift_days: tuple[float, float, float]  # median with interval; what is missed waits until its window ends
    abrupt_days: tuple[float, float, float]
    drift_days_found: float  # median of the drifts found
    abrupt_days_found: float
    false_per_true: float
    cards_a_day: float  # of a team
    by_type: dict[str, dict[str, float]]
    by_strength: dict[str, dict[str, float]]


def figures(pathway: str, judge: str, counted: Counted) -> Figures:
    """The figures of one judge."""
    events = counted.events
    shown = events[events["shown"]]
    found = int(shown["delay"].notna().sum())
    low, high = wilson(found, len(shown))
    rate = counted.false / counted.quiet_years if counted.quiet_years else 0.0
    drifts, abrupt = shown[~shown["abrupt"]], shown[shown["abrupt"]]
    every_found = int(events["delay"].notna().sum())
    return Figures(
        pathway=pathway,
        judge=judge,
        years=counted.years,
        quiet_years=counted.quiet_years,
        alerts_a_year=counted.alerts / counted.years,
        loud_a_year=counted.loud / counted.years,
        quiet_alerts_a_year=counted.quiet_alerts / counted.quiet_years,
        quiet_loud_a_year=counted.quiet_loud / counted.quiet_years,
        cards_a_year=counted.cards / counted.years,
        false_a_year=rate,
        false_silent_a_year=counted.false_silent / counted.quiet_years,
        false_red_a_year=counted.false_red / counted.quiet_years,
        planted=len(events),
        planted_found=every_found,
        shown=len(shown),
        found=found,
        sensitivity=found / len(shown) if len(shown) else float("nan"),
        sensitivity_low=low,
        sensitivity_high=high,
        by_chance=float(np.mean(1 - np.exp(-rate * shown["window"] / 365.25))) if len(shown) else 0.0,
        found_red=int(shown["delay_red"].notna().sum()),
        drift_days=median_interval(_waited(drifts)),
        abrupt_days=median_interval(_waited(abrupt)),
        drift_days_found=float(drifts["delay"].median()),
        abrupt_days_found=float(abrupt["delay"].median()),
        false_per_true=counted.false / every_found if every_found else float("inf"),
        cards_a_day=counted.cards / counted.years / 365.25 * TEAM,
        by_type=_shares(events, events["type"]),
        by_strength=_shares(events, pd.cut(events["strength"], [-1, 3, 4, 5, 6, 7, 8, 10, 99]).astype(str)),
    )


def _waited(events: pd.DataFrame) -> np.ndarray:
    return events["delay"].fillna(events["window"]).to_numpy(dtype=float)


def _shares(events: pd.DataFrame, by: pd.Series) -> dict[str, dict[str, float]]:
    told = {}
    for name, part in events.groupby(by):
        shown = part[part["shown"]]
        told[str(name)] = {
            "planted": len(part),
            "found": int(part["delay"].notna().sum()),
            "shown": len(shown),
            "shown_found": int(shown["delay"].notna().sum()),
            "median_days": float(shown["delay"].median()),
        }
    return told


@dataclass(frozen=True, slots=True)
class Target:
    """One target on one row of the table."""

    pathway: str
    what: str
    value: float
    bound: str
    met: bool
    decides: bool = True  # over the exit; if not, it is there to be read


def targets(ours: Figures, fixed: Figures | None, quiet: Figures | None) -> list[Target]:
    """Ours against the targets. Where no drift shows there is no delay to compare."""
    held = [
        Target(
            ours.pathway,
            "false cards a patient-year, event-free time",
            ours.false_a_year,
            f"≤ {FALSE}",
            ours.false_a_year <= FALSE,
        ),
        Target(ours.pathway, "shown events found", ours.sensitivity, f"≥ {FOUND}", ours.sensitivity >= FOUND),
    ]
    for name, other in (("fixed limits'", fixed), ("quiet fixed limits'", quiet)):
        if other is None or np.isnan(ours.drift_days[0]):
            continue
        ratio = ours.drift_days[0] / other.drift_days[0] if other.drift_days[0] else float("inf")
        what = f"drifts: median delay ÷ {name}"
        held.append(Target(ours.pathway, what, ratio, f"≤ {SOONER}", ratio <= SOONER, other is fixed))
    return held


def hard_enough(cusum: Figures) -> bool:
    """A cohort on which the plain CUSUM meets both bars says nothing about ours."""
    return not (cusum.false_a_year <= FALSE and cusum.sensitivity >= FOUND)
