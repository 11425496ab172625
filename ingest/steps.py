"""The words of a plan: the statements it wants run, and what they came back with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Step(NamedTuple):
    """One statement of a plan. `copy`: what to feed to a COPY."""

    sql: str
    params: Sequence[Any] | None = None
    copy: Iterable[bytes] | None = None
    also: tuple[Step, ...] = ()  # to be run after it, none of which needs its answer
    last: bool = False  # of the plan: what comes back changes nothing, so that the commit may go with it


class Rows(NamedTuple):
    """What a step came back with."""

    rows: list[Any]
    changed: int  # rows changed or found
    also: Sequence[Rows] = ()  # what its further statements came back with
