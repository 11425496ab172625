"""docker-compose.yml, held against the Compose schema, our own rules for it and our commands.

The schema is the specification's own, in the version that `check-jsonschema` carries.
"""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import import_module
from importlib.resources import files
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator, ValidationError
from typer.main import get_command

from foundation.settings import PREFIX, Settings
from tests.service.composed import COMPOSE, ROOT, SERVICES, TEXT, make_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator


OURS = [name for name, service in SERVICES.items() if "build" in service]
SCHEMA = json.loads((files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text())

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


# --- Arranging ----------------------------------------------------------------------------------------------


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
