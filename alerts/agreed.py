"""What must be said with anything that is agreed for one patient: a value that can be, a reason, a day to look again.

Pure. Each function gives what is wrong, so that a form can show all of it at once; the verbs refuse with the first.
"""

from __future__ import annotations

import math
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from foundation.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime

    from alerts.rules.traits import Trait
    from ingest.catalogue import Kind

Four = tuple[
    float | None, float | None, float | None, float | None
]  # red low, amber low, amber high, red high
BOUNDS = ("red_low", "amber_low", "amber_high", "red_high")
NAMES = ("Red low", "Amber low", "Amber high", "Red high")

LONGEST_REASON = 500  # characters
FURTHEST = timedelta(days=366)  # from today to the review


class Said(NamedTuple):
    """What a person says with a change, and what they saw before it."""

    reason: str
    review_on: date | None  # a local day; giving something back needs none
    expected: datetime | None  # the `set_at` of what their page showed; None: it showed nothing


class Problem(NamedTuple):
    """One thing that is wrong: its field, a code for programs, a sentence for the person."""

    field: str
    code: str
    sentence: str


def refuse(problems: Iterable[Problem]) -> None:
    """Refuse with the first, if there is any."""
    for field, code, sentence in problems:
        raise Refused(code, sentence, field=f"/{field}")


def in_bounds(kind: Kind, four: Four) -> list[Problem]:
    """What is wrong with four bounds of a kind, in its stored unit. They rise, and a bound can be measured."""
    given = [(place, value) for place, value in enumerate(four) if value is not None]
    if not given:
        return [
            Problem(
                "red_low",
                "no_bound",
                "Give at least one of the four thresholds, or go back to the pathway's.",
            )
        ]
    wrong = [problem for place, value in given if (problem := _one_bound(kind, place, value))]
    if wrong:
        return wrong
    return [
        Problem(BOUNDS[place], "bounds_order", f"{NAMES[place]} must be above {NAMES[before].lower()}.")
        for (before, below), (place, value) in pairwise(given)
        if value <= below
    ]


def _one_bound(kind: Kind, place: int, value: float) -> Problem | None:
    lowest, highest = limits(kind)
    if not lowest <= value <= highest:  # nor is it so of what is no number
        unit = f" {kind.unit_label}" if kind.unit_label else ""
        sentence = f"{NAMES[place]} must lie from {lowest:g} to {highest:g}{unit}."
        return Problem(BOUNDS[place], "bound_impossible", sentence)
    if round(value, kind.decimals) != value:  # a reading is judged as it is shown, and so is its bound
        how = f"at most {kind.decimals} after the point" if kind.decimals else "whole numbers"
        return Problem(BOUNDS[place], "bound_too_fine", f"{NAMES[place]}: this kind is shown with {how}.")
    return None


def limits(kind: Kind) -> tuple[float, float]:
    """From one to the other a value can be a reading of the kind."""
    if kind.answers is not None:
        return 0, len(kind.answers) - 1
    lowest = -math.inf if kind.reject_below is None else kind.reject_below
    return lowest, math.inf if kind.reject_above is None else kind.reject_above


def in_trait(trait: Trait, value: float | None) -> list[Problem]:
    """What is wrong with the value of a trait."""
    if value is None or not math.isfinite(value):
        return [Problem("value", "value_missing", "Say what the value is, as a number.")]
    if not trait.lowest <= value <= trait.highest:
        unit = f" {trait.unit}" if trait.unit else ""
        sentence = f"This must lie from {trait.lowest:g} to {trait.highest:g}{unit}."
        return [Problem("value", "value_impossible", sentence)]
    if not trait.unit and value != int(value):
        return [Problem("value", "value_not_whole", "This is a whole number.")]
    return []


def in_words(said: Said, today: date) -> list[Problem]:
    """What is wrong with the reason and the day of the review. today: a local day."""
    return [*in_reason(said.reason), *_in_review(said.review_on, today)]


def in_reason(reason: str) -> list[Problem]:
    """What is wrong with the reason."""
    if not reason.strip():
        sentence = "Say why, in a few words: whoever looks later needs to know."
        return [Problem("reason", "reason_missing", sentence)]
    if len(reason) > LONGEST_REASON:
        sentence = f"The reason has at most {LONGEST_REASON} characters. Shorten it."
        return [Problem("reason", "reason_too_long", sentence)]
    return []


def _in_review(review_on: date | None, today: date) -> list[Problem]:
    if review_on is None:
        return [Problem("review_on", "review_missing", "Say on which day this is to be looked at again.")]
    if review_on < today:
        return [Problem("review_on", "review_past", "The review day has passed. Choose one from today on.")]
    if review_on > today + FURTHEST:
        return [
            Problem(
                "review_on",
                "review_too_far",
                "The review day is more than a year ahead. Choose an earlier one.",
            )
        ]
    return []
