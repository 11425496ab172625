"""What is checked about one patient: each active rule with how it stands now, in words."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from markupsafe import Markup

from dashboards.presenters import words
from dashboards.presenters.views import Severity

Outcome = Literal["breach", "error", "pending", "no_data", "normal"]

# What matters first.
WORDS: dict[Outcome, str] = {
    "breach": "Breach",
    "error": "Error",
    "pending": "Pending",
    "no_data": "No data",
    "normal": "Normal",
}
COLOURS: dict[Outcome, str] = {
    "breach": "red",
    "error": "pink",
    "pending": "yellow",
    "no_data": "grey",
    "normal": "green",
}


@dataclass(frozen=True)
class CountSeen:
    """Readings, on how many days, within how many days."""

    readings: int
    days: int
    within: int


@dataclass(frozen=True)
class CheckedSeen:
    """One active rule that applies to a patient. at: the last moment it judged, in the last 28 days."""

    rule: str
    title: str
    outcome: Outcome
    kinds: tuple[str, ...]  # what it looks at, as pages call it
    at: datetime | None = None
    severity: Severity | None = None  # of a breach
    there: CountSeen | None = None  # without data: what there is, and what it takes
    needs: CountSeen | None = None
    trait: str = ""  # as pages call it: it needs this, and it is not set
    waits_for_missing: bool = False


@dataclass(frozen=True)
class CheckedRow:
    """One rule in the table."""

    title: str
    looks_at: str
    word: str
    colour: str
    severity: Severity | None
    severity_word: str
    said: str
    at: Markup


@dataclass(frozen=True)
class CheckedTable:
    """All of them, what matters first."""

    summary: str
    rows: tuple[CheckedRow, ...]


def present(seen: Sequence[CheckedSeen], now: datetime) -> CheckedTable:
    """The table and one sentence about it."""
    order = list(WORDS)
    counts = Counter(one.outcome for one in seen)
    told = [f"{counts[outcome]} {word.lower()}" for outcome, word in WORDS.items() if counts[outcome]]
    summary = f"{words.count(len(seen), 'rule')}: {words.listed(told)}." if seen else ""
    ordered = sorted(seen, key=lambda one: (order.index(one.outcome), one.title))
    return CheckedTable(summary, tuple(row(one, now) for one in ordered))


def row(one: CheckedSeen, now: datetime) -> CheckedRow:
    """One rule in words."""
    return CheckedRow(
        title=one.title,
        looks_at=", ".join(one.kinds),
        word=WORDS[one.outcome],
        colour=COLOURS[one.outcome],
        severity=one.severity,
        severity_word="" if one.severity is None else words.SEVERITY_NAMES[one.severity],
        said=said(one),
        at=Markup("–") if one.at is None else words.stamp(one.at, words.near(one.at, now)),
    )


def said(one: CheckedSeen) -> str:
    """What the outcome means here."""
    if one.outcome == "normal":
        return "Nothing is missing." if one.waits_for_missing else "Within what it asks for."
    if one.outcome == "pending":
        missing = "Something is missing, but not enough yet to raise an alert."
        return (
            missing
            if one.waits_for_missing
            else "Beyond what it asks for, but not enough yet to raise an alert."
        )
    if one.outcome == "breach":
        return "In breach when it last judged. The alert says more."
    if one.outcome == "error":
        return "It could not be worked out. The next check tries again; tell whoever runs the service."
    return lacking(one)


def lacking(one: CheckedSeen) -> str:
    """How much there is and how much it takes: Needs readings on at least 14 days within 29 days; there are 3, on 2 days."""
    if one.waits_for_missing:
        return "Nothing has fallen due yet."
    if one.trait:
        return f"It needs the trait {one.trait}, which is not set."
    if one.there is None or one.needs is None:
        return "It has judged nothing yet."
    return _too_little(one.there, one.needs)


def _too_little(there: CountSeen, needs: CountSeen) -> str:
    within = f"within {words.count(needs.within, 'day')}"
    if there.readings >= needs.readings and there.days >= needs.days:
        return "Enough has come, but something else that it needs is not set, or it is not meant for this patient."
    if needs.days > 1:
        least = f" and at least {needs.readings} readings" if needs.readings > needs.days else ""
        days = words.count(there.days, "day")
        return f"It needs readings on at least {needs.days} days{least} {within}; there are {there.readings}, on {days}."
    if needs.readings > 1:
        return f"It needs at least {needs.readings} readings {within}; there are {there.readings}."
    return f"It needs one reading {within}; none has come."
