"""What the page of alert quality is told, before it is put into words. `views` says the rules of the house."""

from dataclasses import dataclass
from datetime import date, datetime

from dashboards.presenters.rule_views import Life
from dashboards.presenters.views import Choice


@dataclass(frozen=True)
class CardSeen:
    """What one rule's alerts were worth in 90 days. minutes, per_year: none where there is nothing to count."""

    rule: str
    title: str
    life: Life
    fired: int = 0
    patients: int = 0
    resolved: int = 0
    acted_on: int = 0
    false_alerts: int = 0
    no_action: int = 0
    unseen: int = 0
    minutes: float | None = None
    out_of_hours: int = 0
    open_now: int = 0
    per_year: float | None = None
    pathway: str = ""  # as pages call it


@dataclass(frozen=True)
class PersonSeen:
    """One patient who is unprotected, and in what. about: kinds and traits as pages call them."""

    id: int
    name: str
    nhs_number: str
    about: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    due: date | None = None
    reason: str = ""


@dataclass(frozen=True)
class FoundSeen:
    """How many, and the first of them."""

    count: int
    people: tuple[PersonSeen, ...]


@dataclass(frozen=True)
class TeamSeen:
    """A team where nobody can act on an alert."""

    name: str
    alerts: int
    patients: int


@dataclass(frozen=True)
class QualitySeen:
    """The whole page. holidays_until: the last day up to which bank holidays are known."""

    team: str
    teams: tuple[Choice, ...]
    cards: tuple[CardSeen, ...]
    unchecked: FoundSeen
    past_review: FoundSeen
    long_paused: FoundSeen
    never_sent: FoundSeen
    alone: tuple[TeamSeen, ...]
    holidays_until: date
