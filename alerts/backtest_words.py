"""What a backtest found, in sentences. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.times import local_day

if TYPE_CHECKING:
    from alerts.backtest import Question
    from alerts.backtest_figures import Figures

KEPT = (
    "Each moment is judged by the thresholds that held then, and by what had been received by then.",
    "Traits, pauses and enrolments are as they are today.",
    "What people did to alerts is not played: each run of breach counts by itself, also while an earlier alert waits.",
    "Readings measured more than 30 days before the stretch are not judged, however late they came.",
)


def first(question: Question, figures: Figures) -> str:
    """What whoever reads only one sentence should know."""
    days = (question.until - question.since).days
    stretch = f"In the {days} days to {local_day(question.until):%-d %B %Y}"
    if not figures.patients:
        return f"{stretch} this rule was about nobody whom you can see."
    side = figures.proposed
    told = (
        f"{stretch} this would have raised {_alerts(side.alerts)} for {side.patients:,} of "
        f"{_patients(figures.patients)}: {figures.a_year(side):.2f} a patient-year"
    )
    return f"{told}{_against(question, figures)}."


def _against(question: Question, figures: Figures) -> str:
    if question.today is None:
        return "; no rule of this name runs today"
    if question.same:
        return "; this is the rule that runs today"
    more = figures.a_year(figures.proposed) - figures.a_year(figures.today)
    if figures.proposed.alerts == figures.today.alerts:
        return ", as many as today's"
    return f", {abs(more):.2f} {'more' if more > 0 else 'less'} than today's"


def overlap(question: Question, figures: Figures) -> list[tuple[str, int, str]]:
    """What both versions have in common: what, how many, what that means."""
    if question.today is None or question.same:
        return []
    return [
        ("Both", figures.both, "raised by this, over some of the same time as an alert of today's"),
        ("Only this", figures.only_proposed, "new: today's rule raises nothing then"),
        ("Only today's", figures.lost, "lost: this raises nothing then"),
    ]


def recorded(question: Question, figures: Figures) -> str:
    """How it compares with what was really raised."""
    of = _alerts(figures.proposed.alerts)
    return (
        f"On record are {_alerts(figures.recorded)} of {question.proposed.id} raised in this time. Of the {of} here "
        f"{figures.as_recorded:,} fall together with one of these, and {figures.beside:,} with an alert of another rule."
    )


def aside(figures: Figures) -> list[str]:
    """What else is to be known."""
    told = []
    if figures.proposed.withdrawn:
        told.append(
            f"{_alerts(figures.proposed.withdrawn)} of these would have been taken back later, by late readings or "
            "corrections."
        )
    if figures.failures:
        told.append(f"The rule could not be worked out for {_patients(figures.failures)}.")
    return told


def rates(figures: Figures, days: float) -> list[tuple[str, int, float, float]]:
    """By severity and in all: how many, a day, a patient-year."""
    side = figures.proposed
    by = [
        (name, side.by_severity[name])
        for name in ("red", "amber", "blue", "yellow")
        if side.by_severity[name]
    ]
    years = figures.years or 1.0
    return [(name, count, count / days, count / years) for name, count in [*by, ("all", side.alerts)]]


def _alerts(count: int) -> str:
    return "1 alert" if count == 1 else f"{count:,} alerts"


def _patients(count: int) -> str:
    return "1 patient" if count == 1 else f"{count:,} patients"
