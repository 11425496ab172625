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
    about: str  # whom: pathway, patients
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
    sentence: str
    questions: tuple[Question, ...]  # where somebody is
    fine: tuple[Question, ...]
    cards: tuple[CardRow, ...]
    quiet: tuple[CardRow, ...]  # that have neither fired nor anything open
    note: str


def present(seen: QualitySeen, frame: Frame) -> QualityPage:
    """Who is unprotected, and the report card, for this viewer now."""
    del frame
    rows = [(one, card(one)) for one in seen.cards]
    asked = questions(seen)
    return QualityPage(
        team=seen.team,
        teams=(Choice("", "All your teams"), *seen.teams),
        csv_href="/quality.csv" + (f"?team={seen.team}" if seen.team else ""),
        sentence=sentence(seen, gaps=any(not one.fine for one in asked)),
        questions=tuple(one for one in asked if not one.fine),
        fine=tuple(one for one in asked if one.fine),
        cards=tuple(row for one, row in rows if one.fired or one.open_now),
        quiet=tuple(row for one, row in rows if not (one.fired or one.open_now)),
        note=f"Bank holidays in England are known up to {words.full_date(seen.holidays_until)}.",
    )


def sentence(seen: QualitySeen, *, gaps: bool) -> str:
    """What whoever reads only one sentence should know."""
    fired, resolved = sum(one.fired for one in seen.cards), sum(one.resolved for one in seen.cards)
    acted_on = sum(one.acted_on for one in seen.cards)
    noise = sum(one.false_alerts + one.no_action for one in seen.cards)
    told = f"In the last 90 days {words.count(fired, 'alert was', 'alerts were')} raised."
    if resolved:
        told += (
            f" Of the {resolved:,} that somebody resolved, {acted_on:,} led to action ({share(acted_on, resolved)}) "
            f"and {noise:,} to nothing."
        )
    if gaps:
        return f"{told} Somebody could go unseen: see below who, and what to do."
    return f"{told} Nobody was found who could go unseen."


def card(one: CardSeen) -> CardRow:
    """One rule's card in words. A dash: nothing to count."""
    return CardRow(
        title=one.title,
        href=f"/rules/{one.rule}",
        life=None if one.life == "active" else LifeTag(LIVES[one.life], COLOURS[one.life], ""),
        fired=f"{one.fired:,}",
        about=", ".join(part for part in (one.pathway, words.count(one.patients, "patient")) if part),
        acted_on=_out_of(one.acted_on, one.resolved),
        noise=_out_of(one.false_alerts + one.no_action, one.resolved),
        unseen=_of(one.unseen, one.fired),
        look=minutes(one.minutes),
        out_of_hours=_of(one.out_of_hours, one.fired),
        per_year=rate(one.per_year),
        open_now=f"{one.open_now:,}",
    )


def _of(part: int, whole: int) -> str:
    return "–" if not whole else f"{part:,}\N{NO-BREAK SPACE}({share(part, whole)})"


def _out_of(part: int, whole: int) -> str:
    """Of those that were resolved, which the row does not show: 14 of 19 (73%)."""
    return (
        "–"
        if not whole
        else f"{part:,}\N{NO-BREAK SPACE}of\N{NO-BREAK SPACE}{whole:,} ({share(part, whole)})"
    )


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
            "They send readings that no active rule looks at",
            "Set thresholds for what they send, enrol them on the pathway that checks it, or tell them that nobody looks at it.",
            seen.unchecked,
        ),
        _question(
            "never-sent",
            "A reading is expected of them, and has not come in 28 days or since they were enrolled",
            "Ask what gets in the way: the device, the app, the illness. Take them off the pathway if it is not for them.",
            seen.never_sent,
        ),
        _question(
            "paused",
            "Alerts for their missing readings have been paused for more than 28 days",
            "Ask whether they are back, and let the pause end.",
            seen.long_paused,
        ),
        _question(
            "past-review",
            "The day to look again at their own thresholds or traits has passed",
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
