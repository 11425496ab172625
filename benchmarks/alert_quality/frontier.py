"""`make bench-alerts BENCH_ARGS=--frontier`: what the packs cost and find when their drift rules are made bolder or calmer.

One number is turned, the bound of every drift rule, from four fifths to one and a half times what is installed; all else stays.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.alert_quality.cohort import Cohort
from benchmarks.alert_quality.figures import Figures, figures
from benchmarks.alert_quality.our_packs import turned
from benchmarks.alert_quality.scoring import CHAIN, CHAINS, Counted, count, together

TIMES = (0.8, 0.9, 1.0, 1.15, 1.3, 1.5)
HEAD = "| Drift bounds | False cards a patient-year | Shown events found | Drifts, median days | Cards a day, team of 500 |"


def sweep(cohorts: Iterator[Cohort]) -> list[tuple[float, Figures]]:
    """What comes of each factor, over all cohorts together; one cohort in memory at a time."""
    counted: dict[float, list[Counted]] = {factor: [] for factor in TIMES}
    for cohort in cohorts:
        chain = CHAINS.get(cohort.pathway, CHAIN)
        for factor in TIMES:
            alerts = turned(cohort, factor)
            counted[factor].append(count(alerts, cohort.events, cohort.watched, chain))
    return [(factor, figures("all", f"x {factor:g}", together(parts))) for factor, parts in counted.items()]


def markdown(rows: list[tuple[float, Figures]]) -> str:
    """The curve as a table."""
    lines = [HEAD, "|---|---|---|---|---|"]
    for factor, one in rows:
        drift = f"{one.drift_days[0]:.1f} ({one.drift_days[1]:.1f} to {one.drift_days[2]:.1f})"
        found = f"{one.sensitivity:.3f} ({one.sensitivity_low:.3f} to {one.sensitivity_high:.3f})"
        installed = " (installed)" if factor == 1 else ""
        lines.append(
            f"| × {factor:g}{installed} | {one.false_a_year:.2f} | {found} | {drift} | {one.cards_a_day:.1f} |"
        )
    return "\n".join(lines) + "\n"
