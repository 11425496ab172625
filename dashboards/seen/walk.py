"""The walk through today's questions, and what became of the answers, as pages are told of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from dashboards.presenters.patient_views import AnswerSeen, FieldSeen, QuestionSeen, SentSeen
from dashboards.presenters.views import Choice
from dashboards.questions import QUESTIONS, Answers, Question, look, slug_of
from dashboards.seen.kinds import ANSWER_WORDS, kind_seen, value_words
from ingest.catalogue import KINDS, by_id
from ingest.items import Item
from ingest.meaning import Level
from ingest.uploads import Told

KEPT = "We have it. Your team can see it."
LABELS = {"systolic": "Top number", "diastolic": "Bottom number", "heart_rate": "Pulse"}
UNITS = {"/min": "a minute"}
UNITS_SAID = {
    "mmHg": "millimetres of mercury",
    "kg": "kilograms",
    "%": "per cent",
    "°C": "degrees Celsius",
    "mmol/L": "millimoles per litre",
    "L/min": "litres a minute",
    "L": "litres",
}


def question_seen(
    question: Question,
    walk: Sequence[str],
    answers: Answers,
    values: Mapping[str, str],
    mistakes: Mapping[str, str],
) -> QuestionSeen:
    """One screen. values, mistakes: what was typed there just now, and what is wrong with it."""
    place = walk.index(question.slug) + 1 if question.slug in walk else 1
    return QuestionSeen(
        slug=question.slug,
        title=question.ask,
        fields=tuple(
            _field(question, kind, values.get(kind, ""), mistakes.get(kind, "")) for kind in question.kinds
        ),
        position=place,
        total=max(len(walk), 1),
        how=question.how,
        carried=answers.without(question).pairs(),
    )


def _field(question: Question, name: str, value: str, error: str) -> FieldSeen:
    kind = KINDS[name]
    said = [] if len(question.kinds) == 1 else [kind.hint]
    if name in question.also:
        said.append("Leave it empty if your monitor does not show it.")
    choices = tuple(Choice(one, _capital(ANSWER_WORDS.get(one, one))) for one in kind.answers or ())
    return FieldSeen(
        name=name,
        label=LABELS.get(name, _capital(kind.patient_label)) if not choices else "Choose one",
        unit=UNITS.get(kind.unit_label, kind.unit_label),
        unit_said=UNITS_SAID.get(kind.unit_label, ""),
        decimals=kind.decimals,
        hint=" ".join(said),
        value=value,
        error=error,
        choices=choices,
    )


def answers_seen(answers: Answers, at: datetime) -> tuple[AnswerSeen, ...]:
    """Each answer once more, with what looks odd about it."""
    looked = look(answers, at)
    found = []
    for index, item in looked.items.items():
        values = {by_id(kind).name: value for kind, value in looked.values(index).items()}
        slug = _slug(item, answers)
        said = value_words(values) if values else as_typed(item.value)
        found.append(AnswerSeen(slug, _title(item.kind), said, looked.warning(index)))
    return tuple(found)


def _slug(item: Item, answers: Answers) -> str:
    """Where an answer is changed: a pulse that was asked for with oxygen, there."""
    slug = slug_of(item.kind)
    return "oxygen" if slug == "pulse" and slug not in answers.times else slug


def sent_seen(told: Iterable[Told]) -> tuple[SentSeen, ...]:
    """What became of each reading. What it means comes first, then what to do."""
    found = []
    for item, result in told:
        level: Level = result.get("level") or "no_range"
        sentence, advice = _parted(result.get("meaning") or result.get("detail") or KEPT, level)
        found.append(
            SentSeen(
                title=_title(item["kind"]),
                value=item_words(item),
                verdict=result["verdict"],
                meaning=level,
                sentence=sentence,
                advice=advice,
                slug=slug_of(item["kind"]),
            )
        )
    return tuple(found)


def _parted(said: str, level: Level) -> tuple[str, str]:
    """What it means, and what to do. That no range is set takes a sentence more (ingest.meaning)."""
    parts = said.split(". ", 2 if level == "no_range" else 1)
    means = ". ".join(parts[:-1])
    return (f"{means}.", parts[-1]) if means else (said, "")


def item_words(item: Mapping[str, Any]) -> str:
    """A sent item's value as people say it; what makes no sense as it was typed."""
    value = item["value"]
    parts = value if isinstance(value, dict) else {item["kind"]: value}
    try:
        return value_words({kind: _number(kind, one) for kind, one in parts.items()})
    except (ValueError, KeyError):
        return as_typed(value)


def as_typed(value: object) -> str:
    """What a person typed, its parts with a stroke between."""
    return "/".join(str(part) for part in value.values()) if isinstance(value, dict) else str(value)


def _number(kind: str, told: object) -> float:
    answers = KINDS[kind].answers
    return float(answers.index(str(told))) if answers else float(str(told))


def _title(kind: str) -> str:
    slug = slug_of(kind)
    return QUESTIONS[slug].title if slug else kind_seen(KINDS[kind], to_patient=True).title


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
