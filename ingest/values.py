"""An item's value as numbers in stored units, and the slips of typing on the way.

Slips are named and sent back (clinical notes 1.3); none is mended on a guess.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from foundation.errors import Refused
from ingest import units
from ingest.catalogue import KINDS, PANELS, Kind


class Trouble(NamedTuple):
    """Why a value is held or rejected, said to the person who can act on it, without the value."""

    code: str
    sentence: str
    field: str | None = "value"


class Part(NamedTuple):
    """One number that an item of some kind and unit holds."""

    kind: Kind
    conversion: units.Conversion
    required: bool = True


class Plan(NamedTuple):
    """How to read the values of all items that share a kind and a unit."""

    name: str
    parts: tuple[Part, ...]
    panel: bool


class Number(NamedTuple):
    """One part, read."""

    part: Part
    value: float  # in the kind's stored unit
    given: float  # in the unit it came in


@lru_cache(maxsize=1_000)
def plan(name: str, unit: str | None) -> Plan | Trouble:
    """How to read items of this kind and unit, worked out once for all of them."""
    try:
        if (panel := PANELS.get(name)) is not None:
            parts = [Part(KINDS[part], units.conversion(KINDS[part], unit)) for part in panel.required]
            parts += [Part(KINDS[part], units.AS_IT_IS, required=False) for part in panel.optional]
            return Plan(name, tuple(parts), panel=True)
        if (kind := KINDS.get(name)) is not None:
            return Plan(name, (Part(kind, units.conversion(kind, unit)),), panel=False)
    except Refused as refused:
        return Trouble(refused.code, refused.sentence, refused.field)
    return Trouble(
        "kind_unknown", "We do not know this kind of reading. The documentation lists them.", "kind"
    )


def read(how: Plan, value: object) -> list[Number] | Trouble:
    """The numbers in an item's value."""
    if how.panel:
        return _panel(how, value)
    part = how.parts[0]
    number = _answer(part.kind, value) if part.kind.answers else _number(part.kind, value)
    if isinstance(number, Trouble):
        return number
    return [Number(part, part.conversion.apply(number), number)]


def plain_number(text: str) -> float | None:
    """The number this text writes in digits with a point, or None: no exponent, comma or other script."""
    return float(text) if _PLAIN.fullmatch(text) else None


_PLAIN = re.compile(r"\s*[+-]?[0-9]{1,15}(\.[0-9]{0,15})?\s*")
_WITH_COMMA = re.compile(r"\s*[0-9]+,[0-9]+\s*")
_WITH_SLASH = re.compile(r"\s*([0-9]{1,6})\s*/\s*([0-9]{1,6})\s*(?:/\s*([0-9]{1,6})\s*)?")
_OFF_THE_METER = re.compile(r"\s*(hi|lo|high|low|[<>]\s*[0-9.]+)\s*", re.IGNORECASE)
_TOO_LARGE = 1e15  # beyond any reading, infinity too; and NaN is less than nothing
RUN_TOGETHER = 1000  # no blood pressure has four digits: 12080 is 120 and 80

_GLUCOSE = ("glucose", "interstitial_glucose")


def _number(kind: Kind, value: object) -> float | Trouble:
    if isinstance(value, str):
        number = plain_number(value)
        return _not_a_number(kind, value) if number is None else number
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < _TOO_LARGE:
        return float(value)
    return _plainly_not_a_number(kind)


def _not_a_number(kind: Kind, text: str) -> Trouble:
    if _WITH_COMMA.fullmatch(text):
        return Trouble("decimal_comma", "Write the number with a point, like 80.5, not with a comma.")
    if kind.name in _GLUCOSE and _OFF_THE_METER.fullmatch(text):
        return Trouble(
            "outside_meter_range",
            "The meter showed no number: it was above or below what it can measure. Measure again now. "
            "If it shows the same, follow your plan for high or low sugar, and call 111; 999 if very unwell.",
        )
    if kind.name in ("systolic", "diastolic") and _WITH_SLASH.fullmatch(text):
        return Trouble(
            "several_numbers", "These are several numbers. Send them as one blood_pressure reading."
        )
    return _plainly_not_a_number(kind)


def _plainly_not_a_number(kind: Kind) -> Trouble:
    return Trouble("not_a_number", f"{kind.label} is one number. Send it in digits, like 80.5.")


def _answer(kind: Kind, value: object) -> float | Trouble:
    answers = kind.answers or ()
    if isinstance(value, bool) and answers == ("no", "yes"):
        return float(value)
    if isinstance(value, str):
        given = value.strip().casefold().replace(" ", "_")
        for place, answer in enumerate(answers):
            if answer.casefold() == given:
                return float(place)
    return Trouble("answer_unknown", f"{kind.label} is answered with one of: {', '.join(answers)}.")


def _panel(how: Plan, value: object) -> list[Number] | Trouble:
    if isinstance(value, str):
        given = _from_slashes(how, value)
    elif isinstance(value, dict):
        given = value
    else:
        given = _one_number_for_two(value)
    if isinstance(given, Trouble):
        return given
    numbers = []
    for part in how.parts:
        name = part.kind.name
        if (piece := given.get(name)) is None:
            if part.required:
                return Trouble("panel_incomplete", f"This has no {name}. Send both numbers.", f"value/{name}")
            continue
        number = _number(part.kind, piece)
        if isinstance(number, Trouble):
            return number._replace(field=f"value/{name}")
        numbers.append(Number(part, part.conversion.apply(number), number))
    return numbers


def _from_slashes(how: Plan, text: str) -> dict[str, object] | Trouble:
    """The numbers of "120/80" or "120/80/64", in the order every monitor shows them: top, bottom, pulse."""
    if match := _WITH_SLASH.fullmatch(text):
        return dict(zip((part.kind.name for part in how.parts), match.groups(), strict=True))
    return _one_number_for_two(plain_number(text))


def _one_number_for_two(value: object) -> Trouble:
    if isinstance(value, (int, float)) and value >= RUN_TOGETHER:
        return run_together()
    return Trouble("panel_incomplete", "Blood pressure is two numbers. Send both, top and bottom.")


def run_together() -> Trouble:
    """What we say to 12080."""
    return Trouble(
        "numbers_run_together", "This looks like two numbers with nothing between. Send top and bottom apart."
    )
