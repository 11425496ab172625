"""A patient's own readings over time."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from dashboards.presenters import my_readings
from dashboards.routes.frames import patient_frame, shown
from dashboards.routes.record import charted, window
from foundation.clock import now
from foundation.database import transaction
from people import audit, rights
from people.signed_in import SignedInPatient

router = APIRouter()


@router.get("/my-readings")
def my_readings_page(request: Request, viewer: SignedInPatient, days: int = 30) -> HTMLResponse:
    """What a patient sent, and the range agreed for them."""
    rights.require(viewer, "own.see")
    at = now()
    frame = patient_frame(request, viewer, at)
    with transaction(viewer) as session:
        series = charted(session, viewer.id, window(days), at, to_patient=True)
        audit.record(session, "own_readings.seen", by=viewer, at=at, patient_id=viewer.id)
    return shown("my_readings.html", frame, my_readings.present(series, window(days), frame))
