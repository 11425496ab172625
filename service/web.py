"""The web process: every room's routes in one application, with what each answer must carry."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import threading
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

import alerts.agreed_routes
import alerts.routes
import alerts.rule_routes
import ingest.routes
from alerts import thresholds, watch
from dashboards import pages
from dashboards.presenters import errors as error_pages
from dashboards.presenters.views import Frame
from dashboards.routes import routers
from foundation.clock import now
from foundation.database import transaction
from foundation.errors import Refused, Unavailable
from foundation.migrations import is_current
from foundation.settings import settings
from ingest.answers import problem
from ingest.writer import Writer
from people.signed_in import NotSignedIn
from people.viewer import DOOR
from service import metrics

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

log = structlog.get_logger()

AWAY = "The database cannot be reached for the moment. Nothing was changed. Try again in a few seconds."
PROGRAMS = ("/api/", "/fhir", "/openapi.json", "/health", "/metrics")
HEADERS = {
    "Content-Security-Policy": pages.CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def _end_with_parent() -> None:
    """A worker whose parent was killed would keep the port from the next `telehealth serve`."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


@contextlib.asynccontextmanager
async def _life(application: FastAPI) -> AsyncIterator[None]:
    threading.Thread(target=_end_with_parent, daemon=True, name="parent").start()
    application.state.writer = Writer(thresholds.CURRENT)
    # What was made while starting stays for good: the collector need not walk it again with every few requests.
    gc.collect()
    gc.freeze()
    async with contextlib.AsyncExitStack() as stack:
        for router in routers:
            start = getattr(router, "life", None)
            if start is not None:
                await stack.enter_async_context(start(application))
        yield
    await application.state.writer.stop()


class Application(FastAPI):
    """FastAPI, with a way past its dozen layers to the door that is used most: they cost more than judging a reading."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        most_used = ingest.routes.MOST_USED
        if (
            scope["type"] == "http"
            and scope["path"] == most_used.path
            and scope["method"] in most_used.methods
        ):
            scope["app"], scope["route"] = self, most_used
            await _MOST_USED(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


async def _most_used(scope: Any, receive: Any, send: Any) -> None:
    """The door's own answer, or what the application's handlers say of an error, as FastAPI would find them."""
    request, failed = Request(scope, receive), None
    try:
        answer = await ingest.routes.send_readings(request)
    except Exception as error:  # noqa: BLE001 there is a handler for every one
        handlers: Any = scope["app"].exception_handlers
        answer = await next(handlers[kind] for kind in type(error).__mro__ if kind in handlers)(
            request, error
        )
        failed = error if answer.status_code == 500 else None  # noqa: PLR2004 HTTP's own number
    await answer(scope, receive, send)
    if failed is not None:
        raise failed


def app() -> FastAPI:
    """The whole application."""
    made = Application(
        title="Telehealth readings and alerts",
        version="1",
        description="Readings in, checked against rules, alerts on a team's queue. Not an emergency service.",
        lifespan=_life,
        docs_url=None,
        redoc_url=None,
        strict_content_type=False,
    )
    made.include_router(ingest.routes.router)
    made.include_router(alerts.routes.router)
    made.include_router(alerts.agreed_routes.router)
    made.include_router(alerts.rule_routes.router)
    for router in routers:
        made.include_router(router, include_in_schema=False)
    _health(made)
    _errors(made)
    made.mount("/static", StaticFiles(directory=pages.STATIC), name="static")
    made.add_middleware(Carried)
    return made


class Carried:
    """What every answer carries, and the count of them. Plain ASGI: it costs microseconds, where a hook costs a task."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.headers = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on, and add to its answer."""
        if scope["type"] != "http":
            await self.inner(scope, receive, send)
            return
        begun = time.perf_counter()

        async def carried(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self.headers]
                if not scope["path"].startswith("/static/") and not any(
                    name == b"cache-control" for name, _ in message["headers"]
                ):
                    message["headers"].append((b"cache-control", b"no-store"))
                metrics.answered(scope, message["status"], time.perf_counter() - begun)
            await send(message)

        await self.inner(scope, receive, carried)


_MOST_USED = Carried(_most_used)


def _health(made: FastAPI) -> None:
    @made.get("/health/live", tags=["health"])
    async def live() -> dict[str, str]:
        """This process answers."""
        return {"status": "live"}

    @made.get("/health/ready", tags=["health"])
    def ready() -> JSONResponse:
        """Whether readings can be kept and are being checked; 503 says what is wrong."""
        try:
            with transaction(DOOR) as session:
                state = watch.look(session, now())
                problems = list(state.problems)
                if not is_current(session.connection()):
                    problems.append("The database is of another version: run `telehealth migrate`.")
        except (OperationalError, InterfaceError, PoolTimeout):
            return JSONResponse({"status": "not ready", "problems": [AWAY]}, 503, {"Retry-After": "5"})
        if state.stopped_since is not None or not state.last_pass_at:
            problems.insert(0, "Readings are not being checked: is `telehealth checker` running?")
        told = {
            "status": "not ready" if problems else "ready",
            "problems": problems,
            "last_complete_check": state.last_pass_at and state.last_pass_at.isoformat(),
            "waiting_patients": state.waiting,
        }
        return JSONResponse(told, 503 if problems else 200)

    @made.get("/metrics", include_in_schema=False)
    def told() -> Response:
        """Counters for Prometheus; numbers only."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _errors(made: FastAPI) -> None:
    made.add_exception_handler(Refused, _refused)  # type: ignore[arg-type]  # Starlette types handlers by Exception
    made.add_exception_handler(Unavailable, _unavailable)  # type: ignore[arg-type]
    for away in (OperationalError, InterfaceError, PoolTimeout):
        made.add_exception_handler(away, _away)
    made.add_exception_handler(DataError, _not_storable)
    made.add_exception_handler(RequestValidationError, _not_valid)  # type: ignore[arg-type]
    made.add_exception_handler(HTTPException, _http)  # type: ignore[arg-type]
    made.add_exception_handler(Exception, _unexpected)


def _say(
    request: Request,
    code: str,
    sentence: str,
    status: int,
    *,
    field: str | None = None,
    retry: int | None = None,
) -> Response:
    """An error as its reader needs it: problem details for a program, a page for a person."""
    headers = {} if retry is None else {"Retry-After": str(retry)}
    if request.url.path.startswith(PROGRAMS) or "text/html" not in request.headers.get("accept", ""):
        return Response(problem(code, sentence, status, field), status, headers, "application/problem+json")
    page = error_pages.present(status, sentence)
    answer = pages.render("error.html", status=status, frame=Frame(at=now(), demo=settings().demo), page=page)
    answer.headers.update(headers)
    return answer


async def _refused(request: Request, error: Refused) -> Response:
    if isinstance(error, NotSignedIn) and error.go_to is not None:
        return RedirectResponse(error.go_to, 303)
    log.info("refused", code=error.code, status=error.status)
    answer = _say(request, error.code, error.sentence, error.status, field=error.field)
    if error.status == 401:  # noqa: PLR2004 HTTP's own number
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


async def _unavailable(request: Request, error: Unavailable) -> Response:
    return _say(request, "unavailable", error.sentence, 503, retry=error.retry_after)


async def _away(request: Request, error: Exception) -> Response:
    log.error("database_away", problem=type(error).__name__)
    return _say(request, "unavailable", AWAY, 503, retry=5)


async def _not_storable(request: Request, _error: Exception) -> Response:
    """Every value in a statement of ours came with the request, so that is where it must be mended."""
    sentence = (
        "Something in this cannot be stored: a number that is too large, or a character that no text has. "
        "Check it and send it again."
    )
    return _say(request, "not_storable", sentence, 422)


async def _not_valid(request: Request, error: RequestValidationError) -> Response:
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        sentence = "This is not JSON. Check that the whole body was sent, and its brackets and quotes."
        return _say(request, "not_json", sentence, 422)
    pointer = "/" + "/".join(str(part) for part in first["loc"] if part != "body")
    return _say(
        request, "not_valid", f"{first['msg']}. Check this field and send it again.", 422, field=pointer
    )


async def _http(request: Request, error: HTTPException) -> Response:
    known = {
        400: "This request cannot be read. Send JSON in UTF-8, and the whole of it.",
        404: "There is nothing at this address.",
        405: "This address does not take that kind of request.",
    }
    answer = _say(
        request,
        f"http_{error.status_code}",
        known.get(error.status_code, "This cannot be done."),
        error.status_code,
    )
    answer.headers.update(error.headers or {})
    return answer


def _where(error: Exception) -> str:
    """The line of our own code at which it happened; never the error's text, which can hold what was sent."""
    ours = [
        frame for frame in traceback.extract_tb(error.__traceback__) if "site-packages" not in frame.filename
    ]
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "?"


async def _unexpected(request: Request, error: Exception) -> Response:
    log.error("unexpected", problem=type(error).__name__, where=_where(error))
    return _say(
        request,
        "unexpected",
        "Something went wrong on our side; it is on record. Try again, and tell us if it stays.",
        500,
    )
