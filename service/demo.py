"""`telehealth demo`: everything on one machine, with made-up people who keep uploading.

It starts the embedded database, fills it, and then watches over its processes: one that dies is started again.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from foundation import migrations
from foundation.clock import now
from foundation.database import forget, server
from foundation.errors import Refused
from foundation.settings import PREFIX, settings

if TYPE_CHECKING:
    from foundation.embedded import EmbeddedServer

told = Console(stderr=True, highlight=False)
UPLOAD_SECONDS = 3.0  # how often we look who has something to upload


@dataclass
class Child:
    """One of our processes, and when it was last started."""

    name: str
    arguments: tuple[str, ...]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0

    def keep_alive(self, environment: dict[str, str]) -> bool:
        """Start it where it isn't running; True when it had died."""
        died = self.process is not None and self.process.poll() is not None
        if (self.process is None or died) and time.monotonic() - self.started > 1.0:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "service.cli", *self.arguments], env=environment
            )
            self.started = time.monotonic()
            return died
        return False

    def stop(self) -> None:
        """Ask it to end, and end it if it does not."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(8)
            except subprocess.TimeoutExpired:
                self.process.kill()


def run(*, port: int, data: Path | None, patients: int, days: int, quiet: bool) -> None:
    """Run the demo until it is told to stop."""
    _settle_in(port, data)
    _port_is_free(port)
    database = server()
    begun = time.monotonic()
    with told.status("Starting the database …"):
        url = database.url()
        os.environ[f"{PREFIX}DATABASE_URL"] = url
        forget()
        migrations.migrate()
    from service import demo_data  # noqa: PLC0415 it may only be loaded once the settings are in place

    cohort = demo_data.fill(patients, days, now(), quiet=quiet)
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    children = [
        Child("web", ("serve", "--port", str(port))),
        Child("checker", ("checker",)),
        Child("notifier", ("notifier",)),
    ]
    environment = {**os.environ, f"{PREFIX}LOG_FORMAT": "text"}
    try:
        for child in children:
            child.keep_alive(environment)
        _wait_until_ready(port, children, environment, stop)
        if not stop.is_set():
            _greet(port, time.monotonic() - begun)
            _uploads = threading.Thread(
                target=demo_data.keep_uploading, args=(cohort, port, stop, quiet), daemon=True
            )
            _uploads.start()
        _watch(database, children, environment, stop)
    finally:
        for child in children:
            child.stop()
        database.leave()


def _settle_in(port: int, data: Path | None) -> None:
    """Our processes find all they need in the environment."""
    if data is not None:
        os.environ[f"{PREFIX}DATA"] = str(data.expanduser().resolve())
    elif f"{PREFIX}DATA" not in os.environ:
        os.environ[f"{PREFIX}DATA"] = str(Path.home() / ".local" / "share" / "telehealth-demo")
    os.environ.pop(f"{PREFIX}DATABASE_URL", None)  # the demo has its own database and never touches another
    os.environ |= {
        f"{PREFIX}DEMO": "true",
        f"{PREFIX}SECURE_COOKIES": "false",
        f"{PREFIX}PORT": str(port),
        f"{PREFIX}BASE_URL": f"http://127.0.0.1:{port}",
    }
    forget()


def _port_is_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings().host, port))
        except OSError as error:
            raise Refused(
                "port_taken", f"Port {port} is in use. Choose another: telehealth demo --port {port + 1}"
            ) from error


def _wait_until_ready(
    port: int, children: list[Child], environment: dict[str, str], stop: threading.Event
) -> None:
    with told.status("Starting the service …"):
        while not stop.is_set():
            with (
                suppress(OSError),
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2) as answer,
            ):
                if answer.status == 200:  # noqa: PLR2004 HTTP's own number
                    return
            for child in children:
                child.keep_alive(environment)
            stop.wait(0.3)


def _watch(
    database: EmbeddedServer, children: list[Child], environment: dict[str, str], stop: threading.Event
) -> None:
    """Start again whatever dies, the database too, until told to stop."""
    while not stop.wait(0.5):
        if not database.running():
            told.print("[yellow]The database stopped; starting it again.[/yellow]")
            with suppress(Exception):  # whatever went wrong, it is tried again in a moment
                database.url()
        for child in children:
            if child.keep_alive(environment):
                told.print(f"[yellow]The {child.name} process stopped; started again.[/yellow]")


def _greet(port: int, seconds: float) -> None:
    accounts = json.loads((settings().data / "demo.json").read_text(encoding="utf-8"))["accounts"]
    lines = [
        f"\n[bold]Ready[/bold] after {seconds:.0f} s.   Address: [bold]http://127.0.0.1:{port}/[/bold]\n"
    ]
    for account in accounts:
        name = account.get("email") or f"NHS number {account['nhs_number']}"
        lines.append(
            f"  {account['who']:<12} {name:<34} password {account['password']}"
            + ("  + a code" if "totp_secret" in account else "")
        )
    lines += [
        "",
        "The code is shown on the sign-in page: these people are made up. For your own code app, the secrets are in",
        f"  {settings().data / 'demo.json'}",
        "Other commands work beside it, for example:",
        f"  TELEHEALTH_DATA={settings().data} telehealth token patient {next(a['nhs_number'] for a in accounts if 'nhs_number' in a)}",
        "Ctrl-C stops it. Not for real use: no clinician has signed its thresholds.\n",
    ]
    print("\n".join(line.replace("[bold]", "").replace("[/bold]", "") for line in lines), flush=True)  # noqa: T201 the command's answer
