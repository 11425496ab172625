"""`telehealth glucose`: a file of sensor values in, the figures of each person in it out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from alerts import glucose
from foundation.errors import Refused
from ingest import times, units
from ingest.formats import table
from ingest.formats.table import cell
from ingest.values import plain_number

_COLUMNS = ("id", "time", "gl")
_LOW = frozenset(("low", "lo"))
_HIGH = frozenset(("high", "hi"))
_LENGTH_OF_A_DAY = len("2026-11-20")
_TITLES = ("mmol/L", "GMI %", "TIR %", "<3.9 %", "<3.0 %", ">10.0 %", ">13.9 %", "CV %")
_NOTHING_READ = 1  # exit code


class _Places(NamedTuple):
    id: int
    time: int
    gl: int


class Person:
    """What was read of one person so far."""

    def __init__(self) -> None:
        self.values: list[float] = []
        self.low = 0
        self.high = 0

    def summary(self, unit: str) -> glucose.Summary:
        """Their figures."""
        return glucose.summarise(self.values, unit, low=self.low, high=self.high)


class Bad(NamedTuple):
    """A row that does not count, and why."""

    line: int
    reason: str


def run(file: Path, unit: str, *, as_json: bool) -> int:
    """Print the figures of each person. The exit code: 1 where not one row could be read.

    Refused `unit_unknown`, `not_text` or `header_unknown`.
    """
    unit = glucose.exact_unit(unit)
    people: dict[str, Person] = {}
    for bad in read(table.as_text(file.read_bytes()), people):
        sys.stderr.write(f"Line {bad.line} is not counted: {bad.reason}\n")
    for number, person in enumerate(people.values(), 1):
        for remark in _remarks(person, unit):
            sys.stderr.write(f"Person {number}: {remark}\n")
    summaries = {name: person.summary(unit) for name, person in people.items()}
    if as_json:
        for name, summary in summaries.items():
            sys.stdout.write(f"{json.dumps({'id': name, **summary._asdict()})}\n")
    else:
        _print(summaries)
    return 0 if any(summary.n for summary in summaries.values()) else _NOTHING_READ


def read(text: str, people: dict[str, Person]) -> Iterator[Bad]:
    """Put every row to its person, in order of first appearance; give those that do not count.

    A person whose rows are all bad is there too, with nothing. Refused `header_unknown`.
    """
    found = table.find(text, _places)
    if found is None:
        raise Refused(
            "header_unknown", f"This file has no line that names the columns {', '.join(_COLUMNS)}."
        )
    lines, places = found
    for line, cells in lines.rows():
        name, value = cell(cells, places.id), cell(cells, places.gl)
        if not name:
            yield Bad(line, "it names no person in id.")
            continue
        person = people.setdefault(name, Person())
        if not _is_time(cell(cells, places.time)):
            yield Bad(line, "its time cannot be read. Write it like 2026-11-20 08:02:00.")
        elif (reason := _take(person, value)) is not None:
            yield Bad(line, reason)


def _take(person: Person, text: str) -> str | None:
    """Count one value; or say why not."""
    word = text.casefold()
    if word in _LOW:
        person.low += 1
    elif word in _HIGH:
        person.high += 1
    elif not text:
        return "it has no value in gl."
    elif (number := plain_number(text)) is None:
        return "gl is no number in digits, like 5.5, with a point, nor Low or High."
    elif number <= 0:
        return "gl is not above zero."
    else:
        person.values.append(number)
    return None


def _places(cells: list[str]) -> _Places | None:
    names = [name.casefold() for name in cells]
    if any(names.count(name) != 1 for name in _COLUMNS):
        return None
    return _Places(*map(names.index, _COLUMNS))


def _is_time(text: str) -> bool:
    """Whether this is a moment; a day alone is how some programs write midnight."""
    if len(text) != _LENGTH_OF_A_DAY:
        return times.read(text) is not None
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _remarks(person: Person, unit: str) -> Iterator[str]:
    """What the figures alone do not tell."""
    if person.low or person.high:
        yield (
            f"{person.low} Low and {person.high} High count in the shares; "
            "mean, GMI and variation leave them out, for they are no numbers."
        )
    kind = glucose.SENSOR
    lowest, highest = kind.reject_below, kind.reject_above
    if lowest is None or highest is None:
        return
    stored = (units.to_canonical(kind, value, unit) for value in person.values)
    beyond = sum(not lowest <= value <= highest for value in stored)
    if beyond:
        yield (
            f"{beyond} of {len(person.values)} values are beyond what sensors measure in {unit}. "
            "They count all the same. Check that --unit is right."
        )


def _print(summaries: dict[str, glucose.Summary]) -> None:
    wide = max(map(len, ("id", *summaries)))
    lines = [f"{'id':<{wide}} {'n':>7}{''.join(f'{title:>9}' for title in _TITLES)}"]
    for name, (n, *figures) in summaries.items():
        shown = ("-" if figure is None else f"{figure:.2f}" for figure in figures)
        lines.append(f"{name:<{wide}} {n:>7}{''.join(f'{figure:>9}' for figure in shown)}")
    sys.stdout.writelines(f"{line}\n" for line in lines)
