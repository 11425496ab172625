"""The figures as Markdown and as JSON."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from benchmarks.alert_quality.figures import Figures, Target

_HEAD = (
    "| Pathway | Judge | Patient-years (event-free) | Alerts a year, all / red and amber | Cards a year"
    " | False cards a year (for silence; red) | Events found ÷ shown | Sensitivity (95 %) | … by chance"
    " | Found ÷ planted | Drifts: median days (95 %) | Abrupt: median days (95 %) | False per true | Cards a day, team of 500 |"
)


def markdown(rows: list[Figures], held: list[Target]) -> str:
    """Both tables."""
    lines = [_HEAD, "|" + "---|" * (_HEAD.count("|") - 1)]
    lines += [_row(one) for one in rows]
    lines += ["", "| Pathway | Target | Ours | Bound | |", "|---|---|---|---|---|"]
    lines += [
        f"| {one.pathway} | {one.what} | {one.value:.2f} | {one.bound} | {'met' if one.met else '**missed**'} |"
        for one in held
    ]
    return "\n".join(lines) + "\n"


def _row(one: Figures) -> str:
    return "| " + " | ".join(
        [
            one.pathway,
            one.judge,
            f"{one.years:,.0f} ({one.quiet_years:,.0f})",
            f"{one.alerts_a_year:.2f} / {one.loud_a_year:.2f}",
            f"{one.cards_a_year:.2f}",
            f"{one.false_a_year:.2f} ({one.false_silent_a_year:.2f}; {one.false_red_a_year:.2f})",
            f"{one.found} ÷ {one.shown}",
            f"{one.sensitivity:.3f} ({one.sensitivity_low:.3f} to {one.sensitivity_high:.3f})",
            f"{one.by_chance:.2f}",
            f"{one.planted_found} ÷ {one.planted}",
            _days(one.drift_days),
            _days(one.abrupt_days),
            f"{one.false_per_true:.2f}",
            f"{one.cards_a_day:.1f}",
        ]
    ) + " |"  # fmt: skip


def _days(median: tuple[float, float, float]) -> str:
    return "" if math.isnan(median[0]) else f"{median[0]:.1f} ({median[1]:.1f} to {median[2]:.1f})"


def as_json(rows: list[Figures], held: list[Target], about: dict[str, Any]) -> dict[str, Any]:
    """The same for machines; what is no number becomes null."""
    return _finite(
        {"about": about, "figures": [asdict(one) for one in rows], "targets": [asdict(one) for one in held]}
    )


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value.item() if hasattr(value, "item") else value
