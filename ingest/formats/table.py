"""Files of lines and columns, whatever wrote them: encoding, delimiter and header are found."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple, TypeVar

from foundation.errors import Refused

_DELIMITERS = (",", ";", "\t", "|")
_HEADER_WITHIN = 40  # lines; exports put up to a dozen lines of their own before the header
_SNIFF = 400  # bytes
_BLOCK = 5_000  # rows

Found = TypeVar("Found")


class Table(NamedTuple):
    """The lines after a header."""

    text: str
    header_line: int  # from 1
    delimiter: str

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Line number, from 1, and cells. One line is one row: an unclosed quote costs its own line only."""
        for number, line in self._lines():
            if number > self.header_line and not line.isspace():
                yield number, _split(line, self.delimiter)

    def blocks(self) -> Iterator[Block]:
        """The same, many rows at once."""
        lines = ((n, line) for n, line in self._lines() if n > self.header_line and not line.isspace())
        while block := list(islice(lines, _BLOCK)):
            rows = [
                _split(line, self.delimiter) if '"' in line else line.split(self.delimiter)
                for _, line in block
            ]
            yield Block([number for number, _ in block], rows, min(map(len, rows)))

    def _lines(self) -> Iterator[tuple[int, str]]:
        return enumerate(io.StringIO(self.text, newline=None), 1)


class Block(NamedTuple):
    """Some rows of a table, side by side."""

    lines: list[int]  # of the file, from 1
    rows: list[list[str]]
    shortest: int  # cells of the shortest row

    def column(self, place: int | None) -> list[str]:
        """As `cell`, of every row."""
        if place is None:
            return [""] * len(self.rows)
        if place < self.shortest:
            return [cells[place].strip() for cells in self.rows]
        return [cells[place].strip() if place < len(cells) else "" for cells in self.rows]


def cell(cells: list[str], place: int | None) -> str:
    """One cell, without the spaces around it; empty where the row or the file has none."""
    return cells[place].strip() if place is not None and place < len(cells) else ""


def cells_of(line: str, delimiter: str) -> list[str]:
    """All cells of one line, without the spaces around them."""
    return [one.strip() for one in _split(line, delimiter)]


def _split(line: str, delimiter: str) -> list[str]:
    if '"' in line:
        try:
            return next(csv.reader((line,), delimiter=delimiter), [])
        except csv.Error:  # a field larger than the module allows: no reading, but no reason to stop either
            pass
    return line.split(delimiter)


def find(text: str, columns_of: Callable[[list[str]], Found | None]) -> tuple[Table, Found] | None:
    """The table whose header `columns_of` recognises, and what it made of it."""
    for number, line in enumerate(io.StringIO(text, newline=None), 1):
        if number > _HEADER_WITHIN:
            break
        for delimiter in _DELIMITERS:
            if (columns := columns_of(cells_of(line, delimiter))) is not None:
                return Table(text, number, delimiter), columns
    return None


def as_text(body: bytes) -> str:
    """The file as text: UTF-8, UTF-16 with or without its mark, else cp1252. Refused `not_text`."""
    text = body.decode(_encoding(body), errors="replace").lstrip("\ufeff")
    text = text.removeprefix("ï»¿")  # a mark that some program read wrongly and wrote again
    if "\0" in text:
        raise Refused("not_text", "This file is not text. Send the CSV that the app or website exports.")
    return text


def _encoding(body: bytes) -> str:
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    start = body[:_SNIFF]
    half = len(start) // 2
    if half and start[1::2].count(0) > half * 0.8:
        return "utf-16-le"
    if half and start[0::2].count(0) > half * 0.8:
        return "utf-16-be"
    try:
        body.decode()
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"
