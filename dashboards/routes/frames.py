"""What every page needs around its own part: the frame, what is said once, the way back."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.orm import Session

from alerts import packs as read_packs
from alerts import watch
from alerts.pathways import PackError, Packs
from dashboards.pages import render
from dashboards.presenters.views import Frame
from dashboards.seen.alerts import checking_seen
from dashboards.seen.people import viewer_seen
from foundation.database import transaction
from foundation.errors import Refused
from foundation.settings import settings
from people import patients
from people.viewer import Viewer

SAID = "said"  # the cookie with what the next page says once; in its address it would stay
SAID_FOR = 60  # seconds
LONGEST_SAID = 1_000  # characters
CONFLICT = 409


def packs() -> Packs:
    """The rule packs of this process."""
    return read_packs.in_force()


def packs_and_problems() -> tuple[Packs, list[str]]:
    """The packs, for the names of pathways; what is on record is shown although they cannot be read."""
    try:
        return read_packs.in_force(), []
    except PackError as error:
        return Packs({}), [f"The packs cannot be read: {error} What is on record goes on."]


@cache
def rule_titles() -> dict[str, str]:
    """What each rule is called, by its id."""
    return {spec.id: spec.title for spec in packs().rules}


def staff_frame(
    request: Request, session: Session, viewer: Viewer, at: datetime
) -> tuple[Frame, list[tuple[int, str]]]:
    """What stands around a page for staff, and the teams of the viewer."""
    teams = patients.teams(session, viewer.teams)
    checking = checking_seen(watch.look(session, at))
    notice, problem = said(request)
    return Frame(
        at, _csrf(request), viewer_seen(viewer, teams), settings().demo, checking, notice, problem
    ), teams


def patient_frame(request: Request, viewer: Viewer, at: datetime) -> Frame:
    """What stands around a patient's page."""
    notice, problem = said(request)
    return Frame(at, _csrf(request), viewer_seen(viewer), settings().demo, None, notice, problem)


def shown(template: str, frame: Frame, page: Any, *, status: int = 200, part: bool = False) -> HTMLResponse:
    """The page. What it said once is forgotten with it; a part of a page says nothing, and forgets nothing."""
    answer = render(template, status=status, frame=frame, page=page)
    if not part and (frame.notice or frame.problem):
        answer.delete_cookie(SAID, path="/", httponly=True, samesite="lax", secure=settings().secure_cookies)
    return answer


def go(to: str, *, notice: str = "", problem: str = "") -> RedirectResponse:
    """On to another page, which says this once."""
    answer = RedirectResponse(to, 303)
    if notice or problem:
        told = base64.urlsafe_b64encode(json.dumps([notice, problem]).encode()).decode()
        secure = settings().secure_cookies
        answer.set_cookie(
            SAID, told, max_age=SAID_FOR, path="/", httponly=True, samesite="lax", secure=secure
        )
    return answer


def said(request: Request) -> tuple[str, str]:
    """The notice and the problem that the page before left for this one."""
    told = request.cookies.get(SAID, "")
    try:
        notice, problem = json.loads(base64.urlsafe_b64decode(told)) if told else ("", "")
    except (ValueError, TypeError, binascii.Error):
        return "", ""
    return str(notice)[:LONGEST_SAID], str(problem)[:LONGEST_SAID]


def act(viewer: Viewer, back: str, notice: str, verb: Callable[[Session], None]) -> RedirectResponse:
    """Do what a form asks in one transaction, and lead back with what came of it.

    Whoever lost a race, or left something out, is told so on the page they came from; what they may not do or
    see is refused as everywhere.
    """
    try:
        with transaction(viewer) as session:
            verb(session)
    except Refused as refused:
        if refused.status not in {CONFLICT, 422}:
            raise
        return go(back, problem=refused.sentence)
    return go(back, notice=notice)


def number(text: str) -> int | None:
    """A number out of a filter; None where nothing, or no number, was asked for."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004 as the database holds


def address(path: str, **query: str) -> str:
    """An address with the filters that are set."""
    asked = urlencode({name: value for name, value in query.items() if value})
    return f"{path}?{asked}" if asked else path


def _csrf(request: Request) -> str:
    return str(getattr(request.state, "csrf", ""))
