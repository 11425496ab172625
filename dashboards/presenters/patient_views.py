"""What a patient's pages are told, before it is put into words. `views` says the rules of the house."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from dashboards.presenters.views import Choice


@dataclass(frozen=True)
class TodayItem:
    """One thing expected today. `slug` is its question's address: /today/{slug}."""

    slug: str
    title: str  # "Blood pressure"
    state: Literal["due", "sent", "late", "optional"]
    due_by: datetime | None = None
    sent_at: datetime | None = None
    value: str = ""  # what was sent: "128/82 mmHg"


@dataclass(frozen=True)
class FieldSeen:
    """One box or set of radios. `value`: what was typed on this visit, after an error; no old reading."""

    name: str
    label: str
    unit: str = ""  # said beside the box
    unit_said: str = ""  # said in full: "millimetres of mercury"
    decimals: int = 0  # 0: inputmode numeric; more: decimal
    hint: str = ""
    value: str = ""
    error: str = ""
    choices: tuple[Choice, ...] = ()  # given: radios


@dataclass(frozen=True)
class QuestionSeen:
    """One screen of the walk through today's readings. `carried`: answers so far, kept as hidden fields."""

    slug: str
    title: str  # the question itself: "What is your blood pressure?"
    fields: tuple[FieldSeen, ...]
    position: int
    total: int
    how: tuple[str, ...] = ()  # how to measure, one step each
    back_href: str = "/today"
    can_skip: bool = True
    carried: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class AnswerSeen:
    """One row of "check your answers"."""

    slug: str
    title: str
    value: str  # "128/82 mmHg, pulse 70"
    warning: str = ""  # "That is much higher than your usual. Is it right?"


@dataclass(frozen=True)
class SentSeen:
    """What became of one reading that was sent, and what it means for the person."""

    title: str
    value: str
    verdict: Literal["stored", "duplicate", "held", "rejected"]
    meaning: Literal["red", "amber", "in_range", "no_range"]
    sentence: str  # what it means: "This is higher than the range agreed for you."
    advice: str = ""  # what to do
    slug: str = ""  # to measure again


@dataclass(frozen=True)
class TodaySeen:
    """A patient's day."""

    name: str
    items: tuple[TodayItem, ...]
    team: str = ""
    team_phone: str = ""
    hours: str = ""  # when the team looks: "Monday to Friday, 9am to 5pm"
    paused_until: date | None = None
