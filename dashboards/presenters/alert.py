"""One alert: alone on its page, as a line of the queue, and in a record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup

from dashboards.charts import Window, sparkline
from dashboards.presenters import words
from dashboards.presenters.figures import Figure, rests_on_by_kind, single
from dashboards.presenters.people import PatientWords
from dashboards.presenters.views import AlertSeen, Choice, Frame, Severity, TimelineEntry, ViewerSeen

SPARK_DAYS = 14
NOBODY = "No one yet"
VERBS = {
    "raised": "Raised",
    "worsened": "Got worse",
    "again": "Happened again",
    "acknowledged": "Acknowledged",
    "claimed": "Claimed",
    "taken_over": "Taken over",
    "note": "Note",
    "settled": "Back in range",
    "unsettled": "Out of range again",
    "regraded": "Looked at again after a correction",
    "rule_changed": "Judged by a newer version of the rule",
    "thresholds_changed": "Thresholds changed",
    "resolved": "Resolved",
}


@dataclass(frozen=True)
class EvidenceRow:
    """One reading the alert rests on."""

    at: Markup
    kind: str
    value: str
    provenance: str
    superseded: bool


@dataclass(frozen=True)
class TimelineRow:
    """One thing that happened to the alert."""

    at: Markup
    what: str
    by: str
    note: str


@dataclass(frozen=True)
class Doable:
    """What the viewer may do to the alert as it stands."""

    acknowledge: bool
    claim: bool
    claim_word: str
    note: bool
    resolve: bool

    @property
    def anything(self) -> bool:
        """Whether there is a form to show."""
        return self.acknowledge or self.claim or self.note or self.resolve


@dataclass(frozen=True)
class AlertWords:
    """One alert as a page says it."""

    id: str
    href: str
    changes: int
    severity: Severity
    word: str
    meaning: str
    sentence: str
    rule: str
    raised: Markup  # "raised 12 minutes ago"
    measured: Markup  # when the readings behind it were taken
    owner: str
    state: str
    badges: tuple[str, ...]
    spark: Markup
    doable: Doable
    arithmetic: tuple[str, ...]
    evidence: tuple[EvidenceRow, ...]
    timeline: tuple[TimelineRow, ...]

    @classmethod
    def of(cls, alert: AlertSeen, frame: Frame) -> "AlertWords":
        """How this alert is shown to this viewer now."""
        now = frame.at
        return cls(
            id=alert.id,
            href=f"/alerts/{alert.id}",
            changes=alert.changes,
            severity=alert.severity,
            word=words.SEVERITY_NAMES[alert.severity],
            meaning=words.SEVERITY_MEANINGS[alert.severity],
            sentence=alert.sentence,
            rule=f"{alert.rule_title}, version {alert.version}",
            raised=words.stamp(alert.raised_at, f"raised {words.since(alert.raised_at, now)} ago"),
            measured=measured(alert, now),
            owner=owner(alert, frame.viewer),
            state=words.STATE_NAMES[alert.state],
            badges=tuple(badges(alert, now)),
            spark=spark(alert, now),
            doable=doable(alert, frame.viewer),
            arithmetic=alert.arithmetic,
            evidence=tuple(evidence(alert)),
            timeline=tuple(timeline_row(entry, now) for entry in alert.timeline),
        )


def measured(alert: AlertSeen, now: datetime) -> Markup:
    """Measured today 08:02; or the first and the last of several."""
    last = alert.last_at or alert.raised_at
    said = Markup("measured {}").format(words.stamp(last, words.near(last, now)))
    if alert.missing or alert.severity == "blue":
        said = Markup("expected {}").format(words.stamp(last, words.near(last, now)))
    if alert.first_at and last - alert.first_at > timedelta(hours=1):
        said += Markup(", since {}").format(words.stamp(alert.first_at, words.near(alert.first_at, now)))
    return said


def owner(alert: AlertSeen, viewer: ViewerSeen | None) -> str:
    """Who deals with it, and how far they are."""
    if alert.state == "resolved":
        return f"Resolved by {alert.resolved_by}" if alert.resolved_by else "Resolved"
    if alert.claimed_by:
        mine = viewer is not None and alert.claimed_by_id == viewer.id
        return "Claimed by you" if mine else f"Claimed by {alert.claimed_by}"
    if alert.acknowledged_by:
        return f"Seen by {alert.acknowledged_by}"
    return NOBODY


def badges(alert: AlertSeen, now: datetime) -> list[str]:
    """What else to know before acting."""
    said = []
    if alert.withdrawn:
        said.append("Nothing it rests on stands any more: readings were corrected, or thresholds changed")
    if alert.settled_at:
        said.append(f"Back in range since {words.near(alert.settled_at, now)}")
    if alert.raised_again_at:
        said.append(f"Happened again {words.near(alert.raised_again_at, now)}")
    if alert.late and alert.last_at:
        said.append(f"Late: measured {words.since(alert.last_at, now)} ago")
    if alert.episodes > 1:
        said.append(f"{alert.episodes} times in 90 days")
    return said


def spark(alert: AlertSeen, now: datetime) -> Markup:
    """The last two weeks of what is at fault, or nothing."""
    if alert.spark is None or not alert.spark.points:
        return Markup("")
    return sparkline(alert.spark, Window.last(SPARK_DAYS, now), name=f"spark-{alert.id}")


def doable(alert: AlertSeen, viewer: ViewerSeen | None) -> Doable:
    """What the viewer's rights and the alert's state allow."""
    may = viewer.may if viewer else frozenset()
    unresolved = alert.state != "resolved"
    act = "alerts.act" in may and unresolved
    mine = viewer is not None and alert.claimed_by_id == viewer.id
    return Doable(
        acknowledge=act and not alert.acknowledged_by,
        claim=act and not mine,
        claim_word="Take over" if alert.claimed_by else "Claim",
        note="alerts.note" in may and unresolved,
        resolve=act,
    )


def evidence(alert: AlertSeen) -> list[EvidenceRow]:
    """The readings pinned to the alert, oldest first."""
    return [
        EvidenceRow(
            at=words.stamp(one.at, words.moment(one.at)),
            kind=one.kind.title,
            value=words.reading(one.kind, one.value),
            provenance=words.PROVENANCE_NAMES[one.provenance],
            superseded=one.superseded,
        )
        for one in alert.evidence
    ]


def timeline_row(entry: TimelineEntry, now: datetime) -> TimelineRow:
    """One line of what happened. What no person did, the checks did."""
    return TimelineRow(
        at=words.stamp(entry.at, words.near(entry.at, now)),
        what=VERBS.get(entry.verb, entry.verb.capitalize()),
        by=entry.by or "the checks",
        note=entry.note,
    )


@dataclass(frozen=True)
class AlertPage:
    """One alert alone, with every form."""

    patient: PatientWords
    alert: AlertWords
    outcomes: tuple[Choice, ...]
    figure: Figure | None


def present(alert: AlertSeen, outcomes: Sequence[Choice], frame: Frame) -> AlertPage:
    """The page of one alert, with the chart of what is at fault where there is one."""
    figure = None
    if alert.spark is not None:
        figure = single(alert.spark, Window.last(SPARK_DAYS, frame.at), rests_on_by_kind([alert]))
    patient = PatientWords.of(alert.patient, frame.at)
    return AlertPage(patient, AlertWords.of(alert, frame), tuple(outcomes), figure)
