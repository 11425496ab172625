"""The pages of rules, and what people decide there."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.orm import Session

from alerts import rule_actions, rule_counts, rule_lives
from dashboards.presenters import rules
from dashboards.presenters.rule_views import RulesSeen
from dashboards.routes.frames import act, packs_and_problems, shown, staff_frame
from dashboards.seen import rule_lives as told
from foundation.clock import now
from foundation.database import transaction
from people import audit, rights
from people.signed_in import SignedInStaff
from people.viewer import Viewer

router = APIRouter(prefix="/rules")

Version = Annotated[int, Form()]
Reason = Annotated[str, Form()]
Step = Annotated[int | None, Form()]

VERBS = {
    "shadow": (rule_actions.shadow, "Version {} runs in shadow from the next check on. Nobody is told of what it finds."),
    "propose": (rule_actions.propose, "Version {} is proposed. Another person has to approve it."),
    "approve": (rule_actions.approve, "Version {} is active: it raises alerts from the next check on."),
    "retire": (rule_actions.retire, "Version {} is retired. Alerts that it raised stay until somebody resolves them."),
}  # fmt: skip


@router.get("")
def rules_page(request: Request, viewer: SignedInStaff) -> HTMLResponse:
    """Every rule with its life, and what waits for people."""
    rights.require(viewer, "rules.see")
    at = now()
    packs, problems = packs_and_problems()
    with transaction(viewer) as session:
        frame, _ = staff_frame(request, session, viewer, at)
        found = rule_lives.every(session)
        fired, shadowed = rule_counts.fired(session, at), rule_counts.shadowed(session, at)
        problems += [f"{problem} It does not run." for problem in rule_lives.running(session).broken]
        audit.record(session, "rules.seen", by=viewer, at=at)
    seen = RulesSeen(told.rules_seen(found, fired, shadowed, packs), tuple(problems))
    return shown("rules.html", frame, rules.present_list(seen, frame))


@router.get("/{rule}")
def rule_page(rule: str, request: Request, viewer: SignedInStaff) -> HTMLResponse:
    """One rule: what it says, its life, what waits, and what may be decided."""
    rights.require(viewer, "rules.see")
    at = now()
    packs, _ = packs_and_problems()
    with transaction(viewer) as session:
        frame, _ = staff_frame(request, session, viewer, at)
        found = rule_lives.every(session, rule)
        if not found:
            raise rights.not_found()
        fired = rule_counts.fired(session, at).get(rule, 0)
        seen = told.page_seen(found[0], fired, rule_counts.shadowed(session, at, rule), packs)
        audit.record(session, "rule.seen", by=viewer, at=at, about=f"rule:{rule}")
    return shown("rule.html", frame, rules.present_one(seen, frame))


@router.post("/{rule}/shadow")
def shadow(
    rule: str, viewer: SignedInStaff, version: Version, reason: Reason = "", step: Step = None
) -> RedirectResponse:
    """Try a draft in shadow."""
    return _decided("shadow", rule, viewer, version, reason, step)


@router.post("/{rule}/propose")
def propose(
    rule: str, viewer: SignedInStaff, version: Version, reason: Reason = "", step: Step = None
) -> RedirectResponse:
    """Propose a version."""
    return _decided("propose", rule, viewer, version, reason, step)


@router.post("/{rule}/approve")
def approve(
    rule: str, viewer: SignedInStaff, version: Version, reason: Reason = "", step: Step = None
) -> RedirectResponse:
    """Approve what another person proposed."""
    return _decided("approve", rule, viewer, version, reason, step)


@router.post("/{rule}/retire")
def retire(
    rule: str, viewer: SignedInStaff, version: Version, reason: Reason = "", step: Step = None
) -> RedirectResponse:
    """Retire a version."""
    return _decided("retire", rule, viewer, version, reason, step)


def _decided(
    verb: str, rule: str, viewer: Viewer, version: int, reason: str, step: int | None
) -> RedirectResponse:
    decide, notice = VERBS[verb]

    def done(session: Session) -> None:
        decide(session, rule, version, reason, by=viewer, at=now(), seen=step)

    return act(viewer, f"/rules/{rule}", notice.format(version), done)
