"""The checker process: a pass every few seconds, and at once when readings arrive."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
import urllib.request
from typing import TYPE_CHECKING

import psycopg
import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from alerts import packs
from alerts.check import Checked, Checker
from foundation.clock import now
from foundation.database import plain_url, transaction
from foundation.settings import settings
from people.viewer import CHECKER
from service import backtests, metrics

if TYPE_CHECKING:
    from collections.abc import Callable

log = structlog.get_logger()

GATHER = 0.05  # seconds: readings that arrive together are checked together
ALIVE = text("""INSERT INTO process (name, seen_at) VALUES ('checker', :at)
    ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at""")


def run(stop: threading.Event) -> None:
    """Check until told to stop. Whatever goes wrong, the next pass is tried."""
    checker = _prepared(stop)
    if checker is None:
        return
    waking = threading.Event()
    listener = threading.Thread(target=_listen, args=(waking.set, stop), daemon=True, name="listener")
    listener.start()
    scheduler = BackgroundScheduler(
        executors={"default": ThreadPoolExecutor(1)},
        # The default grace of a second would skip a late pass in silence; several missed ones are one.
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        timezone="UTC",
    )
    scheduler.add_job(
        waking.set, IntervalTrigger(seconds=settings().check_seconds, timezone="UTC"), id="pass"
    )
    scheduler.start()
    beside = threading.Thread(target=backtests.watch, args=(stop,), daemon=True, name="backtests")
    beside.start()
    waking.set()
    while not stop.is_set():
        if waking.wait(timeout=1.0):
            waking.clear()
            _pass(checker)
            stop.wait(GATHER)
    scheduler.shutdown(wait=False)
    beside.join(6)
    checker.close()


def _prepared(stop: threading.Event) -> Checker | None:
    """The packs read and put on record; waits while the database is away."""
    while not stop.is_set():
        try:
            read, problem = packs.put_on_record(now())
        except DBAPIError as error:
            log.error("not_ready", process="checker", problem=type(error).__name__)
            stop.wait(1.0)
            continue
        if problem:
            log.error("packs_left_out", process="checker", problem=problem)
        return Checker(read)
    return None


def _pass(checker: Checker) -> None:
    begun = time.monotonic()
    try:
        done = checker.run(now)
        with transaction(CHECKER) as session:
            session.execute(ALIVE, {"at": now()})
    except Exception as error:  # noqa: BLE001 a pass that failed is tried again; the queue's top shows that none was completed
        log.error("pass_failed", process="checker", problem=type(error).__name__)
        checker.reader.close()
        time.sleep(0.5)
        return
    _count(done)
    if done.patients:
        log.info(
            "pass",
            patients=done.patients,
            readings=done.readings,
            raised=done.raised,
            failures=done.failures,
            seconds=round(time.monotonic() - begun, 3),
        )
    _heartbeat()


def _count(done: Checked) -> None:
    metrics.PASSES.inc()
    metrics.LAST_PASS.set(time.time())
    metrics.RAISED.inc(done.raised)
    metrics.FAILURES.inc(done.failures)


def _heartbeat() -> None:
    """Tell the outside that a pass was completed; when this goes missing, somebody there is called."""
    url = settings().heartbeat_url
    if url is not None:
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 the operator's own address
        except OSError as error:
            log.warning("heartbeat_failed", process="checker", problem=type(error).__name__)


def _listen(call: Callable[[], None], stop: threading.Event) -> None:
    """Call when readings arrive. Connects again whenever the connection is lost."""
    while not stop.is_set():
        with (
            contextlib.suppress(psycopg.Error),
            psycopg.connect(plain_url("checker"), autocommit=True) as connection,
        ):
            connection.execute("LISTEN arrival")
            call()  # what arrived while nobody listened
            while not stop.is_set():
                for _ in connection.notifies(timeout=1.0):
                    call()
        stop.wait(0.5)


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    log.info("started", process="checker")
    run(stop)
    log.info("stopped", process="checker")
