"""The walk through today's readings: one question a screen, then all answers once more."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.presenters.patient_views import AnswerSeen, FieldSeen, QuestionSeen

Carried = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class FieldWords:
    """One box or set of radios, with what the browser needs to know."""

    name: str
    label: str
    hint: str
    suffix: str
    inputmode: str
    value: str
    error: str
    choices: tuple[tuple[str, str], ...]
    described: str  # the unit in full, for those who hear it


@dataclass(frozen=True)
class QuestionPage:
    """One question."""

    title: str
    action: str
    progress: str
    fields: tuple[FieldWords, ...]
    errors: tuple[tuple[str, str], ...]  # field, sentence
    how: tuple[str, ...]
    back_href: str
    can_skip: bool
    carried: Carried


@dataclass(frozen=True)
class CheckLine:
    """One answer to look at again."""

    title: str
    value: str
    warning: str
    href: str


@dataclass(frozen=True)
class CheckPage:
    """All answers before they are sent."""

    lines: tuple[CheckLine, ...]
    carried: Carried
    key: str


def present(seen: QuestionSeen) -> QuestionPage:
    """One question as it is asked."""
    return QuestionPage(
        title=seen.title,
        action=f"/today/{seen.slug}",
        progress=f"Question {seen.position} of {seen.total}",
        fields=tuple(field(one) for one in seen.fields),
        errors=tuple((one.name, one.error) for one in seen.fields if one.error),
        how=seen.how,
        back_href=seen.back_href,
        can_skip=seen.can_skip,
        carried=seen.carried,
    )


def field(one: FieldSeen) -> FieldWords:
    """One box. Decimals decide which keys a phone shows."""
    return FieldWords(
        name=one.name,
        label=one.label,
        hint=one.hint,
        suffix=one.unit,
        inputmode="decimal" if one.decimals else "numeric",
        value=one.value,
        error=one.error,
        choices=tuple((choice.value, choice.label) for choice in one.choices),
        described=f"In {one.unit_said}." if one.unit_said else "",
    )


def check(answers: Sequence[AnswerSeen], carried: Carried, key: str) -> CheckPage:
    """All answers; `key` makes sending them twice the same as once."""
    lines = tuple(CheckLine(one.title, one.value, one.warning, f"/today/{one.slug}") for one in answers)
    return CheckPage(lines, carried, key)
