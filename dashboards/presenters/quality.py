"""The page of alert quality: who is unprotected, and what each rule's alerts were worth."""

from dataclasses import dataclass

from dashboards.presenters import words
from dashboards.presenters.quality_views import CardSeen, FoundSeen, PersonSeen, QualitySeen
from dashboards.presenters.rules import COLOURS, LIVES, LifeTag
from dashboards.presenters.service import minutes
from dashboards.presenters.trends import share
from dashboards.presenters.views import Choice, Frame

FEW = 0.1  # alerts a patient-year, below which one digit after the point says nothing


@dataclass(frozen=True)
class CardRow:
    """One rule's card."""

    title: str
    href: str
    life: LifeTag | None  # where it is not active
    fired: str
    patients: str
    acted_on: str
    noise: str
    unseen: str
    look: str
    out_of_hours: str
    per_year: str
    open_now: str


@dataclass(frozen=True)
class Person:
    """One patient of a list."""

    name: str
    href: str
    nhs_number: str
    about: str


@dataclass(frozen=True)
class Question:
    """One way to be unprotected."""

    id: str
    title: str
    count: str
    fine: bool
    act: str  # what to do
    people: tuple[Person, ...]
    more: str


@dataclass(frozen=True)
class QualityPage:
    """The page of alert quality."""

    team: str
    teams: tuple[Choice, ...]
    csv_href: str
    questions: tuple[Question, ...]
    cards: tuple[CardRow, ...]
    quiet: tuple[CardRow, ...]  # that have neither fired nor anything open
    note: str


def present(seen: QualitySeen, frame: Frame) -> QualityPage:
    """Who is unprotected, and the report card, for this viewer now."""
    del frame
    rows = [(one, card(one)) for one in seen.cards]
    return QualityPage(
        team=seen.team,
        teams=(Choice("", "All your teams"), *seen.teams),
        csv_href="/quality.csv" + (f"?team={seen.team}" if seen.team else ""),
        questions=questions(seen),
        cards=tuple(row for one, row in rows if one.fired or one.open_now),
        quiet=tuple(row for one, row in rows if not (one.fired or one.open_now)),
        note=f"Bank holidays in England are known up to {words.full_date(seen.holidays_until)}.",
    )


def card(one: CardSeen) -> CardRow:
    """One rule's card in words. A dash: nothing to count."""
    return CardRow(
        title=one.title,
        href=f"/rules/{one.rule}",
        life=None if one.life == "active" else LifeTag(LIVES[one.life], COLOURS[one.life], ""),
        fired=f"{one.fired:,}",
        patients=words.count(one.patients, "patient"),
        acted_on=_of(one.acted_on, one.resolved),
        noise=_of(one.false_alerts + one.no_action, one.resolved),
        unseen=_of(one.unseen, one.fired),
        look=minutes(one.minutes),
        out_of_hours=_of(one.out_of_hours, one.fired),
        per_year=rate(one.per_year),
        open_now=f"{one.open_now:,}",
    )


def _of(part: int, whole: int) -> str:
    return "–" if not whole else f"{part:,} ({share(part, whole)})"


def rate(value: float | None) -> str:
    """1.4; 0.03; a dash where nobody was on the pathway."""
    if value is None:
        return "–"
    return f"{value:.2f}" if 0 < value < FEW else f"{value:.1f}"


def questions(seen: QualitySeen) -> tuple[Question, ...]:
    """The five ways to be unprotected, each with what to do about it."""
    return (
        _question(
            "unchecked",
            "They send a kind at which no active rule looks",
            "Set thresholds for the kind, enrol them on the pathway that checks it, or tell them that nobody looks at it.",
            seen.unchecked,
        ),
        _question(
            "never-sent",
            "A kind is expected of them, and has not come in 28 days or since they were enrolled",
            "Ask what gets in the way: the device, the app, the illness. Take them off the pathway if it is not for them.",
            seen.never_sent,
        ),
        _question(
            "paused",
            "Their missing readings have raised nothing for more than 28 days",
            "Ask whether they are back, and let the pause end.",
            seen.long_paused,
        ),
        _question(
            "past-review",
            "Their own thresholds or traits should have been looked at again",
            "Look at them on the patient's record, and set a new day or give them back to the pathway.",
            seen.past_review,
        ),
        Question(
            id="teams",
            title="Alerts go to a team where nobody can act on them",
            count=words.count(len(seen.alone), "team"),
            fine=not seen.alone,
            act="Add a clinician to the team, or move its patients to another one.",
            people=tuple(
                Person(
                    team.name,
                    "",
                    "",
                    f"{words.count(team.alerts, 'open alert')}, {words.count(team.patients, 'patient')}",
                )
                for team in seen.alone
            ),
            more="",
        ),
    )


def _question(id_: str, title: str, act: str, found: FoundSeen) -> Question:
    left = found.count - len(found.people)
    return Question(
        id=id_,
        title=title,
        count=words.count(found.count, "patient"),
        fine=not found.count,
        act=act,
        people=tuple(map(_person, found.people)),
        more=f"And {left:,} more: choose a team to see fewer at once." if left else "",
    )


def _person(one: PersonSeen) -> Person:
    said = [", ".join(one.about)] if one.about else []
    if one.due is not None:
        said.append(f"due {words.full_date(one.due)}")
    if one.since is not None and one.until is not None:
        since, until = (words.full_date(words.local(at).date()) for at in (one.since, one.until))
        said.append(f"since {since}, until {until}" + (f": {one.reason}" if one.reason else ""))
    return Person(one.name, f"/patients/{one.id}", words.nhs_number(one.nhs_number), "; ".join(said))
