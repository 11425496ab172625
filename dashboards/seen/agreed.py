"""Thresholds, traits and previews as pages are told of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from alerts.pathways import Packs
from alerts.preview import Pair, Raised
from alerts.traits import SETTABLE
from dashboards.presenters import trait_words
from dashboards.presenters.agreed_views import (
    ChangeSeen,
    PairSeen,
    RaisedSeen,
    SaidSeen,
    ThresholdSeen,
    TraitSeen,
)
from dashboards.presenters.figures import thresholds as in_words
from dashboards.presenters.views import Bounds, Severity
from dashboards.seen.kinds import kind_of
from dashboards.seen.people import pathway_name
from dashboards.seen.series import LABEL, PERSON, pathway_words
from ingest.catalogue import KINDS

MOST_CHANGES = 50


def thresholds_seen(steps: Iterable[Any], packs: Packs) -> tuple[ThresholdSeen, ...]:
    """Of every kind, in the catalogue's order. steps: of `threshold_history.steps`."""
    now = {row.kind: row for row in steps if row.replaced_at is None}
    return tuple(threshold_seen(kind.id, now.get(kind.id), packs) for kind in KINDS.values())


def threshold_seen(kind: int, row: Any, packs: Packs) -> ThresholdSeen:
    """One kind. row: of `threshold_history.steps`, or None where none are set."""
    if row is None:
        return ThresholdSeen(kind_of(kind), None)
    source = "" if row.source == PERSON else _whose(kind, row.source, packs)
    return ThresholdSeen(kind_of(kind), bounds_of(row), said_seen(row), source)


def _whose(kind: int, source: str, packs: Packs) -> str:
    """Of the pathways that a patient is on the one whose bounds of the kind hold; else the net for everyone.

    source: "copd@1+heart_failure@2". A pathway whose pack is not here any more may have had them too.
    """
    on = LABEL.findall(source)
    if not all(name in packs.by_id for name in on):
        return pathway_words(source, packs)
    held = packs.bounds_for(on).get(kind)
    own = [name for name in on if held in packs.pack(name).bounds]
    return f"{pathway_name(packs, own[0])} pathway" if own else "For everyone"


def bounds_of(row: Any) -> Bounds | None:
    """The four of a row; None where it has none."""
    four = (row.red_low, row.amber_low, row.amber_high, row.red_high)
    return None if four == (None,) * 4 else Bounds(row.set_at, *four)


def said_seen(row: Any) -> SaidSeen:
    """What goes with what is set."""
    return SaidSeen(row.set_at, row.set_by_name or "", row.reason or "", row.review_on)


def traits_seen(steps: Iterable[Any]) -> tuple[TraitSeen, ...]:
    """Every trait that can be set. steps: of `traits.steps`."""
    now = {row.name: row for row in steps if row.replaced_at is None}
    return tuple(trait_seen(name, now.get(name)) for name in SETTABLE)


def trait_seen(name: str, row: Any) -> TraitSeen:
    """One trait, of a name that is known. row: of `traits.steps`, or None where it is not set."""
    trait = SETTABLE[name]
    return TraitSeen(
        name,
        trait_words.title(name),
        trait.meaning,
        trait.unit,
        None if row is None else row.value,
        trait_words.CHOICES.get(name, ()),
        None if row is None else said_seen(row),
    )


def changes_seen(thresholds: Sequence[Any], traits: Sequence[Any], packs: Packs) -> tuple[ChangeSeen, ...]:
    """What was set over time, the newest first; the first thresholds of a pathway are no change."""
    found = []
    before: dict[Any, Any] = {}
    for row in thresholds:
        kind, old = kind_of(row.kind), before.get(row.kind)
        before[row.kind] = row
        if row.set_by_name is None and row.source != PERSON and old is None:
            continue
        by = row.set_by_name or pathway_words(row.source, packs)
        told = [
            "No thresholds are set." if one is None else in_words(kind, bounds_of(one)) for one in (old, row)
        ]
        found.append(ChangeSeen(row.set_at, kind.title, told[0], told[1], by, row.reason or ""))
    for row in traits:
        if row.name not in SETTABLE:
            continue
        old, before[row.name] = before.get(row.name), row
        trait = trait_seen(row.name, row)
        said = [trait_words.value(trait, None if one is None else one.value) for one in (old, row)]
        found.append(ChangeSeen(row.set_at, trait.title, said[0], said[1], row.set_by_name or "", row.reason))
    return tuple(sorted(found, key=lambda one: one.at, reverse=True)[:MOST_CHANGES])


def pairs_seen(pairs: Iterable[Pair]) -> tuple[PairSeen, ...]:
    """A preview run by run."""
    return tuple(PairSeen(pair.change, _raised(pair.today), _raised(pair.proposed)) for pair in pairs)


def _raised(one: Raised | None) -> RaisedSeen | None:
    return None if one is None else RaisedSeen(cast("Severity", one.severity), one.started_at, one.sentence)


def values_of(row: Any, fields: Mapping[str, int]) -> dict[str, str]:
    """What boxes hold at first: the numbers of a row without needless zeros. fields: name → decimals."""
    return {
        name: "" if row is None or getattr(row, name) is None else _typed(getattr(row, name), places)
        for name, places in fields.items()
    }


def _typed(value: float, places: int) -> str:
    return f"{value:.{places}f}" if places else f"{value:g}"
