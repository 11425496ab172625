"""A rule with other numbers: which of its numbers a person may set, and what they typed read as each one's type. Pure."""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from alerts.moments import SEVERITIES, SEVERITY_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alerts.rules.spec import RuleSpec

TRUTHS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
OF_THE_RULE: dict[str, Any] = {"settles_after": int, "settles_days": float}


class NotUnderstoodError(ValueError):
    """What was typed is no value of the number it was typed for. `name` says which; the text what it should be."""

    def __init__(self, name: str, sentence: str) -> None:
        super().__init__(sentence)
        self.name = name


@dataclass(frozen=True)
class Number:
    """One number of a rule."""

    name: str
    value: str  # as it is now, written as `changed` reads it
    hint: str  # what may be typed
    choices: tuple[str, ...] = ()


def numbers(spec: RuleSpec) -> list[Number]:
    """What of a rule can be set, in the order in which its type names it. Lists of tables cannot: they need a pack."""
    hints = typing.get_type_hints(type(spec.params))
    found = []
    for field in dataclasses.fields(spec.params):
        hint = _hint(hints[field.name])
        if hint is not None:
            choices = ("true", "false") if hints[field.name] is bool else ()
            found.append(Number(field.name, written(getattr(spec.params, field.name)), hint, choices))
    found += [Number(name, written(getattr(spec, name)), _hint(of) or "") for name, of in OF_THE_RULE.items()]
    if spec.severity is not None:
        found.append(
            Number("severity", SEVERITY_NAMES[spec.severity], "one of the severities", tuple(SEVERITIES))
        )
    return found


def changed(spec: RuleSpec, told: Mapping[str, str]) -> RuleSpec:
    """The rule with these numbers in place of its own. Raises NotUnderstoodError."""
    known = {number.name: number for number in numbers(spec)}
    hints = typing.get_type_hints(type(spec.params))
    of_params: dict[str, Any] = {}
    of_rule: dict[str, Any] = {}
    for name, text in told.items():
        if name not in known:
            raise NotUnderstoodError(name, f"Rule {spec.id} has no {name}. It has: {', '.join(known)}.")
        if name == "severity":
            if text.strip() not in SEVERITIES:
                raise NotUnderstoodError(name, f"severity is one of {', '.join(SEVERITIES)}.")
            of_rule[name] = SEVERITIES[text.strip()]
        elif name in OF_THE_RULE:
            of_rule[name] = _read(name, text, OF_THE_RULE[name])
        else:
            of_params[name] = _read(name, text, hints[name])
    if of_rule.get("settles_after", 1) < 1:
        raise NotUnderstoodError("settles_after", "settles_after counts normal moments, so it is 1 or more.")
    try:
        params = replace(spec.params, **of_params)
    except ValueError as error:
        raise NotUnderstoodError(next(iter(of_params), ""), f"{error}.") from error
    return replace(spec, params=params, **of_rule)


def differences(spec: RuleSpec, before: RuleSpec | None) -> list[tuple[str, str, str]]:
    """Numbers that differ: name, before, now."""
    if before is None or type(before.params) is not type(spec.params):
        return []
    old = {number.name: number.value for number in numbers(before)}
    return [
        (number.name, old.get(number.name, ""), number.value)
        for number in numbers(spec)
        if number.value != old.get(number.name)
    ]


def written(value: object) -> str:
    """A value as a person types it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(written(one) for one in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _hint(of: Any) -> str | None:
    """What may be typed for a type; None: it cannot be typed."""
    if isinstance(of, types.UnionType):
        inner = _hint(_but_none(of))
        return inner and f"{inner}, or nothing"
    if typing.get_origin(of) is tuple:
        inner = _hint(typing.get_args(of)[0])
        return inner and f"{inner.removeprefix('a ')}s, with commas between"
    return {int: "a whole number", float: "a number", bool: "true or false", str: "a word"}.get(of)


def _read(name: str, text: str, of: Any) -> Any:
    text = text.strip()
    if isinstance(of, types.UnionType):
        return None if text in ("", "none") else _read(name, text, _but_none(of))
    if typing.get_origin(of) is tuple:
        return tuple(_read(name, part, typing.get_args(of)[0]) for part in text.split(",") if part.strip())
    try:
        if of is bool:
            return TRUTHS[text.lower()]
        found = of(text)
    except (ValueError, KeyError):
        raise NotUnderstoodError(name, f"{name} takes {_hint(of)}, not {text or 'nothing'}.") from None
    if of is float and not abs(found) < float("inf"):
        raise NotUnderstoodError(name, f"{name} takes {_hint(of)}, not {text}.")
    return found


def _but_none(of: types.UnionType) -> Any:
    return next(one for one in typing.get_args(of) if one is not types.NoneType)
