"""How rules put numbers, kinds and moments into words for a nurse."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from alerts.episodes import Episode
from alerts.moments import LOW
from alerts.rules.frames import shown
from ingest.catalogue import KINDS

LONDON = ZoneInfo("Europe/London")
NAMES = {kind.id: name for name, kind in KINDS.items()}


def label(kind: str) -> str:
    """`Oxygen saturation`."""
    return KINDS[kind].label


def lower_label(kind: str) -> str:
    """The label within a sentence: `oxygen saturation`, but `FEV1`."""
    text = KINDS[kind].label
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def number(kind: str, value: float) -> str:
    """A value to its kind's decimals: `86`, `82.4`."""
    return f"{float(shown(np.array([value]), kind)[0]):.{KINDS[kind].decimals}f}"


def quantity(kind: str, value: float) -> str:
    """A value with its unit: `86 %`; of a question, its answer: `“worse”`."""
    answers = KINDS[kind].answers
    if answers is not None:
        return f"“{answers[round(value)].replace('_', ' ')}”"
    return f"{number(kind, value)} {KINDS[kind].unit_label}".strip()


def difference(kind: str, value: float) -> str:
    """A difference with its unit, which between percentages and scores is points: `3 points`, `15 /min`."""
    unit = KINDS[kind].unit_label
    if unit not in ("", "%"):
        return f"{plain(value)} {unit}"
    return f"{plain(value)} {'point' if value == 1 else 'points'}"


def plain(figure: float) -> str:
    """A number without needless zeros: `2`, `1.5`."""
    return f"{figure:g}"


def local_time(moment: datetime) -> str:
    """`08:02 on 20 Nov 2026`, by the clock on the wall; in the hour that happens twice with its name."""
    local = moment.astimezone(LONDON)
    other = local.replace(fold=1 - local.fold)
    name = f" {local.tzname()}" if other.utcoffset() != local.utcoffset() else ""
    return f"{local:%H:%M}{name} on {local_day(local)}"


def local_day(day: date) -> str:
    """`20 Nov 2026`."""
    return f"{day.day} {day:%b %Y}"


def at_or_beyond(side: int) -> str:
    """On which side of a limit."""
    return "at or below" if side == LOW else "at or above"


def in_a_row_words(needs: int) -> str:
    """`, 2 readings in a row`, or nothing where one is enough."""
    return "" if needs == 1 else f", {needs} readings in a row"


def unconfirmed(episode: Episode) -> str:
    """What to add where the evidence holds a reading that waits for a person."""
    return "" if episode.confirmed else " Not confirmed: asked to measure again."


def times(figure: float) -> str:
    """`3 times`."""
    return "once" if figure == 1 else f"{figure:.0f} times"


def listed(names: list[str], last: str) -> str:
    """`weight, pulse and oxygen`, with `and` or `or` as the last word between."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


def evidence_line(row: Any, kind: str, held: str) -> str:
    """One reading of the evidence: `08:02 on 20 Nov 2026: 86 % ≤ 92 %`."""
    waiting = "" if row.confirmed else " (not confirmed)"
    return (
        f"{local_time(row.measured_at.to_pydatetime())}: {quantity(kind, row.value)} {held}".rstrip()
        + waiting
    )
