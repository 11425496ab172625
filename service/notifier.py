"""The notifier process: empties the outbox every few seconds, and at once when something is put in it."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from typing import TYPE_CHECKING

import psycopg
import structlog
from sqlalchemy import text

from alerts.notify import MailServer, deliver_next, note_unaddressed
from foundation.clock import now
from foundation.database import plain_url, transaction
from foundation.settings import settings
from people.viewer import NOTIFIER

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

log = structlog.get_logger()

EVERY = 5.0  # seconds between rounds, when nothing calls for one sooner
ALIVE = text("""INSERT INTO process (name, seen_at) VALUES ('notifier', :at)
    ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at""")


def run(stop: threading.Event) -> None:
    """Deliver until told to stop, and finish what is being sent. Whatever fails, the next round is tried."""
    server = _mail_server()
    waking = threading.Event()
    listener = threading.Thread(target=_listen, args=(waking.set, stop), daemon=True, name="listener")
    listener.start()
    while not stop.is_set():
        waking.clear()
        _round(server, stop)
        _wait(waking, stop)
    listener.join(timeout=5.0)


def empty(server: MailServer | None, stop: threading.Event, clock: Callable[[], datetime]) -> None:
    """One round: bundle after bundle until nothing may go, each with a sign of life before it."""
    while not stop.is_set():
        with transaction(NOTIFIER) as session:
            at = clock()
            session.execute(ALIVE, {"at": at})
            unaddressed = note_unaddressed(session, at)
        for team in sorted(unaddressed):
            log.warning("no_address", process="notifier", team=team)
        if server is None:
            return
        tried = deliver_next(server, clock)
        if tried is None or tried.away:
            return


def _mail_server() -> MailServer | None:
    url = settings().smtp_url
    if url is None:
        log.warning("waiting", process="notifier", problem="smtp_url_unset")
        return None
    return MailServer.of(url, base_url=settings().base_url)


def _round(server: MailServer | None, stop: threading.Event) -> None:
    try:
        empty(server, stop, now)
    except Exception as error:  # noqa: BLE001 a round that failed is tried again; nothing leaves the outbox by failing
        # The class alone: an error's text can hold an address.
        log.error("round_failed", process="notifier", problem=type(error).__name__)


def _wait(waking: threading.Event, stop: threading.Event) -> None:
    until = time.monotonic() + EVERY
    while not stop.is_set() and time.monotonic() < until:
        if waking.wait(timeout=0.2):
            return


def _listen(call: Callable[[], None], stop: threading.Event) -> None:
    """Call when something is put in the outbox. Connects again whenever the connection is lost."""
    while not stop.is_set():
        with (
            contextlib.suppress(psycopg.Error),
            psycopg.connect(plain_url("notifier"), autocommit=True) as connection,
        ):
            connection.execute("LISTEN outbox")
            call()  # for what was put there while nobody listened
            while not stop.is_set():
                for _ in connection.notifies(timeout=0.5):
                    call()
        stop.wait(0.5)


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    log.info("started", process="notifier")
    run(stop)
    log.info("stopped", process="notifier")
