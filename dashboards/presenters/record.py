"""One patient's record: the head, a figure for each kind, the alerts, readings that wait for a decision."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboards import charts
from dashboards.presenters import checked as checking
from dashboards.presenters import words
from dashboards.presenters.alert import AlertWords
from dashboards.presenters.checked import CheckedSeen, CheckedTable
from dashboards.presenters.figures import Figure, figures, rests_on_by_kind
from dashboards.presenters.people import PatientWords
from dashboards.presenters.views import Choice, Frame, HeldSeen, RecordSeen

WINDOWS = (7, 30, 90)


@dataclass(frozen=True)
class WindowLink:
    """A link to the same record over another stretch of time."""

    label: str
    href: str
    current: bool


@dataclass(frozen=True)
class HeldWords:
    """A reading that waits, and where its decision is sent."""

    id: str
    title: str
    at: Markup
    value: str
    reason: str
    kept: str
    provenance: str
    action: str


@dataclass(frozen=True)
class RecordPage:
    """One patient's record."""

    patient: PatientWords
    days: int
    windows: tuple[WindowLink, ...]
    figures: tuple[Figure, ...]
    open_alerts: tuple[AlertWords, ...]
    resolved_alerts: tuple[AlertWords, ...]
    held: tuple[HeldWords, ...]
    may_decide: bool
    outcomes: tuple[Choice, ...]
    paused: str
    checked: CheckedTable


def present(seen: RecordSeen, frame: Frame, checked: Sequence[CheckedSeen] = ()) -> RecordPage:
    """The record for this viewer now."""
    patient = PatientWords.of(seen.patient, frame.at)
    shown = [AlertWords.of(alert, frame) for alert in seen.alerts]
    rests_on = rests_on_by_kind(alert for alert in seen.alerts if alert.state != "resolved")
    return RecordPage(
        patient=patient,
        days=seen.days,
        windows=window_links(patient.href, seen.days),
        figures=tuple(figures(seen.series, charts.Window.last(seen.days, frame.at), rests_on)),
        open_alerts=tuple(alert for alert in shown if alert.state != "Resolved"),
        resolved_alerts=tuple(alert for alert in shown if alert.state == "Resolved"),
        held=tuple(held(one, patient.href) for one in seen.held),
        may_decide=frame.viewer is not None and "readings.decide" in frame.viewer.may,
        outcomes=seen.outcomes,
        paused=paused(seen),
        checked=checking.present(checked, frame.at),
    )


def window_links(href: str, days: int) -> tuple[WindowLink, ...]:
    """7, 30 and 90 days, with the one shown marked."""
    return tuple(WindowLink(f"{one} days", f"{href}?days={one}", one == days) for one in WINDOWS)


def held(one: HeldSeen, href: str) -> HeldWords:
    """A held reading in words."""
    return HeldWords(
        id=one.id,
        title=one.kind.title,
        at=words.stamp(one.at, words.moment(one.at)),
        value=one.value,
        reason=one.reason,
        kept=one.kept,
        provenance=words.PROVENANCE_NAMES[one.provenance],
        action=f"{href}/held/{one.id}",
    )


def paused(seen: RecordSeen) -> str:
    """Missing readings raise no alert until Mon 30 Nov 2026 (in hospital)."""
    if seen.paused_until is None:
        return ""
    why = f" ({seen.pause_reason})" if seen.pause_reason else ""
    return f"Missing readings raise no alert until {words.full_date(seen.paused_until)}{why}."
