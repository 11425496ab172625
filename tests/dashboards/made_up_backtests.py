"""Made-up backtests, for the pages' tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from dashboards.presenters import backtests
from dashboards.presenters.backtests import (
    AskedSeen,
    BacktestSeen,
    FoundSeen,
    NumberSeen,
    PatientSeen,
    RuleTried,
)
from tests.dashboards.made_up import LEAD, NOW

NUMBERS = [
    NumberSeen("needs_amber_high", "3", "A whole number"),
    NumberSeen(
        "high", "twelve", "A number, or nothing", error="high takes a number, or nothing, not twelve."
    ),
    NumberSeen("adapts", "true", "True or false", ("true", "false")),
    NumberSeen("severity", "amber", "One of the severities", ("yellow", "blue", "amber", "red")),
]
TRIED = RuleTried("every.pulse_limits@2", "Pulse beyond its limits", "limits", "/min", ("Heart rate",))
RULES = [("every.pulse_limits@2", "Everyone: Pulse beyond its limits, version 2")]
ASKED = [AskedSeen("00000000-0000-0000-0000-000000000001", "Pulse beyond its limits", 2, NOW, 90, "done")]
DAYS = tuple(((NOW - timedelta(days=90 - nth)).date(), nth % 5 // 3, (nth + 2) % 7 // 5) for nth in range(91))
FOUND = FoundSeen(
    of=200,
    alerts=12,
    about=7,
    today=10,
    both=9,
    lost=1,
    recorded=10,
    as_recorded=9,
    beside=4,
    rates=(("red", 2, 0.02, 0.04), ("amber", 10, 0.11, 0.2), ("all", 12, 0.13, 0.24)),
    aside=("1 alert of these would have been taken back later, by late readings or corrections.",),
    by_day=DAYS,
    patients=(
        PatientSeen(1, "Amina Okafor", 4, 3, "red", NOW - timedelta(days=2)),
        PatientSeen(2, "Bernard Fitzwilliam-Cholmondeley", 1, 1, "amber", NOW - timedelta(days=40)),
    ),
    more=5,
    compared=True,
    runs=True,
)
DONE = BacktestSeen(
    id=ASKED[0].id,
    rule="every.pulse_limits",
    title="Pulse beyond its limits",
    version=2,
    state="done",
    since=NOW - timedelta(days=90),
    until=NOW,
    asked_at=NOW,
    done=200,
    patients=200,
    changes=(("needs_amber_high", "2", "3"),),
    kept=("Each moment is judged by the thresholds that held then.",),
    problem="",
    found=FOUND,
    type="limits",
    unit="/min",
    kinds=("Heart rate",),
)
RUNNING = replace(DONE, state="running", done=80, found=None)
FAILED = replace(RUNNING, state="failed", problem="It stopped again and again.")


def form(frame):
    return backtests.present_form(RULES, TRIED, NUMBERS, "90", ASKED, frame)


__all__ = ["DONE", "FAILED", "LEAD", "RUNNING", "form"]
