"""What a reading means, in plain words, and what to do about it."""

from __future__ import annotations

from typing import Literal, NamedTuple

from ingest.catalogue import Kind

Level = Literal["red", "amber", "in_range", "no_range"]


class Bounds(NamedTuple):
    """A patient's thresholds of one kind, in its stored unit.

    A bound belongs to its colour: with red low at 92, 92 is red.
    """

    red_low: float | None = None
    amber_low: float | None = None
    amber_high: float | None = None
    red_high: float | None = None


class Meaning(NamedTuple):
    """Words for the patient."""

    level: Level
    text: str  # what it means
    do: str  # what to do now


def meaning(kind: Kind, value: float, bounds: Bounds | None, *, held: bool = False) -> Meaning:
    """What this value means to a patient with these bounds."""
    raise NotImplementedError
