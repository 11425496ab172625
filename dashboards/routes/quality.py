"""What alerts are worth, and who is unprotected: as a page, and the report card as a file."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from alerts import bank_holidays, rule_lives, unprotected
from alerts import quality as worth
from dashboards.presenters import quality
from dashboards.presenters.quality_views import CardSeen, QualitySeen
from dashboards.routes.frames import number, packs, shown, staff_frame
from dashboards.seen.people import team_choices
from dashboards.seen.quality import COLUMNS, cards_seen, found_seen, lines, teams_seen
from dashboards.spreadsheet import csv_of
from foundation.clock import now
from foundation.database import transaction
from ingest.times import local_day
from people import audit, rights
from people.signed_in import SignedInStaff

router = APIRouter()


@router.get("/quality")
def quality_page(request: Request, viewer: SignedInStaff, team: str = "") -> HTMLResponse:
    """Who is unprotected, and the report card of the last 90 days."""
    rights.require(viewer, "quality.see")
    at = now()
    today, wanted = local_day(at), number(team)
    with transaction(viewer) as session:
        frame, teams = staff_frame(request, session, viewer, at)
        own = [one for one, _ in teams if wanted in (None, one)]
        running = rule_lives.running(session)
        found = {
            "unchecked": unprotected.unchecked(session, running.active, wanted, today),
            "past_review": unprotected.past_review(session, own, today),
            "long_paused": unprotected.long_paused(session, wanted, at),
            "never_sent": unprotected.never_sent(session, packs(), wanted, today),
        }
        seen = QualitySeen(
            team=team,
            teams=team_choices(teams),
            cards=_cards(session, wanted, at),
            alone=teams_seen(unprotected.teams_alone(session)),
            holidays_until=bank_holidays.LAST,
            **{name: found_seen(one) for name, one in found.items()},
        )
        named = sorted({one.patient_id for told in found.values() for one in told.patients})
        audit.record(session, "quality.seen", by=viewer, at=at, detail={"patients": named})
    return shown("quality.html", frame, quality.present(seen, frame))


@router.get("/quality.csv")
def quality_file(viewer: SignedInStaff, team: str = "") -> Response:
    """The report card for a spreadsheet; nothing about anybody."""
    rights.require(viewer, "quality.see")
    at = now()
    with transaction(viewer) as session:
        cards = _cards(session, number(team), at)
        audit.record(session, "quality.seen", by=viewer, at=at)
    name = f"alert-quality-{local_day(at).isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(csv_of(COLUMNS, lines(cards)), media_type="text/csv", headers=headers)


def _cards(session: Session, team: int | None, at: datetime) -> tuple[CardSeen, ...]:
    return cards_seen(rule_lives.every(session), worth.report(session, team, at), packs())
