"""The list of patients, and finding one. What is searched for is sent in a form: names stay out of addresses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from alerts import cards, pauses
from dashboards.presenters import patients as pages
from dashboards.presenters import words
from dashboards.presenters.views import PatientRow, PatientsSeen
from dashboards.routes.frames import number, packs, shown, staff_frame
from dashboards.seen.alerts import severity_of
from dashboards.seen.people import pathway_choices, patient_seen, team_choices
from foundation.clock import now
from foundation.database import transaction
from ingest import uploads
from ingest.times import local_day
from people import audit, patients, rights
from people.signed_in import SignedInStaff
from people.viewer import Viewer

router = APIRouter(prefix="/patients")

MOST = 100  # rows of the list
Filter = Annotated[str, Form()]


@router.get("")
def patients_page(request: Request, viewer: SignedInStaff, team: str = "", pathway: str = "") -> HTMLResponse:
    """Everyone the viewer cares for, by name."""
    return _list(request, viewer, "", team, pathway)


@router.post("")
def find_patients(
    request: Request, viewer: SignedInStaff, q: Filter = "", team: Filter = "", pathway: Filter = ""
) -> HTMLResponse:
    """Those whose name or NHS number matches."""
    return _list(request, viewer, q, team, pathway)


def _list(request: Request, viewer: Viewer, q: str, team: str, pathway: str) -> HTMLResponse:
    rights.require(viewer, "patients.see")
    at = now()
    with transaction(viewer) as session:
        frame, teams = staff_frame(request, session, viewer, at)
        rows, matching = patients.listed(
            session, words=q[:100], team=number(team), pathway=pathway, day=local_day(at), most=MOST
        )
        seen = PatientsSeen(
            rows=_rows(session, rows, at),
            teams=team_choices(teams),
            pathways=pathway_choices(packs()),
            q=q,
            team=team,
            pathway=pathway,
            more=matching - len(rows),
        )
        looked_at = sorted(row.id for row in rows)
        audit.record(session, "patients.seen", by=viewer, at=at, detail={"patients": looked_at})
    return shown("patients.html", frame, pages.present(seen, frame))


def _rows(session: Session, rows: Sequence[Any], at: datetime) -> tuple[PatientRow, ...]:
    ids = [row.id for row in rows]
    on = patients.pathways_on(session, ids, local_day(at))
    last = uploads.last_stored(session, ids)
    open_alerts = cards.open_by_severity(session, ids)
    paused = pauses.in_force(session, ids, at)
    return tuple(
        PatientRow(
            patient=patient_seen(row, on.get(row.id, ()), packs()),
            last_reading_at=last.get(row.id),
            open_alerts={severity_of(level): count for level, count in open_alerts.get(row.id, {}).items()},
            paused_until=words.local(paused[row.id].ends_at).date() if row.id in paused else None,
        )
        for row in rows
    )
