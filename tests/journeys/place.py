"""The real service for journeys: a database of its own, `telehealth serve` and `telehealth checker`."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from foundation import database as engines
from foundation.clock import now
from service import demo_data
from tests.processes import answers, environment, eventually, running, serving

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    from tests.databases import DatabaseServer
    from tests.processes import Served

# Pages are looked at over plain HTTP on this machine; a pass every second, so that waits are short.
SETTINGS = {"secure_cookies": "false", "check_seconds": "1"}


@dataclass
class Place:
    """A service that answers and checks."""

    served: Served
    env: dict[str, str]
    folder: Path
    checker: subprocess.Popen[bytes] | None = None
    _ending: ExitStack = field(default_factory=ExitStack)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.served.port}"

    def start_checking(self) -> None:
        """Start `telehealth checker`; given back once a whole pass is done."""
        log = self.folder / "checker.txt"
        self.checker = self._ending.enter_context(running("checker", env=self.env, log=log))
        assert eventually(lambda: answers(self.served.port, "/health/ready")), log.read_text(errors="replace")

    def kill_checker(self) -> None:
        """End it as a power cut does."""
        assert self.checker is not None
        self.checker.kill()
        self._ending.close()

    def close(self) -> None:
        """End what still checks."""
        self._ending.close()


@contextmanager
def place(server: DatabaseServer, folder: Path, people: Callable[[], Any], **told: str) -> Iterator[Place]:
    """The service over a fresh database with these people in it; this process's engines point there too."""
    with server.copy() as url, _pointed_at(url, folder):
        people()
        settings = SETTINGS | told
        with serving(url, folder, **settings) as served:
            made = Place(served, environment(url, folder, **settings), folder)
            try:
                made.start_checking()
                yield made
            finally:
                made.close()


@contextmanager
def _pointed_at(url: str, folder: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TELEHEALTH_DATABASE_URL", url)
        patch.setenv("TELEHEALTH_DATA", str(folder))
        engines.forget()
        yield
        engines.forget()


def a_cohort(patients: int, days: int) -> None:
    """The demo's people and readings, as they come to stand on the day of the run."""
    demo_data.fill(patients, days, now(), quiet=True)


def accounts() -> dict[str, dict[str, str]]:
    """Who can sign in where there is a cohort, by role; `new patient` has only a code on paper."""
    told = json.loads((Path(os.environ["TELEHEALTH_DATA"]) / "demo.json").read_text(encoding="utf-8"))
    return {one["who"]: one for one in reversed(told["accounts"])} | {"new patient": told["first_sign_in"]}
