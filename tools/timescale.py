"""A real TimescaleDB for the tests, without a container engine: Debian's packages in a folder of their own.

    python tools/timescale.py install [DIR]   as root: fill DIR with a small Debian that holds the server
    python tools/timescale.py start [DIR]     as root: start it, installing it where needed; twice is once
    python tools/timescale.py stop [DIR]      as root: stop it
    python tools/timescale.py url             as anyone: print where it answers, or exit 1

DIR is by default outside the repository, so that every clone on the machine shares one. What is in the server
is worth nothing: it trusts whoever reaches it on the loopback address, and it does not wait for the disk.

Standard library only: this runs before anything is installed.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Debian 12 has no TimescaleDB; its successor does, in the Apache edition.
SUITE = "trixie"
PACKAGES = "postgresql-17,postgresql-17-timescaledb"
BIN = "/usr/lib/postgresql/17/bin"

# Inside DIR.
DATA = "/var/lib/postgresql/telehealth"
LOG = "/var/log/postgresql/telehealth.log"

HOST = "127.0.0.1"
WANTED_PORT = 54329  # beside PostgreSQL's own 5432, which a developer may be using
URL_FILE = Path(
    "/run/telehealth-timescale.url"
)  # where anyone on the machine finds the server that root started

SETTINGS = f"""\
# Written by tools/timescale.py at every start.
listen_addresses = '{HOST}'
unix_socket_directories = '{DATA}'
shared_preload_libraries = 'timescaledb'
timescaledb.telemetry_level = off
# A background worker holds a connection to every database, and a database somebody is connected to can be
# neither copied nor dropped, which is what fixtures do.
timescaledb.max_background_workers = 0
timezone = 'UTC'
max_connections = 300
max_locks_per_transaction = 256  # a chunk is a table, and dropping a database's worth locks each
# There may be no /dev/shm in the folder.
dynamic_shared_memory_type = sysv
# Tests make and drop databases all day. A crash of the machine may break this one: it is then made anew.
fsync = off
full_page_writes = off
synchronous_commit = off
"""


def main() -> None:
    """Run the command named on the command line."""
    commands = {"install": install, "start": start, "stop": stop}
    match sys.argv[1:]:
        case ["url"]:
            print_url()
        case [name, *rest] if name in commands and len(rest) <= 1:
            if os.geteuid() != 0:
                sys.exit(f"`tools/timescale.py {name}` needs root: run it with sudo.")
            root = Path(rest[0]).resolve() if rest else default_root()
            with one_at_a_time(root):
                commands[name](root)
        case _:
            sys.exit(__doc__)


def default_root() -> Path:
    """$XDG_CACHE_HOME/telehealth-timescale, or the same under ~/.cache."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "telehealth-timescale"


@contextmanager
def one_at_a_time(root: Path) -> Iterator[None]:
    """Two clones may ask for the same server at once: the second waits and finds it done."""
    root.parent.mkdir(parents=True, exist_ok=True)
    with root.with_name(f"{root.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def install(root: Path) -> None:
    """Fill the folder from the machine's own Debian mirror. Takes about half a minute, 550 MB."""
    if (root / BIN.lstrip("/") / "postgres").exists():
        return
    if not shutil.which("apt-get"):
        sys.exit("TimescaleDB for the tests comes from Debian's packages, and this machine has no apt-get.")
    print(f"Installing TimescaleDB for the tests into {root}", flush=True)
    if not shutil.which("mmdebstrap"):
        os.environ["DEBIAN_FRONTEND"] = "noninteractive"
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-qq", "--no-install-recommends", "mmdebstrap"], check=True)
    unfinished = root.with_name(f"{root.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    command = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}", SUITE, str(unfinished)]
    done = subprocess.run([*command, *mirror()], check=False)
    if done.returncode:
        sys.exit(f"mmdebstrap could not install {PACKAGES} from {SUITE}: what it says is above.")
    shutil.rmtree(root, ignore_errors=True)
    unfinished.rename(root)  # whole or not at all


def mirror() -> list[str]:
    """Where this machine itself gets Debian from, if apt says so; otherwise mmdebstrap's own choice."""
    fields = "$(ORIGIN) $(LABEL) $(SUITE) $(REPO_URI)"
    answer = subprocess.run(
        ["apt-get", "indextargets", "--format", fields, "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    for line in answer.splitlines():
        origin, label, suite, *uri = line.split()
        if (origin, label) == ("Debian", "Debian") and "-" not in suite and uri:
            return uri
    return []


def start(root: Path) -> None:
    """Have the server accept connections, and say where."""
    install(root)
    mount_proc(root)
    # One that was killed needs a moment: to let go of its files, or to recover.
    for pause in (0, 1, 3, 10):
        time.sleep(pause)
        if serving(root) or try_to_start(root):
            break
    else:
        # Left half written by a crash: nothing in it is worth repairing.
        shutil.rmtree(root / DATA.lstrip("/"), ignore_errors=True)
        if not try_to_start(root):
            log = root / LOG.lstrip("/")
            sys.exit(f"TimescaleDB does not start. The end of {log}:\n{log.read_text()[-3000:]}")
    URL_FILE.write_text(url_of(root))
    print_url()


def stop(root: Path) -> None:
    """Stop the server and let go of the folder."""
    if running(root):
        if URL_FILE.exists() and URL_FILE.read_text() == url_of(root):
            URL_FILE.unlink()
        as_postgres(root, "pg_ctl", "stop", "--mode=fast", f"--pgdata={DATA}", "--silent")
    if os.path.ismount(root / "proc"):
        subprocess.run(["umount", root / "proc"], check=True)


def print_url() -> None:
    """Print the address that tests take as TELEHEALTH_TEST_TIMESCALE_URL."""
    url = URL_FILE.read_text().strip() if URL_FILE.exists() else ""
    if not url or not answers(int(url.rsplit(":", 1)[1].split("/")[0])):
        sys.exit(
            "No TimescaleDB for the tests is running: start it with `sudo python3 tools/timescale.py start`."
        )
    print(url)


def running(root: Path) -> bool:
    """Whether this folder's server has a process, which may be starting or going."""
    return as_postgres(root, "pg_ctl", "status", f"--pgdata={DATA}", "--silent") == 0


def serving(root: Path) -> bool:
    """Whether this folder's server accepts connections."""
    return running(root) and answers(port_of(root))


def port_of(root: Path) -> int:
    """The fourth line of the file that a running server keeps."""
    return int((root / DATA.lstrip("/") / "postmaster.pid").read_text().splitlines()[3])


def url_of(root: Path) -> str:
    """Where this folder's server answers, as a line."""
    return f"postgresql://postgres@{HOST}:{port_of(root)}/postgres\n"


def try_to_start(root: Path) -> bool:
    """Start the server on a free port, making its data folder first if there is none."""
    data = root / DATA.lstrip("/")
    if not (data / "PG_VERSION").exists():
        how = ("--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        if as_postgres(root, "initdb", f"--pgdata={DATA}", *how) != 0:
            sys.exit(f"initdb could not make {data}: is the disk full?")
        with (data / "postgresql.conf").open("a") as conf:
            conf.write("include 'telehealth.conf'\n")
    (data / "telehealth.conf").write_text(SETTINGS)
    how = (f"--log={LOG}", f"--options=-p {free_port()}", "--wait", "--silent")
    return as_postgres(root, "pg_ctl", "start", f"--pgdata={DATA}", *how) == 0


def as_postgres(root: Path, program: str, *arguments: str) -> int:
    """Run one of the server's programs inside the folder as its postgres user; its exit code."""
    done = subprocess.run(
        ["chroot", "--userspec=postgres:postgres", root, f"{BIN}/{program}", *arguments],
        # The server outlives us, so it must hold none of our pipes: whoever reads them would wait for ever.
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"},
        check=False,
    )
    return done.returncode


def mount_proc(root: Path) -> None:
    """Give the folder a /proc where the machine allows it; the server also runs without."""
    if not os.path.ismount(root / "proc"):
        subprocess.run(["mount", "-t", "proc", "proc", root / "proc"], stderr=subprocess.DEVNULL, check=False)


def free_port() -> int:
    """The wanted port, or any other when something already answers there."""
    with socket.socket() as listener:
        # As the server does: connections that ended a minute ago do not occupy the port.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, WANTED_PORT))
        except OSError:
            listener.bind((HOST, 0))
        return int(listener.getsockname()[1])


def answers(port: int) -> bool:
    """Whether something accepts connections there."""
    with socket.socket() as client:
        client.settimeout(2)
        return client.connect_ex((HOST, port)) == 0


if __name__ == "__main__":
    main()
