"""The doors for rules: what runs, what waits, and what people decide about it. A route only translates."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from alerts import rule_actions, rule_counts, rule_lives
from alerts.rule_differences import differences
from alerts.rule_lives import Rule, Version
from foundation.clock import now
from foundation.database import transaction
from people import audit, rights
from people.signed_in import SignedInStaff
from people.viewer import Viewer

router = APIRouter(prefix="/api/v1/rules", tags=["rules"])

VERBS = {
    "shadow": rule_actions.shadow,
    "propose": rule_actions.propose,
    "approve": rule_actions.approve,
    "retire": rule_actions.retire,
}


class Decision(BaseModel):
    """What is decided about one version of a rule, and why."""

    version: int
    reason: str = Field(default="", max_length=rule_actions.LONGEST_REASON)
    step: int | None = Field(
        default=None,
        description="As the rule showed it; then it is refused (409) where it has changed since.",
    )


@router.get("")
def list_rules(viewer: SignedInStaff) -> dict[str, Any]:
    """Every rule that is or was on record here, and how it stands."""
    rights.require(viewer, "rules.see")
    at = now()
    with transaction(viewer) as session:
        found, fired = rule_lives.every(session), rule_counts.fired(session, at)
        audit.record(session, "rules.seen", by=viewer, at=at)
    return {"items": [_shown(rule, fired.get(rule.id, 0)) for rule in found], "next": None}


@router.get("/{rule}")
def get_rule(rule: str, viewer: SignedInStaff) -> dict[str, Any]:
    """One rule: its versions word for word, their lives with who and when, and what differs from the active one."""
    rights.require(viewer, "rules.see")
    with transaction(viewer) as session:
        return _whole(session, rule, viewer, now())


@router.post("/{rule}/propose")
def propose_rule(rule: str, decision: Decision, viewer: SignedInStaff) -> dict[str, Any]:
    """Ask that a version be made active; another person decides."""
    return _decided("propose", rule, decision, viewer)


@router.post("/{rule}/approve")
def approve_rule(rule: str, decision: Decision, viewer: SignedInStaff) -> dict[str, Any]:
    """Make a version active that another person proposed."""
    return _decided("approve", rule, decision, viewer)


@router.post("/{rule}/retire")
def retire_rule(rule: str, decision: Decision, viewer: SignedInStaff) -> dict[str, Any]:
    """Have a version run no more; its open alerts stay."""
    return _decided("retire", rule, decision, viewer)


@router.post("/{rule}/shadow")
def shadow_rule(rule: str, decision: Decision, viewer: SignedInStaff) -> dict[str, Any]:
    """Have a draft run and raise nothing to anybody."""
    return _decided("shadow", rule, decision, viewer)


def _decided(verb: str, rule: str, decision: Decision, viewer: Viewer) -> dict[str, Any]:
    at = now()
    with transaction(viewer) as session:
        VERBS[verb](session, rule, decision.version, decision.reason, by=viewer, at=at, seen=decision.step)
        return _whole(session, rule, viewer, at)


# ------------------------------------------------------------------ as the API answers


def _whole(session: Session, rule_id: str, viewer: Viewer, at: datetime) -> dict[str, Any]:
    found = rule_lives.every(session, rule_id)
    if not found:
        raise rights.not_found()
    rule = found[0]
    shadowed = rule_counts.shadowed(session, at, rule_id)
    audit.record(session, "rule.seen", by=viewer, at=at, about=f"rule:{rule_id}")
    fired = rule_counts.fired(session, at).get(rule_id, 0)
    return {
        **_shown(rule, fired),
        "versions": [
            {
                **_version(one),
                "rule": one.body,
                "differs": [] if rule.active is None else _differs(rule.active, one),
                "shadow": vars(shadowed.get((rule_id, one.version), rule_counts.Shadowed())),
                "steps": [
                    {"at": step.at, "what": step.what, "life": step.life, "by": step.set_by_name, "reason": step.reason}
                    for step in one.steps
                ],
            }
            for one in rule.versions
        ],
    }  # fmt: skip


def _shown(rule: Rule, fired: int) -> dict[str, Any]:
    """A rule in a list. fired: alerts that it raised in 90 days among the patients whom the viewer may see."""
    one = rule.shown
    return {
        "id": rule.id,
        "title": one.body["title"],
        "pathway": one.body["pathway"],
        "type": one.body["type"],
        "severity": one.body["severity"],
        **_version(one),
        "waiting": [waits.version for waits in rule.waiting],
        "fired": fired,
        "step": rule.step,
    }


def _version(one: Version) -> dict[str, Any]:
    proposal = one.proposal
    return {
        "version": one.version,
        "life": one.life,
        "since": one.since,
        "proposed_by": None if proposal is None else proposal.set_by_name,
        "proposed_at": None if proposal is None else proposal.at,
    }


def _differs(active: Version, one: Version) -> list[dict[str, Any]]:
    return [found._asdict() for found in differences(active.body, one.body)]
