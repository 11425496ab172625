"""The questions a patient is asked, one a screen, and how typed answers become the items of an upload. Pure."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ingest.catalogue import KINDS, PANELS
from ingest.items import Item, decode
from ingest.judged import Judged
from ingest.plausibility import judge

PULSE = "heart_rate"
LONGEST = 200  # characters of one answer, as the door for uploads allows
MOST_BYTES = 100_000


@dataclass(frozen=True)
class Question:
    """One screen. `needed` kinds must be answered, `also` may be left empty."""

    slug: str  # its address
    title: str  # in lists: "Blood pressure"
    ask: str
    needed: tuple[str, ...]
    also: tuple[str, ...] = ()
    how: tuple[str, ...] = ()

    @property
    def kinds(self) -> tuple[str, ...]:
        """All that its screen has a field for."""
        return (*self.needed, *self.also)


def _one(slug: str, kind: str, title: str, ask: str) -> Question:
    return Question(slug, title, ask, (kind,), how=(KINDS[kind].hint,))


PRESSURE = Question(
    "blood-pressure", "Blood pressure", "What is your blood pressure?", ("systolic", "diastolic"), (PULSE,)
)
OXYGEN = _one("oxygen", "oxygen_saturation", "Oxygen level", "What is your oxygen level?")

# In the order they are asked. What comes by itself from a sensor, and what staff work out, is not asked.
QUESTIONS: dict[str, Question] = {
    one.slug: one
    for one in (
        PRESSURE,
        OXYGEN,
        _one("pulse", PULSE, "Pulse", "What is your pulse?"),
        _one("breathing-rate", "respiratory_rate", "Breathing rate", "How fast do you breathe?"),
        _one("temperature", "body_temperature", "Temperature", "What is your temperature?"),
        _one("weight", "body_weight", "Weight", "What is your weight?"),
        _one("blood-sugar", "glucose", "Blood sugar", "What is your blood sugar?"),
        _one("peak-flow", "peak_flow", "Peak flow", "What is your peak flow?"),
        _one("lung-test", "fev1", "Lung test (FEV1)", "What is your lung test number (FEV1)?"),
        _one("oxygen-flow", "supplemental_oxygen", "Oxygen flow", "What is your oxygen machine set to?"),
        _one("breathlessness", "breathlessness", "Breathing", "How is your breathing today?"),
        _one("phlegm", "sputum", "Phlegm", "How is your phlegm today?"),
        _one("ankles", "ankle_swelling", "Ankles", "Are your ankles more swollen than usual?"),
        _one("pillows", "extra_pillows", "Pillows", "Did you need more pillows than usual?"),
        _one("copd-score", "cat_score", "COPD score", "What is your COPD score?"),
        _one(
            "breathlessness-grade",
            "mrc_dyspnoea",
            "Breathlessness grade",
            "What is your breathlessness grade?",
        ),
    )
}
_OF_KIND = {kind: one.slug for one in reversed(QUESTIONS.values()) for kind in one.needed}


def slug_of(kind: str) -> str:
    """The question that asks for a kind or a panel; empty for what is not asked."""
    return PRESSURE.slug if kind in PANELS else _OF_KIND.get(kind, "")


def asked_for(kinds: Collection[str]) -> dict[str, Question]:
    """The questions that ask for these kinds, in order.

    Pulse is asked once: with oxygen, or else with blood pressure, because their devices show it; or else alone.
    """
    wanted = {slug_of(kind) for kind in kinds}
    found = {slug: one for slug, one in QUESTIONS.items() if slug in wanted}
    carrier = next((one for one in (OXYGEN, PRESSURE) if one.slug in found), None)
    if PULSE in kinds and carrier is not None:
        del found["pulse"]
        if PRESSURE.slug in found:
            found[PRESSURE.slug] = replace(PRESSURE, also=())
        found[carrier.slug] = replace(carrier, needed=(*carrier.needed, PULSE), also=())
    return found


@dataclass(frozen=True)
class Answers:
    """What was answered so far, as typed; it travels from screen to screen in hidden fields."""

    values: Mapping[str, str] = field(default_factory=dict)  # kind → text
    times: Mapping[str, str] = field(default_factory=dict)  # question → when it was answered, ISO 8601
    skipped: frozenset[str] = frozenset()  # questions

    @classmethod
    def of(cls, form: Iterable[tuple[str, str]]) -> Answers:
        """Out of a form's fields; what does not belong to answers is left out."""
        pairs = [(name, value.strip()[:LONGEST]) for name, value in form]
        return cls(
            {name: value for name, value in pairs if name in KINDS and value},
            {name[3:]: value for name, value in pairs if name.startswith("at.") and name[3:] in QUESTIONS},
            frozenset(value for name, value in pairs if name == "skipped" and value in QUESTIONS),
        )

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """As hidden fields."""
        times = ((f"at.{slug}", at) for slug, at in self.times.items())
        return (*self.values.items(), *times, *(("skipped", slug) for slug in sorted(self.skipped)))

    def without(self, question: Question) -> Answers:
        """As if this question had not been asked yet."""
        return Answers(
            {kind: value for kind, value in self.values.items() if kind not in question.kinds},
            {slug: at for slug, at in self.times.items() if slug != question.slug},
            self.skipped - {question.slug},
        )

    def answered(self, question: Question, values: Mapping[str, str], at: datetime) -> Answers:
        """With this question answered now."""
        rest = self.without(question)
        times = {**rest.times, question.slug: at.isoformat(timespec="seconds")}
        return Answers({**rest.values, **values}, times, rest.skipped)

    def skipping(self, question: Question) -> Answers:
        """With this question left out."""
        rest = self.without(question)
        return Answers(rest.values, rest.times, rest.skipped | {question.slug})

    def done(self, slug: str) -> bool:
        """Whether this question needs no asking any more."""
        return slug in self.times or slug in self.skipped


def body(answers: Answers, at: datetime) -> bytes:
    """The upload that these answers make: the same answers, the same bytes. at: for what carries no time."""
    return json.dumps({"readings": _items(answers, at)}, separators=(",", ":")).encode()


def _items(answers: Answers, at: datetime) -> list[dict[str, Any]]:
    """As the door for uploads takes them; values as they were typed."""
    left = dict(answers.values)
    found = []
    for slug, question in QUESTIONS.items():
        told = answers.times.get(slug, at.isoformat(timespec="seconds"))
        about = {"measured_at": told, "provenance": "patient_typed"}
        if slug == PRESSURE.slug and any(kind in left for kind in question.needed):
            parts = {kind: left.pop(kind) for kind in question.kinds if kind in left}
            panel = PANELS["blood_pressure"]
            found.append({"kind": panel.name, "value": parts, "unit": panel.unit, **about})
        for kind in question.needed:
            if kind in left:
                if kind == PULSE and slug not in answers.times:
                    about["measured_at"] = answers.times.get(OXYGEN.slug, told)
                unit = {"unit": KINDS[kind].unit} if KINDS[kind].unit else {}
                found.append({"kind": kind, "value": left.pop(kind), **unit, **about})
    return found


@dataclass(frozen=True)
class Looked:
    """What judging said to the answers, before anything is sent."""

    judged: Judged
    items: Mapping[int, Item]  # by place; what could not be read at all is not there

    def values(self, index: int) -> dict[int, float]:
        """An item's values by kind, whether they would be stored or held."""
        rows = zip(self.judged.index, self.judged.kind_id, self.judged.value, strict=True)
        found = {kind: value for place, kind, value in rows if place == index}
        return found | {
            row.kind_id: row.value for held in self.judged.held if held.index == index for row in held.rows
        }

    def warning(self, index: int) -> str:
        """Why it would be asked to be measured again."""
        return next((held.sentence for held in self.judged.held if held.index == index), "")


def look(answers: Answers, at: datetime) -> Looked:
    """Judge the answers as an upload of them would be judged."""
    if not answers.values:
        return Looked(Judged(), {})
    items = decode(body(answers, at), "application/json", None, MOST_BYTES).items
    read = {place: item for place, item in enumerate(items) if isinstance(item, Item)}
    return Looked(judge(items, received_at=at), read)


def mistakes(question: Question, values: Mapping[str, str], at: datetime) -> dict[str, str]:
    """What is wrong with the answers to one question: field → sentence."""
    missing = {kind: MISSING for kind in question.needed if not values.get(kind)}
    if missing:
        return missing
    looked = look(Answers().answered(question, values, at), at)
    found: dict[str, str] = {}
    for rejected in looked.judged.rejected:
        item = looked.items.get(rejected.index)
        names = ((rejected.field or "").rpartition("/")[2], item.kind if item is not None else "")
        where = next((name for name in names if name in question.kinds), question.needed[0])
        found.setdefault(where, rejected.sentence)
    return found


MISSING = "Answer this, or choose “I cannot measure this today”."
