"""What became of the items of an upload: rows to store, in columns, and the held, rejected and duplicate."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import msgspec


class Row(NamedTuple):
    """One value as it would be stored."""

    kind_id: int
    measured_at: datetime  # UTC
    offset_minutes: int
    value: float  # in the kind's stored unit
    given: str | None  # JSON: value, unit and time as given, where any of them was converted
    provenance: int  # its place in ingest.items.PROVENANCES


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

    def store(self, index: int, row: Row) -> None:
        """One more row to store."""
        for column, value in zip(self.columns(), (index, *row), strict=True):
            column.append(value)

    def columns(self) -> tuple[list[Any], ...]:
        """The seven columns, in the order `index` and then the fields of Row."""
        return (
            self.index,
            self.kind_id,
            self.measured_at,
            self.offset_minutes,
            self.value,
            self.given,
            self.provenance,
        )
