"""What is checked about one patient, as pages are told of it."""

from __future__ import annotations

from collections.abc import Iterable

from alerts.rules import RuleSpec
from alerts.rules.outcomes import Counted, Now
from dashboards.presenters import trait_words
from dashboards.presenters.checked import CheckedSeen, CountSeen
from dashboards.seen.alerts import severity_of
from ingest.catalogue import KINDS


def checked_seen(found: Iterable[tuple[RuleSpec, Now]]) -> tuple[CheckedSeen, ...]:
    """Each rule that applies, and how it stands."""
    return tuple(
        CheckedSeen(
            rule=spec.id,
            title=spec.title,
            outcome=one.outcome,
            kinds=tuple(KINDS[kind].label for kind in spec.kinds),
            at=one.at,
            severity=severity_of(one.level) if one.outcome == "breach" else None,
            there=_count(one.there),
            needs=_count(one.needs),
            trait=trait_words.title(one.trait) if one.trait else "",
            waits_for_missing=spec.schedule is not None,
        )
        for spec, one in found
    )


def _count(counted: Counted | None) -> CountSeen | None:
    return None if counted is None else CountSeen(counted.readings, counted.days, counted.within)
