"""Thresholds and traits of one patient: what holds, since when, by whom and why, and how it came to that."""

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from dashboards.presenters import trait_words, words
from dashboards.presenters.agreed_views import AgreedSeen, ChangeSeen, SaidSeen, ThresholdSeen, TraitSeen
from dashboards.presenters.people import PatientWords
from dashboards.presenters.views import Bounds, Frame, KindSeen

FIELDS = (
    ("red_low", "Red low"),
    ("amber_low", "Amber low"),
    ("amber_high", "Amber high"),
    ("red_high", "Red high"),
)


@dataclass(frozen=True)
class SaidWords:
    """Who set it, when and why, and the review."""

    set_: Markup
    by: str
    reason: str
    review: str
    overdue: bool


@dataclass(frozen=True)
class ThresholdRow:
    """One kind's thresholds."""

    id: str
    title: str
    unit: str
    four: tuple[tuple[str, str], ...]  # name, value
    source: str
    said: SaidWords
    href: str
    act: str


@dataclass(frozen=True)
class TraitRow:
    """One trait."""

    id: str
    title: str
    meaning: str
    value: str
    is_set: bool
    said: SaidWords
    href: str
    act: str


@dataclass(frozen=True)
class ChangeRow:
    """One change of the past."""

    at: Markup
    what: str
    before: str
    after: str
    by: str
    reason: str


@dataclass(frozen=True)
class AgreedPage:
    """All that is agreed for one patient."""

    patient: PatientWords
    thresholds: tuple[ThresholdRow, ...]
    others: tuple[ThresholdRow, ...]  # of these kinds none are set
    traits: tuple[TraitRow, ...]
    changes: tuple[ChangeRow, ...]
    may_change: bool
    overdue: str


def present(seen: AgreedSeen, frame: Frame) -> AgreedPage:
    """What is agreed, for this viewer now."""
    patient = PatientWords.of(seen.patient, frame.at)
    rows = tuple(_threshold(one, patient.href, frame.at) for one in seen.thresholds)
    traits = tuple(_trait(one, patient.href, frame.at) for one in seen.traits)
    late = sum(row.said.overdue for row in rows) + sum(row.said.overdue for row in traits)
    return AgreedPage(
        patient=patient,
        thresholds=tuple(row for row, one in zip(rows, seen.thresholds, strict=True) if one.bounds),
        others=tuple(row for row, one in zip(rows, seen.thresholds, strict=True) if not one.bounds),
        traits=traits,
        changes=tuple(_change(one) for one in seen.changes),
        may_change=frame.viewer is not None and "thresholds.change" in frame.viewer.may,
        overdue=f"{words.count(late, 'review is', 'reviews are')} overdue." if late else "",
    )


def _threshold(one: ThresholdSeen, href: str, now: datetime) -> ThresholdRow:
    return ThresholdRow(
        id=one.kind.code,
        title=one.kind.title,
        unit="" if one.kind.answers else one.kind.unit,
        four=tuple((name, _bound(one.kind, one.bounds, field)) for field, name in FIELDS),
        source=source(one),
        said=said(one.said, now),
        href=f"{href}/thresholds/{one.kind.code}",
        act="Set" if one.bounds is None else "Change",
    )


def source(one: ThresholdSeen) -> str:
    """COPD pathway; this patient's own; none set."""
    if one.bounds is None:
        return "None set"
    return one.source or "This patient's own"


def _bound(kind: KindSeen, bounds: Bounds | None, field: str) -> str:
    value = None if bounds is None else getattr(bounds, field)
    if value is None:
        return "–"
    return words.reading(kind, value) if kind.answers else words.number(value, kind.decimals)


def _trait(one: TraitSeen, href: str, now: datetime) -> TraitRow:
    return TraitRow(
        id=one.name,
        title=one.title,
        meaning="" if one.choices else one.meaning,  # their words say it
        value=trait_words.value(one, one.value),
        is_set=one.value is not None,
        said=said(one.said, now),
        href=f"{href}/traits/{one.name}",
        act="Set" if one.value is None else "Change",
    )


def _change(one: ChangeSeen) -> ChangeRow:
    at = words.stamp(one.at, words.moment(one.at))
    return ChangeRow(at, one.what, one.before, one.after, one.by, one.reason)


def said(one: SaidSeen | None, now: datetime) -> SaidWords:
    """Sam Reyes, Fri 20 Nov 2026: why. Review by Mon 1 Feb 2027."""
    if one is None:
        return SaidWords(Markup(""), "", "", "", overdue=False)
    today = words.local(now).date()
    review, overdue = "", False
    if one.review_on is not None:
        overdue = one.review_on < today
        review = words.full_date(one.review_on)
    day = words.full_date(words.local(one.set_at).date())
    return SaidWords(words.stamp(one.set_at, day), one.set_by, one.reason, review, overdue)
