"""One patient's record, and the decisions on values that wait there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.orm import Session

from alerts import cards, checked, pauses, threshold_history
from dashboards.presenters import record, words
from dashboards.presenters.views import AlertSeen, PatientSeen, RecordSeen, Series
from dashboards.routes.frames import act, packs, rule_titles, shown, staff_frame
from dashboards.seen import held, series
from dashboards.seen.alerts import alert_seen, evidence_seen, pinned, timeline_seen
from dashboards.seen.checked import checked_seen
from dashboards.seen.people import OUTCOME_CHOICES, patient_seen
from foundation.clock import now
from foundation.database import transaction
from ingest import decisions, means, readings, recent
from ingest.catalogue import KINDS
from ingest.times import local_day
from ingest.waiting import waiting
from people import audit, patients, rights
from people.signed_in import SignedInStaff

router = APIRouter(prefix="/patients/{patient_id}")

USUAL_DAYS = 30


def window(days: int) -> int:
    """One of the stretches that pages offer; anything else is the middle one."""
    return days if days in record.WINDOWS else record.WINDOWS[1]


def charted(
    session: Session,
    patient_id: int,
    days: int,
    at: datetime,
    *,
    held_rows: Sequence[Any] = (),
    to_patient: bool = False,
) -> tuple[Series, ...]:
    """A patient's readings over the last days, with the thresholds of the time and the mean of the days before."""
    since = at - timedelta(days=days)
    rows = readings.series(session, patient_id, list(KINDS), since, at + timedelta(minutes=5))
    before = means.of_days(
        session, patient_id, local_day(since) - timedelta(days=USUAL_DAYS), local_day(since)
    )
    bounds = series.bounds(threshold_history.steps(session, patient_id), packs())
    own = [row for row in held_rows if since <= row.measured_at]
    return series.series(series.points(rows, own), bounds, before, to_patient=to_patient)


@router.get("")
def record_page(patient_id: int, request: Request, viewer: SignedInStaff, days: int = 30) -> HTMLResponse:
    """What a patient sent, against their thresholds; their alerts; what waits for a decision."""
    rights.require(viewer, "readings.see")
    at = now()
    with transaction(viewer) as session:
        frame, _ = staff_frame(request, session, viewer, at)
        row = patients.one(session, patient_id)
        on = patients.pathways_on(session, [patient_id], local_day(at)).get(patient_id, ())
        patient = patient_seen(row, on, packs())
        held_rows = waiting(session, patient_id)
        pause = pauses.in_force(session, [patient_id], at).get(patient_id)
        seen = RecordSeen(
            patient=patient,
            days=window(days),
            series=charted(session, patient_id, window(days), at, held_rows=held_rows),
            alerts=_alerts(session, patient, at),
            held=held.held_seen(held_rows),
            outcomes=OUTCOME_CHOICES,
            paused_until=words.local(pause.ends_at).date() if pause is not None else None,
            pause_reason=pause.reason if pause is not None else "",
        )
        rules = checked_seen(checked.of(session, patient_id, on, at))
        audit.record(session, "record.seen", by=viewer, at=at, patient_id=patient_id)
    return shown("record.html", frame, record.present(seen, frame, rules))


def _alerts(session: Session, patient: PatientSeen, at: datetime) -> tuple[AlertSeen, ...]:
    rows = cards.of_patient(session, patient.id, at)
    times = cards.times_raised(session, [patient.id], at)
    timelines = cards.timelines(session, patient.id, [row.id for row in rows])
    asked = sorted({key for row in rows if row.resolved_at is None for key, _ in pinned(row)})
    stands = recent.at_moments(session, patient.id, asked)
    return tuple(
        alert_seen(
            row,
            patient,
            rule_titles(),
            times=times.get((patient.id, row.rule), 1),
            evidence=evidence_seen(row, stands),
            timeline=timeline_seen(timelines.get(row.id, ())),
        )
        for row in rows
    )


@router.post("/held/{held_id}/accept")
def accept(
    patient_id: int, held_id: str, viewer: SignedInStaff, reason: Annotated[str, Form()] = ""
) -> RedirectResponse:
    """Say that the value is right."""
    upload, item = held.parsed(held_id)

    def verb(session: Session) -> None:
        decisions.accept(session, patient_id, upload, item, reason=reason, by=viewer, at=now())

    return act(viewer, f"/patients/{patient_id}", "The value is kept as a reading.", verb)


@router.post("/held/{held_id}/refuse")
def refuse(
    patient_id: int, held_id: str, viewer: SignedInStaff, reason: Annotated[str, Form()] = ""
) -> RedirectResponse:
    """Say that the value is not right."""
    upload, item = held.parsed(held_id)

    def verb(session: Session) -> None:
        decisions.dismiss(session, patient_id, upload, item, reason=reason, by=viewer, at=now())

    return act(
        viewer, f"/patients/{patient_id}", "The value is set aside; nothing rests on it any more.", verb
    )
