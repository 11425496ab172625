"""The embedded server comes up again, with all that was committed, whatever its last end left behind."""

from __future__ import annotations

import atexit
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from foundation.embedded import EmbeddedServer


@pytest.fixture(scope="module")
def server():
    folder = Path(tempfile.mkdtemp(prefix="telehealth-embedded-"))
    folder.chmod(0o755)  # root's server runs as another user
    made = EmbeddedServer(folder)
    with psycopg.connect(made.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    yield made
    made.stop()
    atexit.unregister(made.leave)
    shutil.rmtree(folder, ignore_errors=True)


def kept(server: EmbeddedServer) -> int:
    with psycopg.connect(server.url()) as connection:
        found = connection.execute("SELECT number FROM kept").fetchone()
    assert found is not None
    number: int = found[0]
    return number


def postmaster(server: EmbeddedServer) -> psutil.Process:
    return psutil.Process(int((server.pgdata / "postmaster.pid").read_text().split()[0]))


def test_a_server_whose_first_process_was_killed_comes_up_again(server):
    server.url()
    postmaster(server).kill()
    assert kept(server) == 7


def test_a_file_that_a_dying_server_did_not_finish_is_cleared_away(server):
    server.stop()
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (server.pgdata / "postmaster.pid").write_text(f"{dead.pid}\n{server.pgdata}\n")
    assert not server.running()
    assert kept(server) == 7


def test_a_file_whose_number_belongs_to_another_program_now_is_cleared_away(server):
    server.url()
    lines = (server.pgdata / "postmaster.pid").read_text().splitlines()
    server.stop()
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        (server.pgdata / "postmaster.pid").write_text("\n".join([str(other.pid), *lines[1:]]) + "\n")
        assert not server.running()
        assert kept(server) == 7
    finally:
        other.kill()
        other.wait()


@pytest.mark.parametrize("after", [0.0, 0.03, 0.1, 0.3])
def test_a_server_killed_again_while_it_starts_comes_up_in_the_end(server, after):
    server.url()
    first = postmaster(server)
    first.kill()
    starting = threading.Thread(target=lambda: _try(server), daemon=True)
    starting.start()
    until = time.monotonic() + 20
    while starting.is_alive() and time.monotonic() < until:
        with suppress(OSError, IndexError, ValueError, psutil.Error):
            found = postmaster(server)
            if found.pid != first.pid and found.name() == "postgres":
                time.sleep(after * random.random())
                found.kill()
                break
        time.sleep(0.005)
    starting.join(60)
    assert not starting.is_alive()
    assert kept(server) == 7


def _try(server: EmbeddedServer) -> None:
    with suppress(subprocess.SubprocessError):  # whoever watches over it tries again
        server.url()
