"""What became of the items of an upload: rows to store, in columns, and the held, rejected and duplicate."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

_SINCE = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """A moment as `Plain` counts it."""
    return (moment - _SINCE) // _MICROSECOND


def moment(microseconds: int) -> datetime:
    """A moment as everybody else has it."""
    return _SINCE + timedelta(microseconds=microseconds)


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


@dataclass(frozen=True, slots=True)
class Plain:
    """Rows to store of a long upload, as arrays side by side: one row an item, nothing `given` to keep, by `index`."""

    index: NDArray[np.int32]
    kind_id: NDArray[np.int16]
    measured_at: NDArray[np.int64]  # microseconds since 1970, UTC
    offset_minutes: NDArray[np.int16]
    value: NDArray[np.float64]
    provenance: NDArray[np.int16]

    def where(self, chosen: NDArray[np.bool_]) -> Plain:
        """Some of the rows."""
        return Plain(
            self.index[chosen],
            self.kind_id[chosen],
            self.measured_at[chosen],
            self.offset_minutes[chosen],
            self.value[chosen],
            self.provenance[chosen],
        )

    def rows(self) -> list[tuple[int, Row]]:
        """The same as anybody else has them: index, row."""
        columns = (
            self.index,
            self.kind_id,
            self.measured_at,
            self.offset_minutes,
            self.value,
            self.provenance,
        )
        return [
            (index, Row(kind, moment(at), offset, value, None, provenance))
            for index, kind, at, offset, value, provenance in zip(
                *(column.tolist() for column in columns), strict=True
            )
        ]


@dataclass(slots=True)
class Judged:
    """An upload, judged. The first seven lists are columns of the rows to store, side by side.

    A panel makes several rows with one `index`. Of a long upload most rows stand in `plain` instead.
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
    plain: Plain | None = None

    def __len__(self) -> int:
        """How many rows are to be stored."""
        return len(self.index) + (0 if self.plain is None else len(self.plain.index))

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

    def rows_of(self, items: set[int]) -> dict[tuple[int, int, datetime], Row]:
        """The rows to store of these items, by index, kind and moment."""
        rows = [(index, Row(*row)) for index, *row in zip(*self.columns(), strict=True) if index in items]
        if self.plain is not None:
            rows += self.plain.where(np.isin(self.plain.index, list(items))).rows()
        return {(index, row.kind_id, row.measured_at): row for index, row in rows}

    def moments(self) -> list[datetime]:
        """The moments of the rows to store, or of the plain ones the earliest."""
        plain = self.plain
        earliest = [] if plain is None or not len(plain.index) else [moment(int(plain.measured_at.min()))]
        return [*earliest, *self.measured_at]

    def spread(self) -> None:
        """Put the plain rows with the others."""
        plain, self.plain = self.plain, None
        for index, row in () if plain is None else plain.rows():
            self.store(index, row)
