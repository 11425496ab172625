"""The service page: which rules are in force, what they raised, how soon alerts were answered."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from alerts import figures, rule_lives
from dashboards.presenters import service
from dashboards.routes.frames import packs, shown, staff_frame
from dashboards.seen.rules import responses_seen, rules_seen
from foundation.clock import now
from foundation.database import transaction
from people import audit, rights
from people.signed_in import SignedInStaff

router = APIRouter()


@router.get("/service")
def service_page(request: Request, viewer: SignedInStaff) -> HTMLResponse:
    """Figures about the viewer's teams; nothing about anybody."""
    rights.require(viewer, "service.see")
    at = now()
    with transaction(viewer) as session:
        frame, _ = staff_frame(request, session, viewer, at)
        rules = rules_seen(rule_lives.running(session).active, packs(), figures.by_rule(session, at))
        responses = responses_seen(figures.by_severity(session, at))
        audit.record(session, "service.seen", by=viewer, at=at)
    return shown("service.html", frame, service.present(rules, responses, frame))
