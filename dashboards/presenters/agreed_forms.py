"""The forms that change a kind's thresholds or a trait, and what new thresholds would have done, before they are saved."""

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from dashboards.presenters import trait_words, words
from dashboards.presenters.agreed import FIELDS, SaidWords, said, source
from dashboards.presenters.agreed_views import (
    FormSeen,
    PreviewSeen,
    RaisedSeen,
    ThresholdFormSeen,
    TraitFormSeen,
)
from dashboards.presenters.figures import thresholds as in_words
from dashboards.presenters.people import PatientWords
from dashboards.presenters.views import SEVERITIES, Frame, KindSeen, Severity

CHANGES = {"gone": "Not raised", "new": "New", "regraded": "Another colour", "same": "The same"}


@dataclass(frozen=True)
class Cell:
    """One alert that would have been raised, in the table of a preview."""

    severity: Severity
    word: str
    day: Markup
    sentence: str


@dataclass(frozen=True)
class PairRow:
    """One line of a preview."""

    change: str
    today: Cell | None
    proposed: Cell | None


@dataclass(frozen=True)
class CountRow:
    """How many alerts of one severity, by today's thresholds and by the new ones."""

    severity: Severity
    word: str
    today: int
    proposed: int


@dataclass(frozen=True)
class PreviewWords:
    """A preview, and what saving it sends."""

    sentence: str
    proposed: str
    reason: str
    review: str
    counts: tuple[CountRow, ...]
    total: tuple[int, int]  # by today's thresholds, by the new ones
    changed: tuple[PairRow, ...]  # newest first
    same: int
    unknown: tuple[str, ...]
    action: str
    carried: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class FormWords:
    """A form's values, errors and summary."""

    values: dict[str, str]
    errors: dict[str, str]
    summary: tuple[tuple[str, str], ...]
    expected: str


@dataclass(frozen=True)
class ThresholdPage:
    """One kind's thresholds, to change."""

    patient: PatientWords
    title: str
    unit: str
    now: str
    said: SaidWords
    source: str
    fields: tuple[tuple[str, str], ...]
    hint: str
    answers: tuple[tuple[str, str], ...]
    form: FormWords
    href: str
    back_href: str
    pathway: str
    personal: bool
    rules: tuple[str, ...]
    preview: PreviewWords | None


@dataclass(frozen=True)
class TraitPage:
    """One trait, to change."""

    patient: PatientWords
    title: str
    meaning: str
    unit: str
    now: str
    said: SaidWords
    is_set: bool
    choices: tuple[tuple[str, str], ...]
    form: FormWords
    href: str
    back_href: str


def threshold_form(seen: ThresholdFormSeen, frame: Frame) -> ThresholdPage:
    """One kind's thresholds, to change; with a preview once there is one."""
    patient = PatientWords.of(seen.patient, frame.at)
    one = seen.threshold
    href = f"{patient.href}/thresholds/{one.kind.code}"
    unit = "" if one.kind.answers else one.kind.unit
    least, most = (words.number(number, _places(number, one.kind)) for number in (seen.least, seen.most))
    return ThresholdPage(
        patient=patient,
        title=one.kind.title,
        unit=unit,
        now=in_words(one.kind, one.bounds),
        said=said(one.said, frame.at),
        source=source(one),
        fields=FIELDS,
        hint=f"From {least} to {most}{f' {unit}' if unit else ''}. Leave a box empty for no such threshold.",
        answers=tuple((str(place), answer) for place, answer in enumerate(one.kind.answers)),
        form=form(seen.form),
        href=href,
        back_href=f"{patient.href}/thresholds",
        pathway=in_words(one.kind, seen.pathway),
        personal=one.bounds is not None and not one.source,
        rules=seen.rules,
        preview=None if seen.preview is None else _preview(seen.preview, one.kind, href, frame.at),
    )


def _places(number: float, kind: KindSeen) -> int:
    return 0 if number == int(number) else kind.decimals


def form(seen: FormSeen) -> FormWords:
    """A form's values, and its errors as a summary that leads to the fields."""
    first = {"review_on": "review_on_day"}
    summary = tuple((first.get(field, field), why) for field, why in seen.errors.items())
    return FormWords(seen.values, seen.errors, summary, seen.expected)


def _preview(preview: PreviewSeen, kind: KindSeen, href: str, now: datetime) -> PreviewWords:
    counts = tuple(_counts(preview))
    changed = [pair for pair in reversed(preview.pairs) if pair.change != "same"]
    return PreviewWords(
        sentence=preview.sentence,
        proposed=in_words(kind, preview.bounds),
        reason=preview.reason,
        review="" if preview.review_on is None else words.full_date(preview.review_on),
        counts=counts,
        total=(sum(row.today for row in counts), sum(row.proposed for row in counts)),
        changed=tuple(
            PairRow(CHANGES[p.change], _cell(p.today, now), _cell(p.proposed, now)) for p in changed
        ),
        same=len(preview.pairs) - len(changed),
        unknown=preview.unknown,
        action=f"{href}/pathway" if preview.to_pathway else href,
        carried=preview.carried,
    )


def _counts(preview: PreviewSeen) -> list[CountRow]:
    rows = [
        CountRow(name, words.SEVERITY_NAMES[name], preview.today.get(name, 0), preview.proposed.get(name, 0))
        for name in SEVERITIES
    ]
    return [row for row in rows if row.today or row.proposed]


def _cell(one: RaisedSeen | None, now: datetime) -> Cell | None:
    if one is None:
        return None
    day = words.stamp(one.started_at, words.near(one.started_at, now))
    return Cell(one.severity, words.SEVERITY_NAMES[one.severity], day, one.sentence)


def trait_form(seen: TraitFormSeen, frame: Frame) -> TraitPage:
    """One trait, to change."""
    patient = PatientWords.of(seen.patient, frame.at)
    one = seen.trait
    return TraitPage(
        patient=patient,
        title=one.title,
        meaning=one.meaning,
        unit=one.unit,
        now=trait_words.value(one, one.value),
        said=said(one.said, frame.at),
        is_set=one.value is not None,
        choices=tuple((choice.value, choice.label) for choice in one.choices),
        form=form(seen.form),
        href=f"{patient.href}/traits/{one.name}",
        back_href=f"{patient.href}/thresholds",
    )
