"""The pages by which people sign in and out: which address shows and takes which form."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from dashboards.pages import render
from dashboards.presenters.sign_in import form
from dashboards.presenters.views import Frame
from foundation.clock import now
from foundation.errors import Refused
from foundation.settings import settings
from people import rights, sessions, sign_in, totp
from people.sessions import OpenSession, Stage
from people.signed_in import (
    PATIENT_PAGE,
    STAFF_PAGE,
    cookie_name,
    give_cookie,
    same_site,
    session_of_request,
    take_cookie,
)
from people.viewer import Viewer

router = APIRouter(include_in_schema=False)
from_our_page = [Depends(same_site)]
Text = Annotated[str, Form(max_length=300)]


async def _browsers_session(request: Request) -> OpenSession | None:
    return await session_of_request(request)


Browser = Annotated[OpenSession | None, Depends(_browsers_session)]


@router.get("/")
def home(browser: Browser) -> Response:
    """Where a person begins."""
    if browser is None or browser.stage != "full":
        return _go(STAFF_PAGE)
    return _go(_first_page(browser.viewer))


def _first_page(viewer: Viewer) -> str:
    if viewer.kind == "patient":
        return "/today"
    return "/queue" if rights.may(viewer, "alerts.see") else "/service"


# ---------------------------------------------------------------- staff


@router.get(STAFF_PAGE)
def show_staff() -> Response:
    """Staff begin with their e-mail address and password."""
    return _page("sign_in_staff.html")


@router.post(STAFF_PAGE, dependencies=from_our_page)
def take_staff(request: Request, email: Text = "", password: Text = "") -> Response:
    """The first step of staff."""
    try:
        cookie = sign_in.staff_password(email, password, now())
    except Refused as refused:
        return _page("sign_in_staff.html", values={"email": email}, refused=refused)
    return _go("/sign-in/code", cookie, instead_of=request)


@router.get("/sign-in/code")
def show_code(browser: Browser) -> Response:
    """Staff go on with the code of their authenticator app."""
    if not _at(browser, "password"):
        return _go(STAFF_PAGE)
    return _page("sign_in_code.html", browser)


@router.post("/sign-in/code")
def take_code(request: Request, browser: Browser, code: Text = "") -> Response:
    """The second step of staff."""
    if browser is None or not _at(browser, "password"):
        return _go(STAFF_PAGE)
    try:
        cookie = sign_in.staff_code(request.cookies[cookie_name()], code, now())
    except Refused as refused:
        return _page("sign_in_code.html", browser, refused=refused)
    return _go(_first_page(browser.viewer), cookie)


# ---------------------------------------------------------------- patients


@router.get(PATIENT_PAGE)
def show_patient() -> Response:
    """Patients sign in with NHS number and password."""
    return _page("sign_in_patient_password.html")


@router.post(PATIENT_PAGE, dependencies=from_our_page)
def take_patient(request: Request, nhs_number: Text = "", password: Text = "") -> Response:
    """A patient's later sign-ins."""
    try:
        cookie = sign_in.patient_password(nhs_number, password, now())
    except Refused as refused:
        return _page("sign_in_patient_password.html", values={"nhs_number": nhs_number}, refused=refused)
    return _go("/today", cookie, instead_of=request)


@router.get("/sign-in/patient")
def show_enrolment() -> Response:
    """Patients begin with the code that they have on paper."""
    return _page("sign_in_patient.html")


@dataclass(frozen=True)
class Enrolment:
    """What a patient types from the paper."""

    nhs_number: Text = ""
    born_day: Text = ""
    born_month: Text = ""
    born_year: Text = ""
    code: Text = ""

    @property
    def born(self) -> date:
        """The day as three numbers, refused if there is no such day."""
        try:
            return date(int(self.born_year), int(self.born_month), int(self.born_day))
        except ValueError:
            sentence = "Enter your date of birth as numbers, for example 15 3 1948."
            raise Refused("no_such_day", sentence, field="/born_day") from None


@router.post("/sign-in/patient", dependencies=from_our_page)
def take_enrolment(request: Request, typed: Annotated[Enrolment, Depends()]) -> Response:
    """A patient's first sign-in."""
    try:
        cookie = sign_in.patient_code(typed.nhs_number, typed.born, typed.code, now())
    except Refused as refused:
        return _page("sign_in_patient.html", values=vars(typed), refused=refused)
    return _go("/choose-password", cookie, instead_of=request)


@router.get("/choose-password")
def show_choice(browser: Browser) -> Response:
    """After the code a patient chooses a password."""
    if not _at(browser, "code"):
        return _go(PATIENT_PAGE)
    return _page("choose_password.html", browser)


@router.post("/choose-password")
def take_choice(
    request: Request, browser: Browser, password: Text = "", password_again: Text = ""
) -> Response:
    """The password that a patient chose."""
    if not _at(browser, "code"):
        return _go(PATIENT_PAGE)
    try:
        _same_twice(password, password_again)
        cookie = sign_in.choose_password(request.cookies[cookie_name()], password, now())
    except Refused as refused:
        return _page("choose_password.html", browser, refused=refused)
    return _go("/today", cookie)


def _same_twice(password: str, again: str) -> None:
    if password != again:
        sentence = "The two passwords are not the same. Type them again."
        raise Refused("passwords_differ", sentence, field="/password_again")


# ---------------------------------------------------------------- everybody


@router.post("/sign-out")
def sign_out(request: Request, browser: Browser) -> Response:
    """End this session. What a phone has yet to send stays on the phone."""
    away = _go(PATIENT_PAGE if browser and browser.viewer.kind == "patient" else STAFF_PAGE)
    if browser:
        sessions.sign_out(request.cookies[cookie_name()], now())
    take_cookie(away)
    away.headers["Clear-Site-Data"] = '"cache"'
    return away


def _at(browser: OpenSession | None, stage: Stage) -> bool:
    return browser is not None and browser.stage == stage


def _go(where: str, cookie: str | None = None, *, instead_of: Request | None = None) -> Response:
    """On to another page; with a new session, which ends the one that this browser had."""
    answer = RedirectResponse(where, 303, headers={"Cache-Control": "no-store"})
    if cookie:
        give_cookie(answer, cookie)
    if instead_of and (old := instead_of.cookies.get(cookie_name())):
        sessions.sign_out(old, now())
    return answer


def _page(
    template: str,
    browser: OpenSession | None = None,
    *,
    values: dict[str, str] | None = None,
    refused: Refused | None = None,
) -> Response:
    """A form, empty or with what is wrong. In the demo it says who can sign in."""
    at = now()
    frame = Frame(at, csrf=browser.csrf if browser else "", demo=settings().demo)
    errors = {} if refused is None else {_field(refused): refused.sentence}
    status = 200 if refused is None else refused.status
    return render(template, status=status, frame=frame, page=form(values, errors), accounts=demo_accounts(at))


def _field(refused: Refused) -> str:
    """Which field of the form a mistake is about; "" for the form as a whole."""
    if refused.code == "nhs_number_invalid":
        return "nhs_number"
    return (refused.field or "").removeprefix("/")


def demo_accounts(at: datetime) -> list[dict[str, str]]:
    """Who can sign in to the demo, with passwords and present codes: `who`, `name`, `password` and `code`.

    The demo writes them to demo.json in its data folder; anywhere else there are none.
    """
    file = settings().data / "demo.json"
    if not settings().demo or not file.is_file():
        return []
    told = json.loads(file.read_text(encoding="utf-8"))["accounts"]
    return [
        {
            "who": account["who"],
            "name": account.get("email") or account["nhs_number"],
            "password": account["password"],
            "code": totp.code(account["totp_secret"], at) if account.get("totp_secret") else "",
        }
        for account in told
    ]
