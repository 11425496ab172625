"""`telehealth serve`: the web processes."""

from __future__ import annotations

import uvicorn

from foundation.settings import settings


def run(*, port: int | None, workers: int | None) -> None:
    """Serve until told to stop. Access is not logged by address: addresses of the API hold NHS numbers."""
    uvicorn.run(
        "service.web:app",
        factory=True,
        host=settings().host,
        port=port or settings().port,
        workers=workers or settings().workers,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="critical",  # its tracebacks could hold what was sent; service.web logs where and what class
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=5,
        backlog=2048,
    )
