"""Who makes a request: FastAPI's dependencies, from a bearer token or from the cookie of a session.

    viewer: SignedIn           anybody who is signed in
    viewer: SignedInStaff      staff; WatchingStaff for a page that asks for news by itself
    viewer: SignedInPatient    a patient

A request with a cookie that changes something must come from our own pages: from the same site, by what the
browser itself says, and with the session's CSRF token in the form's field `csrf` or in the header `X-CSRF`. A
bearer token is sent by no browser on its own, so such requests need neither.

`request.state.viewer` and `request.state.csrf` hold what was found, for the frame of a page.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from foundation.clock import now
from foundation.errors import Refused
from foundation.settings import settings
from people import sessions, tokens
from people.viewer import Viewer

if TYPE_CHECKING:
    from starlette.responses import Response

    from people.sessions import OpenSession

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
PROGRAMS = ("/api/", "/fhir")  # addresses that programs ask; the others are pages
STAFF_PAGE, PATIENT_PAGE = "/sign-in", "/sign-in/patient/password"


class NotSignedIn(Refused):
    """Nobody is signed in (401). A person at a page is sent to `go_to` (303) instead, where that is set."""

    def __init__(self, go_to: str | None = None) -> None:
        super().__init__(
            "not_signed_in", "You are not signed in, or no longer. Sign in and try again.", status=401
        )
        self.go_to = go_to


async def viewer_of_request(request: Request, *, extend: bool = True, sign_in: str = STAFF_PAGE) -> Viewer:
    """Who asks; `NotSignedIn` if that cannot be told.

    `extend`: the person did something, so their session lasts longer. `sign_in`: where a page sends them.
    """
    at = now()
    given = request.headers.get("authorization")
    if given is not None:
        scheme, _, token = given.partition(" ")
        if scheme.lower() != "bearer" or not token.startswith(tokens.PREFIX):
            raise _not_signed_in(request, sign_in)
        viewer = tokens.remembered(token, at) or await run_in_threadpool(tokens.viewer_of, token, at)
        if viewer is None:
            raise _not_signed_in(request, sign_in)
        request.state.viewer, request.state.csrf = viewer, ""
        return viewer
    session = await session_of_request(request, extend=extend)
    if session is None or session.stage != "full":
        raise _not_signed_in(request, sign_in)
    return session.viewer


async def session_of_request(request: Request, *, extend: bool = True) -> OpenSession | None:
    """The session of this browser at any stage, after the check that the request comes from our own page."""
    cookie = request.cookies.get(cookie_name())
    session = await run_in_threadpool(sessions.seen, cookie, now(), extend=extend) if cookie else None
    if session is not None:
        if request.method not in SAFE:
            same_site(request)
            await _carries(request, session.csrf)
        request.state.viewer, request.state.csrf = session.viewer, session.csrf
    return session


def same_site(request: Request) -> None:
    """Refuse a form that another site's page sent (also where nobody is signed in yet)."""
    fetch, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if fetch is not None:
        ours = fetch in {"same-origin", "none"}
    elif origin is not None:  # an older browser
        ours = urlsplit(origin).netloc in {request.headers.get("host"), urlsplit(settings().base_url).netloc}
    else:  # no browser; where there is a session, its token is asked for all the same
        ours = True
    if not ours:
        raise Refused(
            "other_site", "This was sent from another site. Open our own page and do it there.", status=403
        )


async def _carries(request: Request, csrf: str) -> None:
    given: object = request.headers.get("x-csrf")
    if given is None and request.headers.get("content-type", "").startswith(FORMS):
        given = (await request.form()).get("csrf")  # kept by the request, so the route can read it again
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), csrf.encode()):
        await request.close()  # files of the form
        raise Refused(
            "form_too_old", "This page is too old. Load it again and send it once more.", status=403
        )


def _not_signed_in(request: Request, sign_in: str) -> NotSignedIn:
    """Only a page that a person is looking at goes elsewhere: a program, or a part of a page, is told 401."""
    page = "text/html" in request.headers.get("accept", "") and "hx-request" not in request.headers
    return NotSignedIn(sign_in if page and not request.url.path.startswith(PROGRAMS) else None)


async def _anybody(request: Request) -> Viewer:
    return await viewer_of_request(request)


async def _staff(request: Request) -> Viewer:
    return _only("staff", await viewer_of_request(request))


async def _watching_staff(request: Request) -> Viewer:
    return _only("staff", await viewer_of_request(request, extend=False))


async def _patient(request: Request) -> Viewer:
    return _only("patient", await viewer_of_request(request, sign_in=PATIENT_PAGE))


def _only(kind: str, viewer: Viewer) -> Viewer:
    if viewer.kind != kind:
        raise Refused(
            "not_allowed", f"This is for {kind} only. Sign in with another account to use it.", status=403
        )
    return viewer


SignedIn = Annotated[Viewer, Depends(_anybody)]
SignedInStaff = Annotated[Viewer, Depends(_staff)]
WatchingStaff = Annotated[Viewer, Depends(_watching_staff)]
SignedInPatient = Annotated[Viewer, Depends(_patient)]


def cookie_name() -> str:
    """A browser takes `__Host-` only over HTTPS, for this host alone and for all of its pages."""
    return "__Host-session" if settings().secure_cookies else "session"


def give_cookie(response: Response, cookie: str) -> None:
    """Have the browser keep its session; without an end of its own, so it goes when the browser does."""
    secure = settings().secure_cookies
    response.set_cookie(cookie_name(), cookie, httponly=True, samesite="lax", secure=secure, path="/")


def take_cookie(response: Response) -> None:
    """Have the browser forget its session."""
    secure = settings().secure_cookies
    response.delete_cookie(cookie_name(), httponly=True, samesite="lax", secure=secure, path="/")
