"""What differs between two versions of a rule, number by number and word by word. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

SAME_FOR_ALL = frozenset({"id", "version"})  # which rule, and which version, both say at their head


class Difference(NamedTuple):
    """One thing that is not the same. None: it is not there."""

    name: str  # params.needs_red_low
    before: str | None
    after: str | None


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """All that differs between the bodies of two versions; what both leave out or set alike is not named."""
    old, new = dict(parts(before)), dict(parts(after))
    return [
        Difference(name, old.get(name), new.get(name))
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    ]


def parts(body: Mapping[str, Any], within: str = "") -> list[tuple[str, str]]:
    """Everything that a body says, one thing a line, with where it says it. What is not set is left out."""
    found: list[tuple[str, str]] = []
    for name, value in body.items():
        place = f"{within}{name}"
        if value is None or place in SAME_FOR_ALL:
            continue
        if isinstance(value, Mapping):
            found += parts(value, f"{place}.")
        else:
            found.append((place, said(value)))
    return found


def said(value: Any) -> str:
    """A value as people read it: a list with commas; tables one after the other, without what they leave open."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        between = "; " if any(isinstance(one, Mapping) for one in value) else ", "
        return between.join(map(said, value))
    if isinstance(value, Mapping):
        return ", ".join(
            f"{name.replace('_', ' ')} {said(one)}" for name, one in value.items() if one not in (None, False)
        )
    return str(value)
