"""What a reading means, in plain words, and what to do about it.

Read by the patient the moment a reading is kept, so: words a child of ten knows; what it means first,
then what to do. All readings of a kind and colour get the same words, put together once, on import.

The advice follows the clinical notes (sources beside it). No clinician has signed it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from ingest.catalogue import KINDS, Kind

Level = Literal["red", "amber", "in_range", "no_range"]
Side = Literal["low", "high", ""]

_WORST_FIRST: tuple[Level, ...] = ("red", "amber", "no_range", "in_range")


class Bounds(NamedTuple):
    """A patient's thresholds of one kind, in its stored unit.

    A bound belongs to its colour: with red low at 92, 92 is red.
    """

    red_low: float | None = None
    amber_low: float | None = None
    amber_high: float | None = None
    red_high: float | None = None


_NO_BOUNDS = Bounds()


class Meaning(NamedTuple):
    """Words for the patient."""

    level: Level
    text: str  # what it means
    do: str  # what to do now


def meaning(kind: Kind, value: float, bounds: Bounds | None, *, held: bool = False) -> Meaning:
    """What this value means to a patient with these bounds. held: it waits for another measurement."""
    level, side = _level(value, bounds)
    return _MEANINGS[kind.id, level, side, held]


def worst(meanings: Iterable[Meaning]) -> Meaning:
    """The one to show for a panel: red before amber before the rest, and the first of equals."""
    return min(meanings, key=lambda one: _WORST_FIRST.index(one.level))


def _level(value: float, bounds: Bounds | None) -> tuple[Level, Side]:
    if bounds is None or bounds == _NO_BOUNDS:
        return "no_range", ""
    red_low, amber_low, amber_high, red_high = bounds
    found: tuple[Level, Side] = ("in_range", "")
    if red_low is not None and value <= red_low:
        found = ("red", "low")
    elif red_high is not None and value >= red_high:
        found = ("red", "high")
    elif amber_low is not None and value <= amber_low:
        found = ("amber", "low")
    elif amber_high is not None and value >= amber_high:
        found = ("amber", "high")
    return found


# The clinical notes, section 0: the service is no emergency service and has to say so whenever it matters.
_NOBODY_MAY_LOOK = "This service is not an emergency service and nobody may look at this at once."
_RED = f"Call 999 if you feel very unwell. If not, call 111 now and tell them this number. {_NOBODY_MAY_LOOK}"
_AMBER = (
    "Your team will look at this when they are next at work. "
    "If you feel worse, call 111, or 999 if you feel very unwell."
)
_IN_RANGE = (
    "Nothing to do now. Keep sending your readings. If you feel unwell, call 111, or 999 if very unwell."
)
_NO_RANGE = "Your team can see it. If you feel unwell, call 111, or 999 if very unwell."
_AGAIN = "Please rest, measure again in 5 minutes and send it."

# What to do, where a kind and side ask for other words. (kind, level, side)
_DO: dict[tuple[str, Level, Side], str] = {
    # OX-1, COVID Oximetry @home: 92 and below, 999 or A&E
    ("oxygen_saturation", "red", "low"): (
        "Measure again now. If it is still this low, call 999 or go to A&E. "
        f"Call 999 at once if you struggle to breathe or your lips are blue. {_NOBODY_MAY_LOOK}"
    ),
    # OX-2, the same source: 93 to 94, 111 or the GP
    ("oxygen_saturation", "amber", "low"): (
        "Measure again in 5 minutes. If it is still this low, call your GP or 111 today. "
        "Call 999 if you struggle to breathe."
    ),
    # OX-4, too much oxygen in people who keep carbon dioxide
    ("oxygen_saturation", "amber", "high"): (
        "If you are on oxygen, do not change it yourself: call your team today. "
        "Call 999 if you become sleepy, confused or have a bad headache."
    ),
    # BP-4, NG136: with these signs the same day's hospital care
    ("systolic", "red", "high"): (
        "Sit still and measure again in 5 minutes. Call 999 if you have chest pain, a very bad headache, "
        f"trouble seeing, speaking or breathing, or weakness on one side. If not, call 111 now. "
        f"{_NOBODY_MAY_LOOK}"
    ),
    # BP-5: low with symptoms
    ("systolic", "red", "low"): (
        "Sit or lie down. Call 999 if you faint, are confused or feel very unwell. "
        f"If not, call 111 now. {_NOBODY_MAY_LOOK}"
    ),
    # HR-1, NEWS2
    ("heart_rate", "red", "high"): (
        "Sit down. Call 999 if you have chest pain, faint or struggle to breathe. "
        f"If not, call 111 now. {_NOBODY_MAY_LOOK}"
    ),
    # DM-1: 15 to 20 g of sugar, test again after 15 minutes
    ("glucose", "red", "low"): (
        "Eat or drink 15 to 20 grams of sugar now: a small glass of fruit juice, or 5 glucose tablets. "
        "Test again in 15 minutes. If it is still low, do it again. Somebody with you should call 999 if you "
        f"cannot swallow, are confused or do not wake. {_NOBODY_MAY_LOOK}"
    ),
    ("glucose", "amber", "low"): (
        "Eat or drink 15 to 20 grams of sugar now: a small glass of fruit juice, or 5 glucose tablets. "
        "Test again in 15 minutes. If it stays low, call 111, or 999 if you feel very unwell. "
        "Your team will look at this when they are next at work."
    ),
    # DM-3: sick-day rules, ketones
    ("glucose", "red", "high"): (
        "Test for ketones if you can. Call 999 if you are being sick, very sleepy, confused or breathing "
        f"fast. If not, call 111 now. {_NOBODY_MAY_LOOK}"
    ),
    # HF-1, advice to patients of ESC and BSH
    ("body_weight", "amber", "high"): (
        "This may be water. Look whether your ankles are swollen. Your team will look at this when they are "
        "next at work. Call them or 111 today if you are more breathless, and 999 if you struggle to breathe."
    ),
    # PF-1, asthma plan: below half of one's best
    ("peak_flow", "red", "low"): (
        "Use your reliever inhaler as your plan says. Call 999 if it does not help or you struggle to "
        f"breathe or speak. If not, call 111 now. {_NOBODY_MAY_LOOK}"
    ),
    # T-1, NICE on sepsis
    ("body_temperature", "red", "low"): (
        "Keep warm. Call 999 if you are confused, very sleepy or very unwell. "
        f"If not, call 111 now. {_NOBODY_MAY_LOOK}"
    ),
    # NEWS2: new confusion, or harder to wake, is three points alone
    ("consciousness", "red", "high"): f"Call 999 now. {_NOBODY_MAY_LOOK}",
}
_SAME_WORDS = {
    "diastolic": "systolic",
    "interstitial_glucose": "glucose",
    "fev1": "peak_flow",
    "respiratory_rate": "heart_rate",
}

_MUCH: dict[Level, str] = {"red": "much ", "amber": ""}
_THAN = {"low": "lower", "high": "higher"}


def _text(kind: Kind, level: Level, side: Side) -> str:
    if level == "no_range":
        return f"We have your {kind.patient_label}. Your team has set no range for it."
    if level == "in_range":
        return f"Your {kind.patient_label} is in the range your team set for you."
    if kind.answers:
        return f"Your answer about your {kind.patient_label} is one your team wants to know about."
    return f"Your {kind.patient_label} is {_MUCH[level]}{_THAN[side]} than the range your team set for you."


def _do(kind: Kind, level: Level, side: Side) -> str:
    name = _SAME_WORDS.get(kind.name, kind.name)
    if (own := _DO.get((name, level, side))) is not None:
        return own
    return {"red": _RED, "amber": _AMBER, "in_range": _IN_RANGE, "no_range": _NO_RANGE}[level]


_SIDES: dict[Level, tuple[Side, ...]] = {
    "red": ("low", "high"),
    "amber": ("low", "high"),
    "in_range": ("",),
    "no_range": ("",),
}


def _held(level: Level, advice: str) -> str:
    """Asking for another measurement must not stand before an emergency's advice."""
    return f"{advice} {_AGAIN}" if level == "red" else f"{_AGAIN} {advice}"


def _all_meanings() -> Iterator[tuple[tuple[int, Level, Side, bool], Meaning]]:
    for kind in KINDS.values():
        for level, sides in _SIDES.items():
            for side in sides:
                text, advice = _text(kind, level, side), _do(kind, level, side)
                yield (kind.id, level, side, False), Meaning(level, text, advice)
                yield (kind.id, level, side, True), Meaning(level, text, _held(level, advice))


_MEANINGS = dict(_all_meanings())
