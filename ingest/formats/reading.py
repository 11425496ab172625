"""What every reader of a file is asked, and what it gives back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from ingest.items import BadItem, FileItem


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the person who imports knows and the file does not say."""

    unit: str | None = None  # of the column that names none
    only: str | None = None  # the person to read, as the file names them
    patient: str | None = None  # the NHS number, ten digits, of whom the file is said to be
    day_first: bool | None = None  # 03-04-2026 is the 3rd of April; None: find out or refuse


@dataclass(slots=True)
class Read:
    """A file, opened. Its items come as they are asked for, and can be asked for once."""

    format: str
    items: Iterator[FileItem | BadItem]
    skipped: Counter[str] = field(default_factory=Counter)  # rows that hold no reading; whole once items are
    warnings: list[str] = field(default_factory=list)
