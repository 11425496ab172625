"""A preview of other bounds in words: one sentence for a nurse, and what it does not know. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from alerts.preview import DAYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from alerts.preview import Preview, Raised

WORST_FIRST = ("red", "amber", "blue", "yellow")


def by_severity(raised: Iterable[Raised]) -> dict[str, int]:
    """How many of each severity, the worst first; none that has none."""
    counted = Counter(one.severity for one in raised)
    return {name: counted[name] for name in WORST_FIRST if counted[name]}


def told(preview: Preview) -> str:
    """One sentence for a nurse."""
    over = f"In the last {DAYS} days"
    if not preview.readings:
        return f"{over} no reading of this kind came, so there is nothing to try the new thresholds on."
    if not preview.today and not preview.proposed:
        return f"{over} neither today's thresholds nor the new ones would have raised an alert."
    if not (preview.gone or preview.new or preview.regraded) and len(preview.today) == len(preview.proposed):
        return f"{over} the new thresholds would have raised the same as today's: {_counted(preview.today)}."
    changes = [
        words
        for number, words in (
            (preview.gone, f"{preview.gone} would not have been raised"),
            (preview.new, f"{preview.new} would be new"),
            (preview.regraded, f"{preview.regraded} would be of another colour"),
        )
        if number
    ] or ["some would have run together, or apart"]
    return (
        f"{over} the new thresholds would have raised {_counted(preview.proposed)}, "
        f"today's {_counted(preview.today)}: {_listed(changes)}."
    )


def unknown(preview: Preview) -> list[str]:
    """What the preview does not know, a sentence each."""
    said = [
        f"Both sets of thresholds are tried on all {DAYS} days, whatever held at the time.",
        (
            "How people worked their alerts is not known here: each run of readings out of range counts as one alert, "
            "and one that was under way when the days begin as raised then."
        ),
    ]
    if preview.waiting:
        count = "1 reading waits" if preview.waiting == 1 else f"{preview.waiting} readings wait"
        said.append(
            f"{count} for a decision and may yet be set aside; as in the checks, such a reading counts only "
            "where it lies beyond a threshold."
        )
    said += [
        f"“{title}” could not be worked out for this patient and is left out." for title in preview.failed
    ]
    if not preview.rules:
        said.append("No rule of this patient's pathways looks at this kind: thresholds for it raise nothing.")
    return said


def _counted(raised: Sequence[Raised]) -> str:
    if not raised:
        return "none"
    colours = ", ".join(f"{number} {name}" for name, number in by_severity(raised).items())
    return f"{len(raised)} alert{'s' if len(raised) > 1 else ''} ({colours})"


def _listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
