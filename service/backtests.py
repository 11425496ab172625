"""Backtests beside the checker: in a process of their own, below everybody else, one at a time over the whole service."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import suppress

import psycopg
import structlog
from sqlalchemy.exc import DBAPIError

from alerts import backtest_jobs
from foundation import logs
from foundation.clock import now
from foundation.database import plain_url

log = structlog.get_logger()

LOCK = 7_243_003  # any fixed number: whoever makes backtests holds this advisory lock
EVERY = 1.0  # seconds between looks whether anybody waits
BELOW = 10  # how nice it is to uploads and checks


def watch(stop: threading.Event) -> None:
    """Start the process whenever somebody waits, until told to stop."""
    while not stop.wait(EVERY):
        try:
            if not backtest_jobs.waiting():
                continue
        except DBAPIError:
            continue  # the database is away; the checker says so
        running = subprocess.Popen([sys.executable, "-m", "service.backtests"])
        while running.poll() is None and not stop.wait(0.2):
            pass
        if running.poll() is None:
            running.terminate()
            with suppress(subprocess.TimeoutExpired):
                running.wait(5)
            running.kill()
        elif running.returncode:
            log.error("backtest_stopped", code=running.returncode)
            stop.wait(EVERY)


def main() -> None:
    """Make what waits. Of several that start at once one does, and the others end."""
    logs.set_up()
    os.nice(BELOW)
    with psycopg.connect(plain_url("checker"), autocommit=True) as connection:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,)).fetchone()
        if row is not None and row[0]:
            while backtest_jobs.make_next(now):
                pass


if __name__ == "__main__":
    main()
