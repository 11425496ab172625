"""A plain CSV, long (`kind,value,unit,measured_at`) or wide (a time and a column for each kind).

Found by its columns' names, in any order, with comma, semicolon, tab or bar. In the wide form systolic,
diastolic and pulse of one row are one blood pressure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import cast

from foundation.errors import Refused
from ingest.formats import table
from ingest.formats.columns import Columns, Long, Measure, columns_of, with_unit
from ingest.formats.filetimes import FileTimes, Resolved, has_offset
from ingest.formats.reading import Options, Read
from ingest.formats.table import cell
from ingest.items import PROVENANCE_CODES, BadItem, FileItem, Provenance
from ingest.values import plain_number

NAME = "csv"

_LONGEST_ID = 200  # as in a request
_KEPT = 40  # blocks: a longer file is taken apart twice, so that it never stands in memory whole
_BLANK = frozenset(("", "-", "--"))  # what apps write where nothing was measured
_PRESSURE = ("systolic", "diastolic")


def open_file(text: str, options: Options) -> Read | None:
    """The readings of a plain CSV; None where its header is not known. Refused as `formats.read` says."""
    found = table.find(text, columns_of)
    if found is None:
        return None
    lines, columns = found
    columns = with_unit(columns, options.unit)
    opened = _simple(lines, columns, options) or _any(lines, columns, options)
    if columns.unread:
        opened.warnings.append(f"Columns not read: {', '.join(columns.unread)}.")
    return opened


def _simple(lines: table.Table, columns: Columns, options: Options) -> Read | None:
    """The long form as programs write it, about nobody else, every time with its offset: no row waits for another."""
    if columns.long is None or columns.nhs_number is not None or options.only is not None:
        return None
    if columns.date is not None:
        return None
    kept = list(islice(lines.blocks(), _KEPT))
    whole = len(kept) < _KEPT
    if not all(
        all(map(has_offset, block.column(columns.time))) for block in (kept if whole else lines.blocks())
    ):
        return None
    return Read(NAME, _in_columns(kept if whole else lines.blocks(), columns.long, columns.time))


def _any(lines: table.Table, columns: Columns, options: Options) -> Read:
    """Any plain CSV, row by row."""
    whose = columns.person
    if whose is None and options.patient is None:
        whose = columns.nhs_number
    when = FileTimes(
        lambda: ((cell(cells, whose), _time(cells, columns)) for _, cells in lines.rows()),
        day_first=options.day_first,
        utc=columns.utc,
    )
    _check_people(when.series - {""}, options.only)
    skipped: Counter[str] = Counter()
    return Read(NAME, _items(lines, columns, whose, when, options, skipped), skipped)


def _check_people(people: frozenset[str], only: str | None) -> None:
    """Refused `several_people` or `person_not_found`, unless one person is meant."""
    if only is not None and only not in people:
        raise Refused(
            "person_not_found", "This file has no row of the person you chose. Check how it writes them."
        )
    if only is None and len(people) > 1:
        raise Refused(
            "several_people",
            f"This file holds readings of {len(people)} people. Choose one with --only, written as in the "
            "file's own column.",
        )


def _items(
    lines: table.Table,
    columns: Columns,
    whose: int | None,
    when: FileTimes,
    options: Options,
    skipped: Counter[str],
) -> Iterator[FileItem | BadItem]:
    index = 0
    for line, cells in lines.rows():
        person = cell(cells, whose)
        resolved = when.resolve(person, _time(cells, columns))
        if options.only is not None and person != options.only:
            skipped["another person"] += 1
            continue
        items: list[FileItem | BadItem]
        if _another_number(cells, columns, options):
            items = [_another_patient(index, line)]
        elif columns.long is not None:
            items = [_long(cells, columns.long, resolved, line)]
        else:
            items = _wide(cells, columns.measures, resolved, line)
        if not items:
            skipped["no value"] += 1
        index += len(items)
        yield from items


def _wide(
    cells: list[str], measures: tuple[Measure, ...], resolved: Resolved, line: int
) -> list[FileItem | BadItem]:
    """The readings of one row, blood pressure as one."""
    there: dict[str, tuple[float | str, str | None]] = {}
    for measure in measures:
        text = cell(cells, measure.place)
        if text not in _BLANK:
            there[measure.kind] = (_number_or_text(text), measure.unit)
    found: list[FileItem | BadItem] = []
    pressure = [part for part in _PRESSURE if part in there]
    if pressure and all(any(measure.kind == part for measure in measures) for part in _PRESSURE):
        unit = there[pressure[0]][1]
        parts = {part: there.pop(part)[0] for part in (*pressure, "heart_rate") if part in there}
        found.append(_item("blood_pressure", parts, unit, resolved, line))
    found += [_item(kind, value, unit, resolved, line) for kind, (value, unit) in there.items()]
    return found


def _item(
    kind: str, value: float | str | dict[str, float | str], unit: str | None, resolved: Resolved, line: int
) -> FileItem:
    return FileItem(
        kind=kind,
        value=value,
        unit=unit,
        measured_at=resolved.measured_at,
        given_time=resolved.given_time,
        doubt=resolved.doubt,
        provenance="file_import",
        line=line,
    )


def _in_columns(blocks: Iterable[table.Block], long: Long, time: int) -> Iterator[FileItem | BadItem]:
    """As `_long`, many rows at once: a text that stands in many rows is read once, and every time is as it stands."""
    for block in blocks:
        texts = block.column(long.value)
        values = {text: _number_or_text(text) for text in dict.fromkeys(texts)}
        parts = (block.column(place) for place in (long.kind, long.unit, time, long.id, long.provenance))
        for line, text, kind, unit, at, own, source in zip(block.lines, texts, *parts, strict=True):
            yield FileItem(
                kind=kind,
                value=values[text],
                unit=unit or None,
                measured_at=at,
                id=own[:_LONGEST_ID] or None,
                provenance=cast("Provenance", source) if source in PROVENANCE_CODES else "file_import",
                line=line,
            )


def _long(cells: list[str], long: Long, resolved: Resolved, line: int) -> FileItem:
    value = _number_or_text(cell(cells, long.value))
    item = _item(cell(cells, long.kind), value, cell(cells, long.unit) or None, resolved, line)
    item.id = cell(cells, long.id)[:_LONGEST_ID] or None
    provenance = cell(cells, long.provenance)
    if provenance in PROVENANCE_CODES:
        item.provenance = cast("Provenance", provenance)
    return item


def _number_or_text(text: str) -> float | str:
    number = plain_number(text)
    return text if number is None else number


def _another_number(cells: list[str], columns: Columns, options: Options) -> bool:
    if options.patient is None or columns.nhs_number is None:
        return False
    digits = "".join(cell(cells, columns.nhs_number).split())
    return bool(digits) and digits != options.patient


def _another_patient(index: int, line: int) -> BadItem:
    return BadItem(
        index,
        "another_patient",
        "This row has another patient's NHS number. Check that this is the right file for this patient.",
        line=line,
    )


def _time(cells: list[str], columns: Columns) -> str:
    text = cell(cells, columns.time)
    return text if columns.date is None else f"{cell(cells, columns.date)} {text}"
