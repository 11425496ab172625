"""The coordinator's trends, as a page and as a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from alerts import threshold_history
from alerts import trends as cohorts
from alerts.trends import Cohort
from dashboards.presenters import trends
from dashboards.presenters.views import Series, TrendsSeen
from dashboards.routes.frames import number, packs, shown, staff_frame
from dashboards.seen.cohort import COLUMNS, adherence_seen, drift_seen, lines, silent_seen
from dashboards.seen.kinds import kind_of
from dashboards.seen.people import pathway_choices, patient_seen, team_choices
from dashboards.seen.series import spark
from dashboards.spreadsheet import csv_of
from foundation.clock import now
from foundation.database import transaction
from ingest import recent, uploads
from ingest.times import local_day
from people import audit, patients, rights
from people.signed_in import SignedInStaff
from people.viewer import Viewer

router = APIRouter()

ON_PAGE = 30  # patients in each list
IN_FILE = 2_000


@router.get("/trends")
def trends_page(request: Request, viewer: SignedInStaff, team: str = "", pathway: str = "") -> HTMLResponse:
    """Who drifts, who stopped sending, and how much of what is due comes."""
    rights.require(viewer, "trends.see")
    at = now()
    with transaction(viewer) as session:
        frame, teams = staff_frame(request, session, viewer, at)
        seen = _seen(session, viewer, (team, pathway), teams, at, ON_PAGE, with_sparks=True)
    return shown("trends.html", frame, trends.present(seen, frame))


@router.get("/trends.csv")
def trends_file(viewer: SignedInStaff, team: str = "", pathway: str = "") -> Response:
    """The same, longer, for a spreadsheet."""
    rights.require(viewer, "trends.see")
    at = now()
    with transaction(viewer) as session:
        teams = patients.teams(session, viewer.teams)
        seen = _seen(session, viewer, (team, pathway), teams, at, IN_FILE, with_sparks=False)
    name = f"trends-{local_day(at).isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(csv_of(COLUMNS, lines(seen)), media_type="text/csv", headers=headers)


def _seen(
    session: Session,
    viewer: Viewer,
    asked: tuple[str, str],
    teams: Sequence[tuple[int, str]],
    at: datetime,
    most: int,
    *,
    with_sparks: bool,
) -> TrendsSeen:
    cohort = Cohort(local_day(at), number(asked[0]), asked[1] or None)
    drifting = cohorts.drifting(session, cohort, most)
    silent = cohorts.silent(session, cohort, packs(), most)
    adherence = cohorts.adherence(session, cohort, packs())
    ids = sorted({row.patient_id for row in drifting} | {one.patient_id for one in silent})
    on = patients.pathways_on(session, ids, cohort.today)
    people = {
        number: patient_seen(row, on.get(number, ()), packs())
        for number, row in patients.some(session, ids).items()
    }
    quiet = [one.patient_id for one in silent]
    last, alerts = uploads.last_stored(session, quiet), cohorts.overdue_alerts(session, quiet, packs())
    audit.record(session, "trends.seen", by=viewer, at=at, detail={"patients": ids})
    return TrendsSeen(
        team=asked[0],
        pathway=asked[1],
        teams=team_choices(teams),
        pathways=pathway_choices(packs()),
        drifting=drift_seen(drifting, people, _sparks(session, drifting, at) if with_sparks else {}),
        silent=silent_seen(silent, people, last, alerts),
        **adherence_seen(adherence, teams, packs()),
    )


def _sparks(session: Session, rows: Sequence[Any], at: datetime) -> dict[tuple[int, int], Series]:
    ids, kinds = {row.patient_id for row in rows}, {row.kind for row in rows}
    found = recent.of_many(session, ids, kinds, at - timedelta(days=trends.SPARK_DAYS))
    bounds = threshold_history.in_force(session, ids, kinds)
    return {key: spark(kind_of(key[1]), readings, bounds.get(key)) for key, readings in found.items()}
