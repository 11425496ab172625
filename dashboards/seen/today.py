"""A patient's day: what their pathways' schedules ask for today, and what came. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from alerts.moments import as_moment, moment_micros
from alerts.rules.slots import slots_between
from alerts.rules.spec import Expectation
from dashboards.presenters import words
from dashboards.presenters.patient_views import TodayItem
from dashboards.questions import QUESTIONS, Question, asked_for
from dashboards.seen.kinds import value_words
from ingest.catalogue import by_id


@dataclass(frozen=True)
class Came:
    """One reading of today."""

    kind: str
    measured_at: datetime
    received_at: datetime
    value: float


@dataclass(frozen=True)
class Asked:
    """Kinds that one schedule asks for today, all or any of them, and when."""

    kinds: tuple[str, ...]
    every: bool
    slots: tuple[tuple[datetime, datetime], ...]  # from, to before; in order

    def filled(self, came: Iterable[Came], since: datetime, until: datetime) -> bool:
        """Whether it was answered by what was measured in this stretch."""
        have = {one.kind for one in came if since <= one.measured_at < until}
        return have.issuperset(self.kinds) if self.every else bool(have.intersection(self.kinds))

    def stands(self, came: Collection[Came], at: datetime) -> tuple[State, datetime]:
        """How it stands, and until when it should come."""
        current = next(((start, end) for start, end in self.slots if start <= at < end), None)
        if current is not None:
            return ("sent" if self.filled(came, *current) else "due"), current[1]
        gone = [(start, end) for start, end in self.slots if end <= at]
        if gone:
            start, end = gone[-1]
            return ("sent" if self.filled(came, start, at + AHEAD) else "late"), end
        return "due", self.slots[0][1]


State = Literal["sent", "late", "due"]
ORDER: tuple[State, ...] = ("sent", "late", "due")  # what several schedules come to: the last of these
AHEAD = timedelta(minutes=5)  # a phone's clock may be a little ahead of ours


def came_today(rows: Iterable[Any]) -> tuple[Came, ...]:
    """Rows of `readings_of`, oldest first."""
    return tuple(Came(by_id(row.kind).name, row.measured_at, row.received_at, row.value) for row in rows)


def asked_today(expectations: Iterable[Expectation], at: datetime) -> list[Asked]:
    """What the schedules ask for on the local day of this moment."""
    found = []
    moment = moment_micros(at)
    for one in expectations:
        day = slots_between(one, moment, moment)
        slots = tuple(
            (as_moment(start), as_moment(end))
            for start, end, expected in zip(
                day.start.tolist(), day.end.tolist(), day.expected.tolist(), strict=True
            )
            if expected
        )
        if slots:
            found.append(Asked(one.kinds, one.every_kind, slots))
    return found


@dataclass(frozen=True)
class Day:
    """What a patient's day holds. `questions`: each as it is asked today."""

    items: tuple[TodayItem, ...]
    questions: Mapping[str, Question]

    @property
    def walk(self) -> list[str]:
        """The questions that wait for an answer, in order."""
        return [item.slug for item in self.items if item.state in {"due", "late"}]


def day_of(
    expectations: Sequence[Expectation],
    welcome: Collection[str],
    came: Sequence[Came],
    at: datetime,
    *,
    paused: bool,
) -> Day:
    """What is asked for today and how it stands; then what can also be sent.

    welcome: kinds that the patient's team has set a range for. paused: nothing is expected.
    """
    asked = [] if paused else asked_today(expectations, at)
    questions = asked_for({kind for one in asked for kind in one.kinds})
    expected = [_expected(one, asked, came, at) for one in questions.values()]
    others = asked_for({*welcome, *(kind for one in expectations for kind in one.kinds)})
    more = [_welcome(one, came) for one in others.values() if not _within(one, questions)]
    return Day((*expected, *more), {**QUESTIONS, **others, **questions})


def _within(one: Question, questions: Mapping[str, Question]) -> bool:
    """Whether all that a question needs is asked for anyhow."""
    asked = {kind for question in questions.values() for kind in question.needed}
    return one.slug in questions or asked.issuperset(one.needed)


def _expected(question: Question, asked: Iterable[Asked], came: Sequence[Came], at: datetime) -> TodayItem:
    parts = []
    for part in asked:
        own = tuple(kind for kind in part.kinds if kind in question.needed)
        if own:
            parts.append(replace(part, kinds=own) if part.every else part)
    stand = [part.stands(came, at) for part in parts]
    state, due_by = max(stand, key=lambda one: (ORDER.index(one[0]), -one[1].timestamp()))
    if state == "sent":
        return _sent(question, came)
    midnight = words.local(due_by).hour == words.local(due_by).minute == 0  # the whole day: no hour to name
    return TodayItem(question.slug, question.title, state, None if midnight else due_by)


def _welcome(question: Question, came: Sequence[Came]) -> TodayItem:
    if {one.kind for one in came}.issuperset(question.needed):
        return _sent(question, came)
    return TodayItem(question.slug, question.title, "optional")


def _sent(question: Question, came: Sequence[Came]) -> TodayItem:
    last = {one.kind: one for one in came if one.kind in question.kinds}
    values = {kind: last[kind].value for kind in question.kinds if kind in last}
    at = max((one.received_at for one in last.values()), default=None)
    return TodayItem(question.slug, question.title, "sent", sent_at=at, value=value_words(values))
