"""Rows as COPY takes them, in PostgreSQL's binary form: a long upload's plain rows are one array, written as it stands.

Text would be written by us and read by the database again, number by number; this costs neither anything.
The columns are those of `tables.NEW`.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from ingest.judged import Judged, Plain, Row, microseconds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)  # no flags, nothing more in the header
END = b"\xff\xff"
PART = 10_000  # rows handed over at once: the database reads one part while the next is written

_COLUMNS = 9
_NULL = -1  # a length
_SINCE_2000 = 946_684_800_000_000  # microseconds from 1970, from where `measured_at` counts, to 2000, from where COPY does

# One row whose `given` is empty: the number of columns, then each column's length in bytes and its bytes.
_ROW = np.dtype(
    [
        ("columns", ">i2"),
        ("l1", ">i4"), ("patient_id", ">i8"),
        ("l2", ">i4"), ("kind", ">i2"),
        ("l3", ">i4"), ("measured_at", ">i8"),
        ("l4", ">i4"), ("value", ">f8"),
        ("l5", ">i4"), ("upload_id", "V16"),
        ("l6", ">i4"), ("item", ">i4"),
        ("l7", ">i4"), ("provenance", ">i2"),
        ("l8", ">i4"), ("offset_minutes", ">i2"),
        ("given", ">i4"),
    ]
)  # fmt: skip
_LENGTHS = {"l1": 8, "l2": 2, "l3": 8, "l4": 8, "l5": 16, "l6": 4, "l7": 2, "l8": 2}
_SAME = struct.Struct(">hiqihiqidi16siiihihi")  # the same, for a row by itself


def rows(patient_id: int, upload: UUID, judged: Judged) -> Iterator[bytes]:
    """All rows to store of one upload, in parts; between HEAD and END."""
    if judged.plain is not None:
        written = _plain(patient_id, upload, judged.plain)
        for start in range(0, len(written), PART):
            yield written[start : start + PART].tobytes()
    for start in range(0, len(judged.index), PART):
        part = zip(*(column[start : start + PART] for column in judged.columns()), strict=True)
        yield b"".join(_row(patient_id, upload.bytes, index, Row(*row)) for index, *row in part)


def _plain(patient_id: int, upload: UUID, plain: Plain) -> np.ndarray[tuple[int], np.dtype[np.void]]:
    rows = np.empty(len(plain.index), _ROW)
    rows["columns"], rows["given"] = _COLUMNS, _NULL
    for name, length in _LENGTHS.items():
        rows[name] = length
    rows["patient_id"], rows["upload_id"] = patient_id, np.void(upload.bytes)
    rows["item"], rows["kind"], rows["value"] = plain.index, plain.kind_id, plain.value
    rows["measured_at"] = plain.measured_at - _SINCE_2000
    rows["provenance"], rows["offset_minutes"] = plain.provenance, plain.offset_minutes
    return rows


def _row(patient_id: int, upload: bytes, index: int, row: Row) -> bytes:
    told = b"" if row.given is None else row.given.encode()
    since = microseconds(row.measured_at) - _SINCE_2000
    return _SAME.pack(
        _COLUMNS, 8, patient_id, 2, row.kind_id, 8, since, 8, row.value, 16, upload, 4, index, 2, row.provenance,
        2, row.offset_minutes, _NULL if row.given is None else len(told),
    ) + told  # fmt: skip
