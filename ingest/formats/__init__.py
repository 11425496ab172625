"""Files that patients and clinics have, one reader a format; each gives items, and none judges them."""

from __future__ import annotations

from collections.abc import Callable

from foundation.errors import Refused
from ingest.formats import libreview, plain_csv, table
from ingest.formats.reading import Options, Read

__all__ = ["FORMATS", "Options", "Read", "read"]

# Asked in this order when nobody says which: a plain CSV is the least particular.
_READERS: dict[str, Callable[[str, Options], Read | None]] = {
    libreview.NAME: libreview.open_file,
    plain_csv.NAME: plain_csv.open_file,
}
FORMATS = ("auto", *_READERS)

_NEVER = (".xlsx", ".xls", ".ods", ".zip", ".pdf", ".xml")  # what people try first


def read(
    body: bytes,
    *,
    format: str = "auto",  # noqa: A002 the command line's own word
    filename: str | None = None,
    options: Options | None = None,
) -> Read:
    """Open a file. Its items are made as they are asked for, so a big file is never all items at once.

    Refused as a whole: `format_unknown`, `not_text`, `unit_missing`, `unit_unknown`,
    `several_people`, `person_not_found`, `dates_ambiguous`, `dates_contradict`. A bad row costs itself only.
    """
    if format not in FORMATS:
        raise Refused("format_unknown", f"We do not know this format. Say one of {', '.join(FORMATS)}.")
    if filename is not None and filename.lower().endswith(_NEVER):
        raise Refused("format_unknown", "We cannot read this kind of file. Export it as CSV and send that.")
    text = table.as_text(body)
    for name, open_file in _READERS.items():
        if format in ("auto", name):
            opened = open_file(text, options or Options())
            if opened is not None:
                return opened
    raise Refused(
        "format_unknown",
        "We do not know this kind of file. It can be a LibreView export, or a CSV whose first line names its "
        "columns, such as kind,value,unit,measured_at.",
    )
