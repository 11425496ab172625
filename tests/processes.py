"""The service's real processes, started by a test and ended by it, and a plain way to ask them."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ROOT = Path(__file__).parent.parent
HOST = "127.0.0.1"
PATIENCE = 60.0  # seconds that a process may take to start on a machine that is busy with other tests
AWAY = (OSError, http.client.HTTPException)  # how a server that is not there, or dies while answering, shows


class Reply(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def ask(
    port: int, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
) -> Reply:
    """One request on a connection of its own. Raises one of AWAY where there is no answer."""
    connection = http.client.HTTPConnection(HOST, port, timeout=30)
    try:
        return over(connection, method, path, body, headers)
    finally:
        connection.close()


def over(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """One request on this connection. A body that isn't bytes is sent as JSON."""
    packed = body if body is None or isinstance(body, bytes) else msgspec.json.encode(body)
    connection.request(method, path, packed, dict(headers or {}))
    answer = connection.getresponse()
    told = {name.lower(): value for name, value in answer.getheaders()}
    return Reply(answer.status, told, answer.read())


def eventually(question: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Whether it comes true in time."""
    until = time.monotonic() + seconds
    while not question():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


@dataclass
class Served:
    """A `telehealth serve` that answers."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Reply:
        return ask(self.port, method, path, body, headers)


def environment(url: str | None, folder: Path, **told: str) -> dict[str, str]:
    """What a process finds: the database, its folder, and settings (`check_seconds="1"`); nothing else of ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TELEHEALTH_")}
    settings = {"data": str(folder), "log_format": "json", **told}
    if url is not None:
        settings["database_url"] = url
    return kept | {f"TELEHEALTH_{name.upper()}": value for name, value in settings.items()}


@contextmanager
def running(*arguments: str, env: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`telehealth …`, for as long as the block lasts. All that it writes goes to `log`."""
    with log.open("ab") as told:
        process = subprocess.Popen(
            [sys.executable, "-m", "service.cli", *arguments],
            env=dict(env), cwd=ROOT, stdout=told, stderr=told, start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(15)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # its own group: web workers whose parent was killed
        process.wait(15)


@contextmanager
def serving(url: str | None, folder: Path, *, workers: int = 1, **told: str) -> Iterator[Served]:
    """`telehealth serve` on a free port, once it answers."""
    port, log = free_port(), folder / "serve.txt"
    arguments = ("serve", "--port", str(port), "--workers", str(workers))
    with running(*arguments, env=environment(url, folder, **told), log=log) as process:
        if not eventually(lambda: process.poll() is not None or answers(port)) or process.poll() is not None:
            raise AssertionError(f"`telehealth serve` did not start:\n{log.read_text(errors='replace')}")
        yield Served(port, process, log)


def answers(port: int, path: str = "/health/live") -> bool:
    """Whether there is a 200 at this address."""
    try:
        return ask(port, "GET", path).status == http.client.OK
    except AWAY:
        return False
