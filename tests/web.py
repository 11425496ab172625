"""A browser and a program, as the application sees them."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.testclient import TestClient

from foundation.errors import Refused
from tests.builders import bearer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import APIRouter

    from people.tables import Patient, Staff

PAGE = {"Accept": "text/html"}
OWN_PAGE = PAGE | {"Sec-Fetch-Site": "same-origin"}


def small_app(*routers: APIRouter) -> FastAPI:
    """These routes alone, and refusals as the web process answers them."""
    app = FastAPI()
    for router in routers:
        app.include_router(router)

    @app.exception_handler(Refused)
    def refused(request: Request, error: Refused) -> Response:
        if getattr(error, "go_to", None):
            return RedirectResponse(error.go_to, 303)
        return JSONResponse({"code": error.code}, error.status)

    return app


def browser(app: FastAPI, **cookies: str) -> TestClient:
    """A browser, over HTTPS, that shows where it is sent instead of going there."""
    return TestClient(app, "https://testserver", cookies=cookies, headers=OWN_PAGE, follow_redirects=False)


def program(app: FastAPI) -> TestClient:
    """A program: no cookies, no word of where a request comes from."""
    return TestClient(app, "https://testserver", follow_redirects=False)


@contextmanager
def client(person: Patient | Staff | None = None) -> Iterator[TestClient]:
    """The whole service, asked by a program with this person's token."""
    from service.web import app  # noqa: PLC0415 it loads every room, and most tests need one

    given = bearer(person) if person else {}
    with TestClient(app(), "https://testserver", headers=given, follow_redirects=False) as made:
        yield made


def csrf_of(page: str) -> str:
    """The token in a page's forms."""
    found = re.search(r'name="csrf" value="([^"]*)"', page)
    assert found
    return found[1]
