"""The alert queue: the page, and the part of it that a live page fetches again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from alerts import cards, threshold_history
from alerts import queue as unresolved
from alerts.moments import BLUE, SEVERITIES
from dashboards.presenters import queue
from dashboards.presenters.alert import SPARK_DAYS
from dashboards.presenters.views import QueueFilters, QueueSeen, Series
from dashboards.routes.frames import number, packs, rule_titles, shown, staff_frame
from dashboards.seen.alerts import alert_seen, severity_of
from dashboards.seen.kinds import kind_of
from dashboards.seen.people import OUTCOME_CHOICES, patient_seen, team_choices
from dashboards.seen.series import spark
from foundation.clock import now
from foundation.database import transaction
from ingest import recent
from ingest.times import local_day
from people import audit, patients, rights
from people.signed_in import SignedInStaff, WatchingStaff
from people.viewer import Viewer

router = APIRouter()

ROWS = "queue_rows.html"


def asked(team: str = "", severity: str = "", state: str = "", mine: str = "") -> QueueFilters:
    """The filters, as the address or a form carries them."""
    return QueueFilters(team, severity, state, bool(mine))


Asked = Annotated[QueueFilters, Depends(asked)]


@router.get("/queue")
def queue_page(request: Request, viewer: SignedInStaff, filters: Asked) -> HTMLResponse:
    """Who needs somebody, worst and oldest first."""
    return _queue("queue.html", request, viewer, filters)


@router.get("/queue/rows")
def queue_rows(request: Request, viewer: WatchingStaff, filters: Asked) -> HTMLResponse:
    """The same without what stands around it. The page itself asks: no session lasts longer by it."""
    return _queue(ROWS, request, viewer, filters)


def _queue(template: str, request: Request, viewer: Viewer, filters: QueueFilters) -> HTMLResponse:
    rights.require(viewer, "alerts.see")
    at = now()
    with transaction(viewer) as session:
        frame, teams = staff_frame(request, session, viewer, at)
        seen = _seen(session, viewer, filters, teams, at)
        looked_at = sorted({alert.patient.id for alert in seen.alerts})
        audit.record(session, "alerts.seen", by=viewer, at=at, detail={"patients": looked_at})
    return shown(template, frame, queue.present(seen, frame), part=template == ROWS)


def _seen(
    session: Session, viewer: Viewer, filters: QueueFilters, teams: Sequence[tuple[int, str]], at: datetime
) -> QueueSeen:
    rows, matching = cards.queue(
        session,
        team=number(filters.team),
        severity=filters.severity,
        state=filters.state,
        claimed_by=viewer.id if filters.mine else None,
        at=at,
    )
    ids = sorted({row.patient_id for row in rows})
    pathways = patients.pathways_on(session, ids, local_day(at))
    times = cards.times_raised(session, ids, at)
    sparks = _sparks(session, rows, ids, at)
    alerts = tuple(
        alert_seen(
            row,
            patient_seen(row, pathways.get(row.patient_id, ()), packs(), patient_id=row.patient_id),
            rule_titles(),
            times=times.get((row.patient_id, row.rule), 1),
            spark=sparks.get((row.patient_id, row.kind)) if row.severity != BLUE else None,
        )
        for row in rows
    )
    counts = {severity_of(SEVERITIES[name]): count for name, count in unresolved.counts(session).items()}
    return QueueSeen(alerts, counts, filters, team_choices(teams), OUTCOME_CHOICES, matching - len(rows))


def _sparks(
    session: Session, rows: Sequence[Any], ids: list[int], at: datetime
) -> dict[tuple[int, int], Series]:
    """The last days of each kind at fault: (patient, kind) → its small chart. Silence has none."""
    kinds = {row.kind for row in rows if row.kind is not None and row.severity != BLUE}
    found = recent.of_many(session, ids, kinds, at - timedelta(days=SPARK_DAYS))
    bounds = threshold_history.in_force(session, ids, kinds)
    return {key: spark(kind_of(key[1]), readings, bounds.get(key)) for key, readings in found.items()}
