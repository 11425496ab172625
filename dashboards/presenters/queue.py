"""The alert queue: a card for each patient, the worst first, then the one who has waited longest."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from markupsafe import Markup

from dashboards.presenters import words
from dashboards.presenters.alert import AlertWords
from dashboards.presenters.people import PatientWords
from dashboards.presenters.views import (
    SEVERITIES,
    AlertSeen,
    Checking,
    Choice,
    Frame,
    QueueFilters,
    QueueSeen,
    Severity,
)

STATES = (
    Choice("", "All not resolved"),
    Choice("raised", "New"),
    Choice("acknowledged", "Acknowledged"),
    Choice("claimed", "Claimed"),
    Choice("resolved", "Resolved"),
)


@dataclass(frozen=True)
class PatientCard:
    """A patient with their alerts, the worst first."""

    id: int
    patient: PatientWords
    severity: Severity
    word: str
    waiting: Markup  # how long the oldest has waited
    alerts: tuple[AlertWords, ...]
    lesser: tuple[AlertWords, ...]  # folded away: a red one tells of the same kind already
    lesser_words: str


@dataclass(frozen=True)
class SeverityCount:
    """How many unresolved alerts of one severity, with the link that shows only them."""

    severity: Severity
    word: str
    meaning: str
    count: int
    href: str
    current: bool


@dataclass(frozen=True)
class CheckedLine:
    """Whether the readings are being checked, in words. `stopped`: the red banner; else the quiet line."""

    stopped: str
    line: str
    at: Markup
    problems: tuple[str, ...]
    errors: bool


@dataclass(frozen=True)
class QueuePage:
    """The queue and what stands above it."""

    cards: tuple[PatientCard, ...]
    counts: tuple[SeverityCount, ...]
    checked: CheckedLine
    as_at: Markup
    alert_ids: str  # of all alerts shown, for the page to say which are new
    filters: QueueFilters
    filtered: bool
    teams: tuple[Choice, ...]
    severities: tuple[Choice, ...]
    states: tuple[Choice, ...]
    outcomes: tuple[Choice, ...]
    rows_href: str
    empty: str
    more: str


def present(seen: QueueSeen, frame: Frame) -> QueuePage:
    """The queue for this viewer now."""
    asked = seen.filters
    cards = tuple(grouped(seen.alerts, frame))
    checked = checked_line(frame.checking, frame.at)
    filtered = bool(asked.team or asked.severity or asked.state or asked.mine)
    return QueuePage(
        cards=cards,
        counts=tuple(severity_count(one, seen) for one in SEVERITIES),
        checked=checked,
        as_at=words.stamp(frame.at, words.clock_seconds(frame.at)),
        alert_ids=" ".join(alert.id for card in cards for alert in (*card.alerts, *card.lesser)),
        filters=asked,
        filtered=filtered,
        teams=(Choice("", "All my teams"), *seen.teams),
        severities=(Choice("", "All"), *(Choice(s, words.SEVERITY_NAMES[s]) for s in SEVERITIES)),
        states=STATES,
        outcomes=seen.outcomes,
        rows_href=address("/queue/rows", asked),
        empty=empty(filtered=filtered, checked=checked),
        more=f"{words.count(seen.more, 'more alert')} not shown. Use the filters to see them."
        if seen.more
        else "",
    )


def grouped(alerts: Iterable[AlertSeen], frame: Frame) -> list[PatientCard]:
    """Alerts by patient; cards and the alerts within them worst first, then oldest."""
    by_patient: dict[int, list[AlertSeen]] = {}
    for alert in sorted(alerts, key=worst_then_oldest):
        by_patient.setdefault(alert.patient.id, []).append(alert)
    return [card(found, frame) for found in by_patient.values()]


def worst_then_oldest(alert: AlertSeen) -> tuple[int, datetime, str]:
    """The order of the queue."""
    return SEVERITIES.index(alert.severity), alert.raised_at, alert.id


def card(found: list[AlertSeen], frame: Frame) -> PatientCard:
    """One patient's card from their alerts, already in order."""
    oldest = min(alert.raised_at for alert in found)
    red = {alert.kind for alert in found if alert.severity == "red" and alert.state != "resolved"} - {None}
    lesser = [alert for alert in found if alert.severity != "red" and alert.kind in red]
    return PatientCard(
        id=found[0].patient.id,
        patient=PatientWords.of(found[0].patient, frame.at),
        severity=found[0].severity,
        word=words.SEVERITY_NAMES[found[0].severity],
        waiting=words.stamp(oldest, words.since(oldest, frame.at)),
        alerts=tuple(AlertWords.of(alert, frame) for alert in found if alert not in lesser),
        lesser=tuple(AlertWords.of(alert, frame) for alert in lesser),
        lesser_words=f"{words.count(len(lesser), 'lesser alert')} about what is red above" if lesser else "",
    )


def severity_count(severity: Severity, seen: QueueSeen) -> SeverityCount:
    """One of the figures above the queue."""
    asked = seen.filters
    current = asked.severity == severity
    wanted = QueueFilters(asked.team, "" if current else severity, asked.state, asked.mine)
    return SeverityCount(
        severity=severity,
        word=words.SEVERITY_NAMES[severity],
        meaning=words.SEVERITY_MEANINGS[severity],
        count=seen.counts.get(severity, 0),
        href=address("/queue", wanted),
        current=current,
    )


def address(path: str, asked: QueueFilters) -> str:
    """The queue's address with its filters; none of them says who a patient is."""
    pairs = {"team": asked.team, "severity": asked.severity, "state": asked.state, "mine": asked.mine and "1"}
    query = urlencode({name: value for name, value in pairs.items() if value})
    return f"{path}?{query}" if query else path


def checked_line(checking: Checking | None, now: datetime) -> CheckedLine:
    """Last complete check 08:02, 412 of 412 patients, 0 errors; or since when nothing has been checked."""
    if checking is None or (checking.last_complete_at is None and checking.stopped_since is None):
        return CheckedLine("Alerts have not been checked yet", "", Markup("never"), (), errors=False)
    last = checking.last_complete_at
    line = (
        f"{checking.patients_checked:,} of {words.count(checking.patients_due, 'patient')}, "
        f"{words.count(checking.errors, 'error')}"
    )
    at = words.stamp(last, short(last, now)) if last else Markup("never")
    stopped = ""
    if checking.stopped_since:
        stopped = f"Alerts have not been checked since {short(checking.stopped_since, now)}"
    return CheckedLine(stopped, line, at, checking.problems, errors=checking.errors > 0)


def short(at: datetime, now: datetime) -> str:
    """08:02 for today, with the day for any other."""
    return words.near(at, now).removeprefix("today ")


def empty(*, filtered: bool, checked: CheckedLine) -> str:
    """What an empty queue means. That nothing was checked never reads like nothing to do."""
    if checked.stopped:
        return "No alerts are shown, but readings are not being checked. Do not take this as all clear."
    if filtered:
        return "No alerts match these filters."
    return "No alerts are waiting."
