"""`telehealth score news2`: sets of measurements as CSV on standard input, a score for each on standard output.

One line is one row, answered before the next is read, so a program at the other end of a pipe can wait for each
answer. A row that cannot be scored gets its line too, so that the answers stay beside their rows.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from io import TextIOWrapper
from typing import BinaryIO, NamedTuple, TextIO

from alerts.scores import news2
from foundation.errors import Refused
from ingest.formats.table import cells_of
from ingest.values import plain_number

HEADER = (*news2.PARTS, "scale")

_TRUTH = {"true": True, "false": False}
_BAD_ROWS = 1  # exit code


class Bad(NamedTuple):
    """Why one row has no score."""

    line: int  # of the input, the header is 1
    field: str | None
    sentence: str

    def __str__(self) -> str:
        """Where, then what and how to mend it; without the value."""
        return f"Line {self.line}{f', {self.field}' if self.field else ''}: {self.sentence}"


def run(given: BinaryIO, out: TextIO, err: TextIO, *, as_json: bool) -> int:
    """Answer every row. The exit code: 1 where any was bad. Refused where the header is not the one we know."""
    code = 0
    told, bad = (_json, _json_bad) if as_json else (_plain, _plain_bad)
    lines = enumerate(TextIOWrapper(given, encoding="utf-8-sig", errors="replace"), 1)
    rows = scores(lines)
    if not as_json:
        out.write(_titles())
    for found in rows:
        if isinstance(found, Bad):
            code = _BAD_ROWS
            err.write(f"{found}\n")
            out.write(bad(found))
        else:
            out.write(told(found))
        out.flush()
    return code


def scores(lines: Iterable[tuple[int, str]]) -> Iterator[news2.Score | Bad]:
    """For each row its score, or why it has none. Refused `header_unknown` before the first."""
    numbered = iter(lines)
    header = next(((at, line) for at, line in numbered if not line.isspace()), (0, ""))[1]
    names = [name.casefold() for name in cells_of(header, ",")]
    _check(names)
    row = _reader(names)
    return (row(at, line) for at, line in numbered if not line.isspace())


def _check(names: list[str]) -> None:
    for name in HEADER:
        if names.count(name) != 1:
            wrong = "is there more than once" if name in names else "is missing"
            raise Refused(
                "header_unknown",
                f"The first line must name the columns {','.join(HEADER)}: {name} {wrong}.",
                field=name,
            )


def _reader(names: list[str]) -> Callable[[int, str], news2.Score | Bad]:
    """How to score a line under this header."""
    rr, spo2, o2, sbp, hr, acvpu, temp, scale = (names.index(name) for name in HEADER)
    width = len(names)

    def row(at: int, line: str) -> news2.Score | Bad:
        cells = cells_of(line, ",")
        if len(cells) != width and (len(cells) < width or any(cells[width:])):
            # A comma too many moves every value after it to a column that is not its own.
            return Bad(at, None, f"has {len(cells)} fields where the first line has {width}. Leave none out, "
                       "write numbers with a point, and put text with a comma in quotes.")  # fmt: skip
        try:
            return news2.score(
                rr=_number("rr", cells[rr]),
                spo2=_number("spo2", cells[spo2]),
                o2=_truth(cells[o2]),
                sbp=_number("sbp", cells[sbp]),
                hr=_number("hr", cells[hr]),
                acvpu=cells[acvpu].upper() or None,
                temp=_number("temp", cells[temp]),
                scale=_scale(cells[scale]),
            )
        except Refused as refused:
            return Bad(
                at, refused.field, f"{refused.sentence} Mend it, or leave it empty where it is missing."
            )

    return row


@lru_cache(maxsize=10_000)
def _number(column: str, text: str) -> float | None:
    if not text:
        return None
    number = plain_number(text)
    if number is None:
        raise Refused("not_a_number", "it must be a number in digits, like 37.5 with a point.", field=column)
    return number


def _truth(text: str) -> bool | None:
    if not text:
        return None
    truth = _TRUTH.get(text.casefold())
    if truth is None:
        raise Refused("news2_impossible", news2.must("o2"), field="o2")
    return truth


def _scale(text: str) -> int:
    """Scale 1 where none is said: 2 is only what somebody prescribed."""
    if text in ("", "1", "1.0"):
        return 1
    if text in ("2", "2.0"):  # as programs write a column of numbers that has gaps
        return 2
    raise Refused("news2_impossible", news2.must("scale"), field="scale")


@lru_cache(maxsize=10_000)
def _json(score: news2.Score) -> str:
    told = {
        "total": score.total,
        "risk": score.risk,
        "parts": score.parts._asdict(),
        "partial": score.partial,
    }
    return f"{json.dumps(told)}\n"


def _json_bad(bad: Bad) -> str:
    return f"{json.dumps({'error': str(bad), 'line': bad.line, 'field': bad.field})}\n"


def _titles() -> str:
    return f"{'total':>6}  {'risk':<12} {'next set':<10} {' '.join(f'{name:>5}' for name in news2.PARTS)}\n"


@lru_cache(maxsize=10_000)
def _plain(score: news2.Score) -> str:
    """One line of the table: `≥4` is the sum so far of a set with something missing, and `-` what is missing."""
    total = f"≥{score.partial}" if score.total is None else str(score.total)
    risk = "not known" if score.risk is None else score.risk if score.total is not None else f"≥ {score.risk}"
    parts = " ".join(f"{'-' if points is None else points:>5}" for points in score.parts)
    return f"{total:>6}  {risk:<12} {_next(score.hours):<10} {parts}\n"


def _plain_bad(bad: Bad) -> str:
    return f"{'error':>6}  {bad}\n"


def _next(hours: int | None) -> str:
    if hours is None:
        return "when whole"
    return f"within {hours} h" if hours else "continuous"


def main(*, as_json: bool) -> int:
    """Over this process's own pipes."""
    return run(sys.stdin.buffer, sys.stdout, sys.stderr, as_json=as_json)
