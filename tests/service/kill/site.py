"""A whole service in a folder of its own, watched over by the demo's own supervisor, and the means to kill its parts."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import tempfile
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import psycopg

from foundation import database as engines
from foundation import migrations
from foundation.embedded import EmbeddedServer
from service.demo import Child, _watch
from tests.processes import ROOT, answers, environment, eventually, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest


class Site:
    """The embedded database, `telehealth serve` and `telehealth checker`, each started again when it dies."""

    def __init__(self, database: EmbeddedServer) -> None:
        self.database = database
        self.url = database.url()
        self.port = free_port()
        self.web = Child("web", ("serve", "--port", str(self.port), "--workers", "1"))
        self.checker = Child("checker", ("checker",))
        self.trouble: BaseException | None = None  # what ended the supervisor before its time
        self._environment: dict[str, str] = {}
        self._stop = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise, daemon=True, name="supervisor")

    def start(self, environment: dict[str, str]) -> None:
        """Have the supervisor start what isn't running, and wait until all is well."""
        self._environment = environment
        self._supervisor.start()
        assert self.well(), f"the service did not start: {self.trouble!r}"

    def _supervise(self) -> None:
        try:
            _watch(self.database, [self.web, self.checker], self._environment, self._stop)
        except BaseException as error:  # noqa: BLE001 the test tells of it
            self.trouble = error

    def well(self) -> bool:
        """Whether readings are kept and checked, now or before long."""
        eventually(lambda: self.trouble is not None or answers(self.port, "/health/ready"))
        return self.trouble is None and answers(self.port, "/health/ready")

    def kill_database(self, *, whole: bool) -> None:
        """`kill -9` the server's first process; if `whole`, then every other process of the server too."""
        first = self._postmaster()
        with suppress(psutil.NoSuchProcess):
            others = first.children(recursive=True)
            first.kill()
            for process in others if whole else ():
                with suppress(psutil.NoSuchProcess):
                    process.kill()

    def _postmaster(self) -> psutil.Process:
        assert eventually(self.database.running), f"the database stayed away: {self.trouble!r}"
        return psutil.Process(int((self.database.pgdata / "postmaster.pid").read_text().split()[0]))

    def kill(self, child: Child) -> None:
        """`kill -9` one of our own processes, once it runs."""
        assert eventually(lambda: child.process is not None and child.process.poll() is None)
        assert child.process is not None
        os.kill(child.process.pid, signal.SIGKILL)

    def tune(self, **settings: str) -> None:
        """Change settings of the database server; what was written before is durable, whatever they are."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            for name, value in settings.items():
                connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
            connection.execute("SELECT pg_reload_conf()")
            connection.execute("CHECKPOINT")

    def stop(self) -> None:
        """End the supervisor, then what it watched over."""
        self._stop.set()
        if self._supervisor.is_alive():
            self._supervisor.join(60)
        for child in (self.web, self.checker):
            child.stop()


@contextmanager
def own_server(monkeypatch: pytest.MonkeyPatch, **told: str) -> Iterator[EmbeddedServer]:
    """A migrated database with nobody in it, on a server of its own; the engines of this process point there."""
    # Not pytest's own temporary folder: it is closed to others, and root's server runs as another user.
    folder = Path(tempfile.mkdtemp(prefix="telehealth-kill-"))
    folder.chmod(0o755)
    server = EmbeddedServer(folder)
    try:
        own = environment(server.url(), folder, **told)
        for name in own.keys() - os.environ.keys():
            monkeypatch.setenv(name, own[name])
        engines.forget()
        migrations.migrate()
        yield server
    finally:
        engines.forget()
        server.stop()
        atexit.unregister(server.leave)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def site(monkeypatch: pytest.MonkeyPatch, **told: str) -> Iterator[Site]:
    """A service that is well, on a server of its own."""
    monkeypatch.chdir(ROOT)
    with own_server(monkeypatch, **told) as server:
        made = Site(server)
        try:
            made.start(environment(made.url, server.data, **told))
            yield made
        finally:
            made.stop()
