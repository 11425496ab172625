"""The items of an upload: a request's body turned into items, each alive or bad on its own."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec

from foundation.errors import Refused
from ingest.unpacking import unpacked

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
    doubt: str | None = None  # of that resolving, as in ingest.times.Moment


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


class _Body(msgspec.Struct, gc=False):
    """A body in which every item is right."""

    readings: list[Item]
    patient: str | None = None
    client_now: str | None = None


class _LooseBody(msgspec.Struct, gc=False):
    """A body that is JSON; its items are still text, to be read one by one."""

    readings: list[msgspec.Raw] = []
    patient: Any = None
    client_now: Any = None


_BODY = msgspec.json.Decoder(_Body)
_LOOSE_BODY = msgspec.json.Decoder(_LooseBody)
_ITEM = msgspec.json.Decoder(Item)


def decode(body: bytes, content_type: str, content_encoding: str | None, max_bytes: int) -> Decoded:
    """Read a request's body: JSON or NDJSON, plain or gzip, of at most `max_bytes` once unpacked.

    Refused as a whole: what `unpacked` refuses, `type_unknown`, `not_utf8`, `not_json`, `no_readings`,
    `patient_not_text`. Whatever is wrong with one item costs that item alone.
    """
    body = unpacked(body, content_encoding, max_bytes)
    media = content_type.partition(";")[0].strip().lower()
    if media.endswith(("ndjson", "jsonl", "jsonlines")):
        decoded = Decoded(_lines(body))
    elif media in ("", "application/octet-stream") or media.endswith("json"):
        decoded = _document(body)
    else:
        raise Refused(
            "type_unknown", "Send JSON (application/json) or NDJSON (application/x-ndjson).", status=415
        )
    if not decoded.items:
        raise Refused(
            "no_readings", 'There are no readings in this. Send {"readings": [...]} with at least one.'
        )
    return decoded


def _document(body: bytes) -> Decoded:
    """One JSON object. Everything at once where all is right, item by item where it is not."""
    if not _is_utf8(body):
        raise Refused("not_utf8", "This is not UTF-8 text. Send JSON in UTF-8.", status=400)
    if not _may_hold_nul(body):
        try:
            whole = _BODY.decode(body)
        except (msgspec.DecodeError, RecursionError):
            pass
        else:
            return Decoded([*whole.readings], whole.patient, whole.client_now)
    try:
        loose = _LOOSE_BODY.decode(body)
    except msgspec.ValidationError:
        raise _no_list() from None
    except (msgspec.DecodeError, RecursionError):
        return _python_document(body)
    items = [_item(bytes(raw), index) for index, raw in enumerate(loose.readings)]
    return Decoded(items, _patient(loose.patient), _text_or_none(loose.client_now))


def _python_document(body: bytes) -> Decoded:
    """A body that only Python's own reader takes: it holds NaN or Infinity, which JSON does not have."""
    try:
        whole = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused(
            "not_json",
            "This is not JSON. Check that the whole body was sent, and its brackets and quotes.",
            status=400,
        ) from None
    if not isinstance(whole, dict) or not isinstance(whole.get("readings"), list):
        raise _no_list()
    texts = b"\\u" in body
    items = [_converted(item, index, texts=texts) for index, item in enumerate(whole["readings"])]
    return Decoded(items, _patient(whole.get("patient")), _text_or_none(whole.get("client_now")))


def _lines(body: bytes) -> list[Item | BadItem]:
    """One JSON object a line; empty lines do not count."""
    if not _may_hold_nul(body) and _is_utf8(body):
        try:
            return [*_ITEM.decode_lines(body)]
        except (msgspec.DecodeError, RecursionError):
            pass
    lines = (line for line in body.split(b"\n") if line.strip())
    return [_line(line, index) for index, line in enumerate(lines)]


def _line(line: bytes, index: int) -> Item | BadItem:
    if not _is_utf8(line):
        return BadItem(index, "not_utf8", "This line is not UTF-8 text.")
    item = _item(line, index)
    if isinstance(item, Item) or item.code != "not_json":
        return item
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return item
    return _converted(value, index, texts=True)


def _item(text: bytes, index: int) -> Item | BadItem:
    """One item out of its own JSON text."""
    try:
        item = _ITEM.decode(text)
    except msgspec.ValidationError as error:
        return _bad(index, str(error))
    except (msgspec.DecodeError, RecursionError):
        return BadItem(index, "not_json", "This is not a JSON object.")
    return _checked(item, index, texts=True) if _may_hold_nul(text) else item


def _converted(value: object, index: int, *, texts: bool) -> Item | BadItem:
    """One item out of what Python's own reader made of it."""
    try:
        item = msgspec.convert(value, Item)
    except msgspec.ValidationError as error:
        return _bad(index, str(error))
    except RecursionError:
        return BadItem(index, "not_json", "This is nested too deeply to be a reading.")
    return _checked(item, index, texts=texts)


def _checked(item: Item, index: int, *, texts: bool) -> Item | BadItem:
    """The item, if storage can take all of it. texts: they may hold what JSON allows and storage does not."""
    if not texts and item.context is None and type(item.value) is float and math.isfinite(item.value):
        return item
    for name in item.__struct_fields__:
        for leaf in _leaves(getattr(item, name)):
            if isinstance(leaf, float) and not math.isfinite(leaf):
                return BadItem(index, "not_a_number", "Send a number; NaN and Infinity are none.", name)
            if isinstance(leaf, str) and _BROKEN.search(leaf):
                return BadItem(index, "text_broken", "This text holds a character that no text has.", name)
    return item


def _leaves(value: object) -> Iterator[object]:
    """Every text and number in a JSON value, names of fields too."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.keys()
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        else:
            yield value


# PostgreSQL takes no NUL, and UTF-8 has no half of a surrogate pair.
_BROKEN = re.compile("[\0\ud800-\udfff]")
_AT = re.compile(r"\$\.(\w+)")
_MISSING = re.compile(r"missing required field `(\w+)`")
_EXPECTED = {
    "kind": "a text, such as oxygen_saturation",
    "value": "a number, an answer's text, or for a panel an object",
    "measured_at": "a text, such as 2026-11-20T08:02:00+00:00",
    "unit": "a text, such as mmHg",
    "id": "a text",
    "context": "an object",
}


def _bad(index: int, complaint: str) -> BadItem:
    """Our own words for what msgspec found; its words may repeat what was sent."""
    if missing := _MISSING.search(complaint):
        name = missing[1]
        return BadItem(index, "field_missing", f"This reading has no {name}. Send it with one.", name)
    at = _AT.search(complaint)
    if at is None:
        return BadItem(
            index, "wrong_type", "Each reading is an object with kind, value, unit and measured_at."
        )
    name = at[1]
    if "length <=" in complaint:
        return BadItem(index, "too_long", f"The {name} is longer than 200 characters.", name)
    if name == "provenance":
        return BadItem(
            index, "provenance_unknown", f"Send provenance as one of {', '.join(PROVENANCES)}.", name
        )
    if "out of range" in complaint:
        return BadItem(index, "not_a_number", "This number is too large to be a reading.", name)
    return BadItem(index, "wrong_type", f"Send {name} as {_EXPECTED.get(name, 'described')}.", name)


def _is_utf8(body: bytes) -> bool:
    if body.isascii():
        return True
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _may_hold_nul(body: bytes) -> bool:
    return b"\\u0000" in body or b"\0" in body


def _patient(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise Refused("patient_not_text", "Send patient as a text of ten digits.", field="/patient")


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _no_list() -> Refused:
    return Refused("no_readings", 'Send an object with a list of readings: {"readings": [...]}.', status=400)
