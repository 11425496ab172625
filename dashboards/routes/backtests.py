"""The pages of backtests: a rule, or a change of one, tried on what is stored, over the viewer's own patients."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from alerts import backtest_jobs, rule_lives
from alerts.rules import RuleSpec
from alerts.rules.changed import NotUnderstoodError, changed
from alerts.rules.recorded import CannotRunError, spec_of
from dashboards.presenters import backtests
from dashboards.routes.frames import CONFLICT, act, go, packs_and_problems, shown, staff_frame
from dashboards.seen import backtests as told
from dashboards.seen.people import pathway_name
from foundation.clock import now
from foundation.database import transaction
from foundation.errors import Refused
from people import audit, patients, rights
from people.signed_in import SignedInStaff
from people.viewer import Viewer

router = APIRouter(prefix="/backtests")

WRONG = 422
LONGEST = 200  # characters of a box
DAY = "90"


async def typed(request: Request) -> dict[str, str]:
    """The boxes of the form: `rule`, `days`, and `n_…` for each number."""
    form = await request.form()
    return {name: str(value)[:LONGEST] for name, value in form.items() if isinstance(value, str)}


Typed = Annotated[dict[str, str], Depends(typed)]


@router.get("")
def ask_page(request: Request, viewer: SignedInStaff, rule: str = "") -> HTMLResponse:
    """What to try, and what was tried before. rule: `id@version`, or an id for the version that runs."""
    rights.require(viewer, "rules.try")
    with transaction(viewer) as session:
        return _form(request, session, viewer, rule, DAY)


@router.post("")
def ask(request: Request, viewer: SignedInStaff, boxes: Typed) -> Response:
    """Have it tried; on to the page that shows how far it is."""
    rights.require(viewer, "rules.try")
    at = now()
    days = boxes.get("days", DAY)
    days = days if days in backtests.DAYS else DAY
    rule = boxes.get("rule", "")
    numbers = {name.removeprefix("n_"): value for name, value in boxes.items() if name.startswith("n_")}
    try:
        with transaction(viewer) as session:
            spec = changed(_known(session)[rule], numbers)
            id_ = backtest_jobs.ask(session, spec, at - timedelta(days=int(days)), at, by=viewer, at=at)
    except (NotUnderstoodError, KeyError) as error:
        wrong = (error.name, str(error)) if isinstance(error, NotUnderstoodError) else None
        with transaction(viewer) as session:
            return _form(request, session, viewer, rule, days, numbers, wrong, status=WRONG)
    except Refused as refused:
        if refused.status not in {CONFLICT, WRONG}:
            raise
        return go("/backtests", problem=refused.sentence)
    return go(f"/backtests/{id_}")


@router.get("/{backtest_id}")
def backtest_page(backtest_id: UUID, request: Request, viewer: SignedInStaff) -> HTMLResponse:
    """How far one is, and then what it found. Of somebody else's there is none."""
    rights.require(viewer, "rules.try")
    at = now()
    with transaction(viewer) as session:
        row = backtest_jobs.one(session, backtest_id)
        frame, _ = staff_frame(request, session, viewer, at)
        named = [] if row.result is None else [one["patient"] for one in row.result["figures"]["named"]]
        seen = told.backtest_seen(row, patients.some(session, named), rule_lives.running(session).active)
        audit.record(session, "backtest.seen", by=viewer, at=at, about=f"backtest:{backtest_id}")
    return shown("backtest.html", frame, backtests.present(seen))


@router.post("/{backtest_id}/cancel")
def cancel(backtest_id: UUID, viewer: SignedInStaff) -> RedirectResponse:
    """Stop one that is not wanted any more."""

    def verb(session: Session) -> None:
        backtest_jobs.call_off(session, backtest_id, by=viewer, at=now())

    return act(viewer, f"/backtests/{backtest_id}", "It is cancelled.", verb)


def _form(
    request: Request,
    session: Session,
    viewer: Viewer,
    rule: str,
    days: str,
    numbers: dict[str, str] | None = None,
    wrong: tuple[str, str] | None = None,
    *,
    status: int = 200,
) -> HTMLResponse:
    at = now()
    frame, _ = staff_frame(request, session, viewer, at)
    known = _known(session)
    if rule not in known:
        rule = next((name for name in known if name.startswith(f"{rule}@")), "") if rule else ""
    spec = known.get(rule)
    packs, _ = packs_and_problems()
    page = backtests.present_form(
        rules=[
            (name, f"{pathway_name(packs, one.pathway)}: {one.title}, version {one.version}")
            for name, one in known.items()
        ],
        chosen=backtests.RuleTried() if spec is None else told.tried(rule, spec),
        numbers=[] if spec is None else told.numbers_seen(spec, numbers, wrong),
        day=days,
        asked=told.asked_seen(backtest_jobs.mine(session)),
        frame=frame,
    )
    audit.record(session, "backtests.seen", by=viewer, at=at)
    return shown("backtests.html", frame, page, status=status)


def _known(session: Session) -> dict[str, RuleSpec]:
    """Every version that may be tried, by `id@version`: of each rule the one that runs first."""
    found = {}
    for rule in rule_lives.every(session):
        for one in sorted(
            rule.versions, key=lambda version: (version.life != rule_lives.ACTIVE, -version.version)
        ):
            try:
                found[f"{rule.id}@{one.version}"] = spec_of(one.body)
            except CannotRunError:
                continue  # the page of the rule says why
    return found
