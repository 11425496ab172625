"""What people decide about rules: try one in shadow, propose it, approve it, retire it.

Each verb takes `by`, adds one step to the rule's life, leaves its audit row, and wins or says who did: the step is the
next one after what the person was shown, and only one can be.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import text

from alerts import rule_lives
from alerts.rule_lives import ACTIVE, DRAFT, RETIRED, SHADOW
from alerts.rules.recorded import CannotRunError
from foundation.errors import Refused
from ingest.catalogue import KINDS
from people import audit, rights

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from alerts.rule_lives import Rule, Version
    from people.viewer import Viewer

LONGEST_REASON = 2_000  # characters

# How far back patients are judged again when what runs has changed: a reading of this morning that the new version calls
# red must not wait for the next one. An episode under way is judged from its start, whenever that was.
LOOK_BACK = timedelta(days=1)

STEP = text("""INSERT INTO rule_life (rule, step, version, what, life, at, set_by, reason, proposal, proposed_by)
    VALUES (:rule, :step, :version, :what, :life, :at, :by, :reason, :proposal, :proposed_by)
    ON CONFLICT (rule, step) DO NOTHING RETURNING step""")
WHO = text("""SELECT s.name, l.what, l.version FROM rule_life l LEFT JOIN staff s ON s.id = l.set_by
    WHERE l.rule = :rule AND l.step = :step""")
AGAIN = text("SELECT judge_again(:pathway, CAST(:kinds AS smallint[]), :since, :at)")
WAKE = text("SELECT pg_notify('arrival', '')")

DID = {
    "entered": "A new version came with the packs",
    "proposed": "{name} proposed version {version}",
    "shadowed": "{name} put version {version} in shadow",
    "approved": "{name} approved version {version}",
    "replaced": "{name} replaced version {version}",
    "retired": "{name} retired version {version}",
}


class Asked(NamedTuple):
    """Who decides, why, when, and after which step of the rule."""

    reason: str
    by: Viewer
    at: datetime
    seen: int | None  # none told: after the last one there is


def shadow(
    session: Session,
    rule_id: str,
    version: int,
    reason: str,
    *,
    by: Viewer,
    at: datetime,
    seen: int | None = None,
) -> None:
    """Have a draft run and raise nothing to anybody, or put one that is proposed back to that."""
    rights.require(by, "rules.propose")
    rule, one = _known(session, rule_id, version, seen)
    if one.life not in (DRAFT, SHADOW) or (one.life == SHADOW and one.proposal is None):
        raise _not_now(one, "Only a draft can be put in shadow.")
    _step(session, rule, one, "shadowed", SHADOW, Asked(reason, by, at, seen))
    _judge_again(session, one, at, at)


def propose(
    session: Session,
    rule_id: str,
    version: int,
    reason: str,
    *,
    by: Viewer,
    at: datetime,
    seen: int | None = None,
) -> None:
    """Ask that a version be made active; another person decides. It goes on as it is until then."""
    rights.require(by, "rules.propose")
    rule, one = _known(session, rule_id, version, seen)
    if one.life == ACTIVE:
        raise _not_now(one, "There is nothing to propose.")
    if one.proposal is not None:
        raise _not_now(one, f"{one.proposal.set_by_name} proposed it already.")
    _can_run(one)
    _step(session, rule, one, "proposed", one.life, Asked(reason, by, at, seen))


def approve(
    session: Session,
    rule_id: str,
    version: int,
    reason: str,
    *,
    by: Viewer,
    at: datetime,
    seen: int | None = None,
) -> None:
    """Make a proposed version the one that runs. Whoever proposed it cannot be who approves it.

    What ran before is retired by the same act. The patients concerned are judged again at the next check; open alerts
    stay, and say on their timeline that a newer version judges them.
    """
    rights.require(by, "rules.approve")
    rule, one = _known(session, rule_id, version, seen)
    proposal = one.proposal
    if proposal is None:
        raise _not_now(one, "Nobody has proposed it. Propose it first; then somebody else can approve it.")
    if proposal.set_by == by.id:
        raise Refused(
            "same_person",
            "You proposed this version yourself. Ask another lead to approve it: two people decide.",
            status=409,
        )
    _can_run(one)
    asked = Asked(reason, by, at, seen)
    if rule.active is not None:
        replaced = asked._replace(reason=f"Replaced by version {version}.")
        asked = asked._replace(seen=_step(session, rule, rule.active, "replaced", RETIRED, replaced))
    _step(session, rule, one, "approved", ACTIVE, asked, proposal)
    _judge_again(session, one, at - LOOK_BACK, at)


def retire(
    session: Session,
    rule_id: str,
    version: int,
    reason: str,
    *,
    by: Viewer,
    at: datetime,
    seen: int | None = None,
) -> None:
    """Have a version run no more. Its open alerts stay for people."""
    rights.require(by, "rules.approve")
    rule, one = _known(session, rule_id, version, seen)
    if one.life == RETIRED and one.proposal is None:
        raise _not_now(one, "It does not run.")
    _step(session, rule, one, "retired", RETIRED, Asked(reason, by, at, seen))


def _known(session: Session, rule_id: str, version: int, seen: int | None) -> tuple[Rule, Version]:
    found = rule_lives.every(session, rule_id)
    one = found[0].version(version) if found else None
    if one is None:
        raise rights.not_found()
    if seen is not None and seen < found[0].step:
        raise _lost(session, rule_id, seen + 1)
    if seen is not None and seen > found[0].step:
        raise Refused("step_unknown", "Load the page again, look, and then decide.", status=409)
    return found[0], one


def _can_run(one: Version) -> None:
    """A version that this program cannot run must not be taken on: nothing would check in its place."""
    try:
        _ = one.spec
    except CannotRunError as error:
        raise Refused("cannot_run", str(error), status=409) from error


def _step(
    session: Session, rule: Rule, one: Version, what: str, life: str, asked: Asked, proposal: Any = None
) -> int:
    """Take the step after the last one seen; of any number of people who try, one does."""
    reason = asked.reason.strip()
    if not reason:
        raise Refused("reason_missing", "Say why, in a few words.", field="/reason")
    if len(reason) > LONGEST_REASON:
        raise Refused(
            "reason_too_long", f"A reason has at most {LONGEST_REASON} characters.", field="/reason"
        )
    step = (rule.step if asked.seen is None else asked.seen) + 1
    told = {
        "rule": rule.id, "step": step, "version": one.version, "what": what, "life": life, "at": asked.at, "by": asked.by.id,
        "reason": reason, "proposal": getattr(proposal, "step", None), "proposed_by": getattr(proposal, "set_by", None),
    }  # fmt: skip
    if session.execute(STEP, told).scalar_one_or_none() is None:
        raise _lost(session, rule.id, step)
    detail = {"version": one.version, "before": one.life, "life": life}
    about = f"rule:{rule.id}@{one.version}"
    audit.record(session, f"rule.{what}", by=asked.by, at=asked.at, about=about, detail=detail)
    return step


def _judge_again(session: Session, one: Version, since: datetime, at: datetime) -> None:
    kinds = [KINDS[name].id for name in one.body["kinds"] if name in KINDS]
    told = {"pathway": one.body["pathway"], "kinds": kinds, "since": since, "at": at}
    session.execute(AGAIN, told)
    session.execute(WAKE)


def _not_now(one: Version, sentence: str) -> Refused:
    asked = " and proposed" if one.proposal is not None else ""
    return Refused(
        "not_in_this_life", f"Version {one.version} is {one.life}{asked} now. {sentence}", status=409
    )


def _lost(session: Session, rule: str, step: int) -> Refused:
    row = session.execute(WHO, {"rule": rule, "step": step}).one()
    did = DID[row.what].format(name=row.name, version=row.version)
    return Refused(
        "changed_meanwhile",
        f"{did} while you were looking. Look at how it stands now, and then decide.",
        status=409,
    )
