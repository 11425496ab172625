"""The items of an upload: a request's body turned into items, each alive or bad on its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec

# How a value reached us. The place in this list is what a row stores: append, never reorder.
PROVENANCES = ("unknown", "device", "bluetooth", "patient_typed", "staff_typed", "file_import")
Provenance = Literal["unknown", "device", "bluetooth", "patient_typed", "staff_typed", "file_import"]
PROVENANCE_CODES: dict[str, int] = {name: code for code, name in enumerate(PROVENANCES)}

_Text = Annotated[str, msgspec.Meta(max_length=200)]


class Item(msgspec.Struct, gc=False, kw_only=True):
    """One reading, or one panel, as it was sent. Nothing of it is believed yet."""

    kind: _Text
    value: float | _Text | bool | dict[str, Any]
    measured_at: _Text  # ISO 8601
    unit: _Text | None = None
    id: _Text | None = None  # the sender's own
    provenance: Provenance = "unknown"
    context: dict[str, Any] | None = None


class FileItem(Item, gc=False, kw_only=True):
    """One reading out of a file; `measured_at` carries an offset, also where the file's own text had none."""

    line: int = 0  # of the file, from 1
    given_time: str | None = None  # the file's own text, where it was resolved


class BadItem(msgspec.Struct, gc=False):
    """An item that could not be read at all. Its neighbours live."""

    index: int  # place in the upload, from 0
    code: str
    sentence: str
    field: str | None = None  # inside the item: "value", "measured_at"
    line: int = 0  # of the file, from 1; 0 when it came in a request


@dataclass(frozen=True, slots=True)
class Decoded:
    """A whole body, read."""

    items: list[Item | BadItem]  # in the order sent, one for each
    patient: str | None = None  # an NHS number, as sent
    client_now: str | None = None  # the sender's clock when it sent, where it told
