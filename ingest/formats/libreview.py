"""LibreView exports: a patient's own or a clinic's, from the United Kingdom or the United States.

One or two lines of LibreView's own (with names, which are never passed on), a header, then a row for each
event. Rows of type 0 (historic) and 1 (scan) hold a sensor's value, type 2 (strip) a finger-prick value; the
others are counted and left. Times are the reader's own clock. The account decides about units and about the
order of day and month, so both are read from the file.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice, pairwise
from typing import NamedTuple

from ingest.formats import table
from ingest.formats.filetimes import FileTimes
from ingest.formats.reading import Options, Read
from ingest.formats.table import cell
from ingest.items import BadItem, FileItem
from ingest.values import plain_number

NAME = "libreview"

_TIMES = ("device timestamp", "meter timestamp")
_GLUCOSE = re.compile(r"(historic|scan|strip) glucose\s*\(?(mmol/l|mg/dl)\)?")
_UNIT = {"mmol/l": "mmol/L", "mg/dl": "mg/dL"}
_KIND = {"historic": "interstitial_glucose", "scan": "interstitial_glucose", "strip": "glucose"}
_OF_TYPE = {"0": "historic", "1": "scan", "2": "strip"}
_LEFT = {"3": "ketone", "4": "insulin", "5": "food", "6": "note"}
_GENERATED = "generated on"


class _Columns(NamedTuple):
    time: int
    record_type: int
    serial: int | None
    glucose: dict[str, tuple[int, str]]  # historic, scan, strip: column and unit


def open_file(text: str, options: Options) -> Read | None:
    """The readings of a LibreView export; None where it is none. Refused as FileTimes says."""
    found = table.find(text, _columns)
    if found is None:
        return None
    lines, columns = found
    when = FileTimes(
        lambda: ((_series(cells, columns), cell(cells, columns.time)) for _, cells in lines.rows()),
        day_first=options.day_first,
        other=_generated_on(text, lines),
    )
    skipped: Counter[str] = Counter()
    return Read(NAME, _items(lines, columns, when, skipped), skipped)


def _columns(cells: list[str]) -> _Columns | None:
    names = [cell.casefold() for cell in cells]
    time = next((names.index(name) for name in _TIMES if name in names), None)
    if time is None or "record type" not in names:
        return None
    glucose = {}
    for place, name in enumerate(names):
        if match := _GLUCOSE.fullmatch(name):
            glucose[match[1]] = (place, _UNIT[match[2]])
    serial = names.index("serial number") if "serial number" in names else None
    return _Columns(time, names.index("record type"), serial, glucose) if glucose else None


def _generated_on(text: str, lines: table.Table) -> list[str]:
    """When the file was made, as LibreView's own lines above the header say."""
    above = islice(io.StringIO(text, newline=None), lines.header_line - 1)
    dates = []
    for line in above:
        cells = table.cells_of(line, lines.delimiter)
        dates += [after for before, after in pairwise(cells) if before.casefold() == _GENERATED]
    return dates


def _items(
    lines: table.Table, columns: _Columns, when: FileTimes, skipped: Counter[str]
) -> Iterator[FileItem | BadItem]:
    for line, cells in lines.rows():
        resolved = when.resolve(_series(cells, columns), cell(cells, columns.time))
        record_type = cell(cells, columns.record_type)
        which = _OF_TYPE.get(record_type)
        if which is None or which not in columns.glucose:
            skipped[_LEFT.get(record_type, "other")] += 1
            continue
        place, unit = columns.glucose[which]
        text = cell(cells, place)
        if not text:
            skipped["no value"] += 1
            continue
        number = plain_number(text)
        yield FileItem(
            kind=_KIND[which],
            value=text if number is None else number,
            unit=unit,
            measured_at=resolved.measured_at,
            given_time=resolved.given_time,
            doubt=resolved.doubt,
            provenance="file_import",
            line=line,
        )


def _series(cells: list[str], columns: _Columns) -> str:
    """What one device wrote in order: a sensor's rows of one type."""
    serial = "" if columns.serial is None else cell(cells, columns.serial)
    return f"{serial} {cell(cells, columns.record_type)}"
