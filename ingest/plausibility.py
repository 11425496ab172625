"""What may be stored, what must be confirmed, what cannot be a reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import msgspec

from ingest.items import BadItem, Item


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual for one patient, as of now. Every key is a kind's id; what is not known is left out."""

    mean_7d: dict[int, float] = field(default_factory=dict)
    baseline: dict[int, float] = field(default_factory=dict)  # the patient's own median while well
    best: dict[int, float] = field(default_factory=dict)  # personal best: peak_flow, fev1
    last: dict[int, tuple[datetime, float]] = field(default_factory=dict)
    oldest_30d: dict[int, tuple[datetime, float]] = field(default_factory=dict)  # first of the last 30 days
    oxygen_scale_2: bool = False  # a clinician prescribed 88 to 92 %


class Row(NamedTuple):
    """One value as it would be stored."""

    kind_id: int
    measured_at: datetime  # UTC
    offset_minutes: int
    value: float  # in the kind's stored unit
    given: str | None  # JSON: value, unit and time as given, where any of them was converted
    provenance: int  # ingest.items.PROVENANCES


class Held(msgspec.Struct, frozen=True, gc=False):
    """An item that waits for a person."""

    index: int
    rows: list[Row]
    code: str
    sentence: str
    field: str | None = None


class Rejected(msgspec.Struct, frozen=True, gc=False):
    """An item that is no reading."""

    index: int
    code: str
    sentence: str
    field: str | None = None


class Duplicate(msgspec.Struct, frozen=True, gc=False):
    """An item that says again what an earlier item of the same upload said."""

    index: int
    of_index: int


@dataclass(slots=True)
class Judged:
    """An upload, judged. The first seven lists are columns of the rows to store, side by side.

    A panel makes several rows with one `index`.
    """

    index: list[int] = field(default_factory=list)
    kind_id: list[int] = field(default_factory=list)
    measured_at: list[datetime] = field(default_factory=list)
    offset_minutes: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    given: list[str | None] = field(default_factory=list)
    provenance: list[int] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    duplicates: list[Duplicate] = field(default_factory=list)


def judge(items: Sequence[Item | BadItem], *, received_at: datetime, usual: Usual | None = None) -> Judged:
    """Every item either in the columns, held, rejected or a duplicate of an earlier one."""
    raise NotImplementedError
