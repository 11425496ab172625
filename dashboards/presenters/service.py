"""The service page: the rules in force, what they raised, and how soon alerts were answered."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.presenters import words
from dashboards.presenters.queue import CheckedLine, checked_line
from dashboards.presenters.trends import share
from dashboards.presenters.views import Frame, ResponseSeen, RuleSeen, Severity


@dataclass(frozen=True)
class RuleLine:
    """A rule and what it did."""

    title: str
    id: str
    version: int
    pathway: str
    severities: tuple[tuple[Severity, str], ...]
    raised: int
    acted_on: str
    time: str


@dataclass(frozen=True)
class ResponseLine:
    """How alerts of one severity were answered."""

    severity: Severity
    word: str
    raised: int
    acknowledged: int
    median: str
    slowest: str
    within: str


@dataclass(frozen=True)
class ServicePage:
    """The service page."""

    rules: tuple[RuleLine, ...]
    responses: tuple[ResponseLine, ...]
    checked: CheckedLine


def present(rules: Sequence[RuleSeen], responses: Sequence[ResponseSeen], frame: Frame) -> ServicePage:
    """The service page now."""
    return ServicePage(
        rules=tuple(rule(one) for one in rules),
        responses=tuple(response(one) for one in responses),
        checked=checked_line(frame.checking, frame.at),
    )


def rule(one: RuleSeen) -> RuleLine:
    """One rule's row."""
    return RuleLine(
        title=one.title,
        id=one.id,
        version=one.version,
        pathway=one.pathway,
        severities=tuple((s, words.SEVERITY_NAMES[s]) for s in one.severities),
        raised=one.raised,
        acted_on=f"{one.acted_on} of {one.resolved} resolved" if one.resolved else "–",
        time=minutes(one.minutes_to_acknowledge),
    )


def response(one: ResponseSeen) -> ResponseLine:
    """One severity's row."""
    within = "–"
    if one.target_minutes is not None and one.acknowledged:
        part = share(one.within_target, one.acknowledged)
        target = words.how_long(one.target_minutes * 60)
        within = f"{one.within_target} of {one.acknowledged} ({part}) within {target}"
    return ResponseLine(
        severity=one.severity,
        word=words.SEVERITY_NAMES[one.severity],
        raised=one.raised,
        acknowledged=one.acknowledged,
        median=minutes(one.median_minutes),
        slowest=minutes(one.slowest_tenth_minutes),
        within=within,
    )


def minutes(value: float | None) -> str:
    """12 minutes; a dash where there is nothing to count."""
    return "–" if value is None else words.how_long(value * 60)
