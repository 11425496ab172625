"""Logs: events with named fields. Only the fields listed here get through, so that no patient's data can."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import structlog

from foundation.settings import settings

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

# Numbers of our own making and words of our own choosing: no names, no NHS numbers, no values, no texts from outside.
ALLOWED = frozenset({
    "event", "level", "timestamp", "code", "problem", "upload", "alert", "item", "items", "rule", "version", "status", "method",
    "route", "seconds", "patients", "readings", "raised", "failures", "process", "pid", "signal", "port", "team", "count", "message_id",
    "tries", "state", "attempt", "severity", "red", "amber", "to", "where",
})  # fmt: skip


def only_allowed(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Drop every field that is not listed, and say that something was dropped."""
    kept: EventDict = {name: value for name, value in event.items() if name in ALLOWED}
    dropped = sorted(set(event) - ALLOWED - {"exc_info", "_record", "_from_structlog"})
    if dropped:
        kept["dropped"] = dropped
    return kept


def set_up() -> None:
    """Log to standard error, as text for people or JSON for machines."""
    text = settings().log_format == "text"
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_allowed,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
            if text
            else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s", stream=sys.stderr)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
