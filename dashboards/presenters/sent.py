"""What became of the readings just sent, what they mean, and what to do: the most urgent first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dashboards.presenters.patient_views import SentSeen, TodaySeen
from dashboards.presenters.today import TeamWords, team

ORDER = ("red", "again", "refused", "amber", "plain")
Urgency = Literal["red", "again", "refused", "amber", "plain"]


@dataclass(frozen=True)
class SentLine:
    """One reading and its meaning."""

    title: str
    value: str
    urgency: Urgency
    tag: str
    colour: str
    sentence: str
    advice: str
    again_href: str


@dataclass(frozen=True)
class SentPage:
    """What became of them all. `emergency`: the block with 999 and 111 leads the page."""

    heading: str
    emergency: bool
    lines: tuple[SentLine, ...]
    team: TeamWords


def present(sents: Sequence[SentSeen], today: TodaySeen) -> SentPage:
    """The answer to a patient's upload."""
    lines = sorted((line(one) for one in sents), key=lambda one: ORDER.index(one.urgency))
    urgencies = {one.urgency for one in lines}
    return SentPage(heading(urgencies), "red" in urgencies, tuple(lines), team(today))


def heading(urgencies: set[Urgency]) -> str:
    """The one thing to take away."""
    if "red" in urgencies:
        return "Get help now"
    if "again" in urgencies:
        return "Please measure again"
    if urgencies == {"refused"}:
        return "We could not use this"
    return "We have your readings" if urgencies else "Nothing was sent"


def urgency(one: SentSeen) -> Urgency:
    """How soon something must be done about it."""
    if one.meaning == "red":
        return "red"
    if one.verdict == "held":
        return "again"
    if one.verdict == "rejected":
        return "refused"
    return "amber" if one.meaning == "amber" else "plain"


def line(one: SentSeen) -> SentLine:
    """One reading in words."""
    how = urgency(one)
    tag, colour = {
        "red": ("Needs help now", "red"),
        "again": ("Measure again", "orange"),
        "refused": ("Not kept", "grey"),
        "amber": ("Out of your range", "orange"),
        "plain": ("In your range", "green") if one.meaning == "in_range" else ("Kept", "blue"),
    }[how]
    return SentLine(
        title=one.title,
        value=one.value,
        urgency=how,
        tag=tag,
        colour=colour,
        sentence=one.sentence,
        advice=one.advice,
        again_href=f"/today/{one.slug}" if one.slug and how in {"again", "refused"} else "",
    )
