"""Tables as CSV that a spreadsheet opens without running anything in them. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

# A cell that begins so is run as a formula by one spreadsheet or another; some look past spaces and line ends first.
STARTS_A_FORMULA = tuple("=+-@＝＋－＠\t\r\n\0 ")


def harmless(cell: object) -> object:
    """A number as it is; text that a spreadsheet could take for a formula, with an apostrophe before it."""
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return cell
    text = str(cell)
    return f"'{text}" if text.startswith(STARTS_A_FORMULA) else text


def csv_of(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A whole file, with its column names first. The mark at its start has Excel read it as UTF-8."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([str(harmless(cell)).replace("\0", "") for cell in row])
    return "\ufeff" + file.getvalue()
