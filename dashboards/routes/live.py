"""The stream of events that keeps an open queue page up to date."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import StreamingResponse
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from dashboards.live import Live
from foundation.errors import Refused
from people import rights
from people.signed_in import WatchingStaff, viewer_of_request


@asynccontextmanager
async def life(application: FastAPI) -> AsyncIterator[None]:
    """The listener of this process, from its start to its end."""
    application.state.live = Live()
    yield
    await application.state.live.close()


class LiveRouter(APIRouter):
    """A router that brings something which lives as long as the process."""

    life = staticmethod(life)


router = LiveRouter()


@router.get("/queue/live")
async def queue_live(request: Request, viewer: WatchingStaff) -> StreamingResponse:
    """Say when to look again. Watching does not keep anybody signed in, and ends with their session."""
    rights.require(viewer, "alerts.see")
    live: Live = request.app.state.live

    async def teams_now() -> frozenset[int] | None:
        try:
            return frozenset((await viewer_of_request(request, extend=False)).teams)
        except Refused:
            return None
        except (OperationalError, PoolTimeout):
            return frozenset(viewer.teams)  # the database is away: they are asked again in a while

    events = live.events(frozenset(viewer.teams), teams_now)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)
