"""Databases for tests: migrated once into a template, and copied for each test that asks."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

import psutil
import psycopg
from sqlalchemy.engine import make_url

from foundation.embedded import EmbeddedServer

if TYPE_CHECKING:
    from collections.abc import Iterator

Layout = Literal["ordinary", "hypertable"]

TIMESCALE = "TELEHEALTH_TEST_TIMESCALE_URL"
FOLDER = "TELEHEALTH_TEST_FOLDER"  # where the embedded server of this run is; the workers of xdist inherit it

MIGRATE = "from foundation.migrations import migrate; migrate()"


class DatabaseServer:
    """A server that this run may make databases on, and the template that they are copied from."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url).set(drivername="postgresql")
        self.template = f"template_{uuid4().hex}"  # others may be testing on the same server
        with self._connect() as connection:
            connection.execute(f"CREATE DATABASE {self.template} TEMPLATE template0 ENCODING 'UTF8'")
        # In a process of its own, so that no connection of ours keeps the template from being copied.
        told = os.environ | {"TELEHEALTH_DATABASE_URL": self.address(self.template)}
        subprocess.run(
            [sys.executable, "-c", MIGRATE], env=told, check=True, cwd=Path(__file__).parent.parent
        )

    def address(self, name: str) -> str:
        """What TELEHEALTH_DATABASE_URL is set to for this database."""
        return self.url.set(database=name).render_as_string(hide_password=False)

    @contextmanager
    def copy(self) -> Iterator[str]:
        """The address of a fresh, migrated database; it is dropped afterwards, whoever is connected."""
        name = f"test_{uuid4().hex}"
        with self._connect() as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {self.template}")
        try:
            yield self.address(name)
        finally:
            self.drop(name)

    def drop(self, name: str) -> None:
        """Remove a database, ending its connections."""
        with self._connect() as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        """Leave the server as it was found."""
        self.drop(self.template)

    def _connect(self) -> psycopg.Connection:
        url = self.url.set(database="postgres").render_as_string(hide_password=False)
        return psycopg.connect(url, autocommit=True)


def _sweep() -> None:
    """Stop and remove what runs of ours left behind that were killed before they could."""
    for folder in Path(tempfile.gettempdir()).glob("telehealth-tests-*-*"):
        run = folder.name.split("-")[2]
        with suppress(FileNotFoundError):  # another run swept it a moment before
            if folder.stat().st_uid == os.geteuid() and run.isdigit() and not psutil.pid_exists(int(run)):
                _remove(folder)


def start_embedded() -> None:
    """Make this run's folder for the embedded server; the first test that needs a database starts it."""
    _sweep()
    # Not pytest's own temporary folder: it is closed to others, and root's server runs as another user.
    folder = tempfile.mkdtemp(prefix=f"telehealth-tests-{os.getpid()}-")
    Path(folder).chmod(0o755)
    os.environ[FOLDER] = folder


def embedded() -> DatabaseServer:
    """The embedded server of this run, shared by every worker of xdist."""
    server = EmbeddedServer(Path(os.environ[FOLDER]))
    url = server.url()
    atexit.unregister(server.leave)  # the run stops it, not the first process to go
    with psycopg.connect(url, autocommit=True) as connection:
        # Nothing here outlives the run, and a copy of a database need not wait for the disk.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    return DatabaseServer(url)


def stop_embedded() -> None:
    """Stop this run's server and remove its folder."""
    _remove(Path(os.environ.pop(FOLDER)))


def _remove(folder: Path) -> None:
    server = EmbeddedServer(folder)
    if server.running():
        server.stop()
    shutil.rmtree(folder, ignore_errors=True)
