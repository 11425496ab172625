"""A patient's day: what is expected, what came, and that nobody watches it at once."""

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from dashboards.presenters import words
from dashboards.presenters.patient_views import TodayItem, TodaySeen
from dashboards.presenters.views import Frame


@dataclass(frozen=True)
class TodayLine:
    """One thing of today."""

    title: str
    href: str
    done: bool
    tag: str
    colour: str
    detail: Markup


@dataclass(frozen=True)
class TodayPage:
    """The patient's first page."""

    name: str
    date: str
    heading: str
    start_href: str
    due: tuple[TodayLine, ...]
    done: tuple[TodayLine, ...]
    others: tuple[TodayLine, ...]
    team: "TeamWords"
    paused: str


@dataclass(frozen=True)
class TeamWords:
    """Who to call, and when they look."""

    name: str
    phone: str
    phone_href: str
    hours: str


def present(seen: TodaySeen, frame: Frame) -> TodayPage:
    """Today for this patient."""
    due = [item for item in seen.items if item.state in {"due", "late"}]
    return TodayPage(
        name=seen.name,
        date=words.full_date(words.local(frame.at).date()),
        heading=heading(seen, due),
        start_href=f"/today/{due[0].slug}" if due else "",
        due=tuple(line(item, frame.at) for item in due),
        done=tuple(line(item, frame.at) for item in seen.items if item.state == "sent"),
        others=tuple(line(item, frame.at) for item in seen.items if item.state == "optional"),
        team=team(seen),
        paused=f"You are not expected to send readings until {words.full_date(seen.paused_until)}."
        if seen.paused_until
        else "",
    )


def heading(seen: TodaySeen, due: list[TodayItem]) -> str:
    """What today asks for."""
    if due:
        return f"{words.count(len(due), 'thing')} to measure today"
    if any(item.state == "sent" for item in seen.items):
        return "You have sent everything for today"
    return "Nothing to measure today"


def line(item: TodayItem, now: datetime) -> TodayLine:
    """One thing with its state in words."""
    tag, colour = {
        "due": ("To do", "blue"),
        "late": ("Late", "orange"),
        "sent": ("Sent", "green"),
        "optional": ("If you like", "grey"),
    }[item.state]
    detail = Markup("")
    if item.state == "sent" and item.sent_at:
        detail = Markup("{}{} {}").format(
            f"{item.value}, " if item.value else "",
            "sent",
            words.stamp(item.sent_at, words.near(item.sent_at, now)),
        )
    elif item.due_by:
        when = words.stamp(item.due_by, words.near(item.due_by, now).removeprefix("today "))
        detail = Markup("{} {}").format("was due by" if item.state == "late" else "by", when)
    return TodayLine(item.title, f"/today/{item.slug}", item.state == "sent", tag, colour, detail)


def team(seen: TodaySeen) -> TeamWords:
    """The team's name, number and hours."""
    digits = "".join(c for c in seen.team_phone if c.isdigit() or c == "+")
    return TeamWords(seen.team, seen.team_phone, f"tel:{digits}" if digits else "", seen.hours)
