"""One alert alone, and what people do to alerts wherever they stand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.orm import Session

from alerts import actions, cards, threshold_history
from alerts.moments import BLUE
from dashboards.presenters import alert
from dashboards.presenters.views import AlertSeen, Series
from dashboards.routes.frames import act, address, number, packs, rule_titles, shown, staff_frame
from dashboards.seen.alerts import alert_seen, evidence_seen, pinned, timeline_seen
from dashboards.seen.kinds import kind_of
from dashboards.seen.people import OUTCOME_CHOICES, patient_seen
from dashboards.seen.series import spark
from foundation.clock import now
from foundation.database import transaction
from ingest import recent
from ingest.times import local_day
from people import audit, patients, rights
from people.signed_in import SignedInStaff
from people.viewer import Viewer

router = APIRouter(prefix="/alerts")


@router.get("/{alert_id}")
def alert_page(alert_id: UUID, request: Request, viewer: SignedInStaff) -> HTMLResponse:
    """Why it was raised, on what, what happened since, and what to do."""
    rights.require(viewer, "alerts.see")
    at = now()
    with transaction(viewer) as session:
        frame, _ = staff_frame(request, session, viewer, at)
        seen = _seen(session, alert_id, at)
        audit.record(
            session, "alert.seen", by=viewer, at=at, patient_id=seen.patient.id, about=f"alert:{alert_id}"
        )
    return shown("alert.html", frame, alert.present(seen, OUTCOME_CHOICES, frame))


def _seen(session: Session, alert_id: UUID, at: datetime) -> AlertSeen:
    row = cards.one(session, alert_id)
    patient = row.patient_id
    pathways = patients.pathways_on(session, [patient], local_day(at))
    stands = recent.at_moments(session, patient, [key for key, _ in pinned(row)])
    return alert_seen(
        row,
        patient_seen(row, pathways.get(patient, ()), packs(), patient_id=patient),
        rule_titles(),
        times=cards.times_raised(session, [patient], at).get((patient, row.rule), 1),
        spark=_spark(session, patient, row.kind, at)
        if row.kind is not None and row.severity != BLUE
        else None,
        evidence=evidence_seen(row, stands),
        timeline=timeline_seen(cards.timelines(session, patient, [alert_id])[alert_id]),
    )


def _spark(session: Session, patient: int, kind: int, at: datetime) -> Series:
    since = at - timedelta(days=alert.SPARK_DAYS)
    readings = recent.of_many(session, [patient], [kind], since).get((patient, kind), [])
    return spark(
        kind_of(kind), readings, threshold_history.in_force(session, [patient], [kind]).get((patient, kind))
    )


class Sent:
    """What each of an alert's forms carries: what its page showed of the alert, and where it stands."""

    def __init__(
        self,
        changes: Annotated[str, Form()] = "",
        note: Annotated[str, Form()] = "",
        back: Annotated[str, Form()] = "",
        team: Annotated[str, Form()] = "",
        severity: Annotated[str, Form()] = "",
        state: Annotated[str, Form()] = "",
        mine: Annotated[str, Form()] = "",
    ) -> None:
        self.changes = number(changes)  # the alert's count of changes when the page was made
        self.note = note
        self.back = back
        self.queue = address("/queue", team=team, severity=severity, state=state, mine=mine)


SentForm = Annotated[Sent, Depends()]


@router.post("/{alert_id}/acknowledge")
def acknowledge(alert_id: UUID, viewer: SignedInStaff, form: SentForm) -> RedirectResponse:
    """Say that a person has seen it."""

    def verb(session: Session) -> None:
        actions.acknowledge(session, alert_id, note=form.note, seen=form.changes, by=viewer, at=now())

    return act(viewer, _back(viewer, alert_id, form), "You have acknowledged the alert.", verb)


@router.post("/{alert_id}/claim")
def claim(alert_id: UUID, viewer: SignedInStaff, form: SentForm) -> RedirectResponse:
    """Take it on."""

    def verb(session: Session) -> None:
        actions.claim(session, alert_id, seen=form.changes, by=viewer, at=now())

    return act(viewer, _back(viewer, alert_id, form), "You have claimed the alert.", verb)


@router.post("/{alert_id}/note")
def note(alert_id: UUID, viewer: SignedInStaff, form: SentForm) -> RedirectResponse:
    """Write on its timeline."""

    def verb(session: Session) -> None:
        actions.note(session, alert_id, text_=form.note, by=viewer, at=now())

    return act(viewer, _back(viewer, alert_id, form), "Your note is on the alert's timeline.", verb)


@router.post("/{alert_id}/resolve")
def resolve(
    alert_id: UUID, viewer: SignedInStaff, form: SentForm, outcome: Annotated[str, Form()] = ""
) -> RedirectResponse:
    """Close it with what it came to."""

    def verb(session: Session) -> None:
        actions.resolve(
            session, alert_id, outcome=outcome, note=form.note, seen=form.changes, by=viewer, at=now()
        )

    return act(viewer, _back(viewer, alert_id, form), "You have resolved the alert.", verb)


def _back(viewer: Viewer, alert_id: UUID, form: Sent) -> str:
    """The page that the form stands on. Only known words lead anywhere."""
    rights.require(viewer, "alerts.see")
    if form.back == "queue":
        return form.queue
    if form.back == "record":
        with transaction(viewer) as session:
            return f"/patients/{cards.one(session, alert_id).patient_id}"
    return f"/alerts/{alert_id}"
