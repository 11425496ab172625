"""A server, a database and people for the measurements; and our own processes, started as an operator would."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

from sqlalchemy import select

from alerts import pathways, rule_versions, thresholds
from foundation import migrations
from foundation.clock import now
from foundation.database import engine, forget, server, transaction
from foundation.errors import Refused
from people import enrol, teams, tokens
from people.nhs_number import parse
from people.tables import Team
from people.viewer import CHECKER, OWNER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATHWAYS = ("heart_failure", "copd", "hypertension")


@contextmanager
def database(folder: Path) -> Iterator[None]:
    """An embedded server of its own, with fsync and synchronous_commit on as always."""
    os.environ["TELEHEALTH_DATA"] = str(folder)
    os.environ.pop("TELEHEALTH_DATABASE_URL", None)
    forget()
    running = server()
    os.environ["TELEHEALTH_DATABASE_URL"] = running.url()
    forget()
    migrations.migrate()
    with transaction(CHECKER) as session:
        rule_versions.register(session, pathways.load(), now())
    try:
        yield
    finally:
        forget()
        running.stop()


def a_few(number: int, pathway: str = "heart_failure") -> list[tuple[int, str]]:
    """Enrolled patients with a token each: id, token."""
    made = []
    with transaction(OWNER) as session:
        team = teams.add_team(session, f"Team {time.monotonic_ns()}", None, by=OWNER, at=now())
        for _ in range(number):
            patient = enrol.add_patient(
                session, _number(), "Made Up", date(1950, 1, 1), team, [pathway], by=OWNER, at=now()
            )
            made.append((patient.id, tokens.issue(session, patient_id=patient.id, by=OWNER, at=now())))
        thresholds.seed(session, [patient for patient, _ in made], pathways.load(), now())
    return made


def a_nurse() -> str:
    """A token of a clinician of every team."""
    with transaction(OWNER) as session:
        placed = list(session.scalars(select(Team)))
        email = f"nurse{time.monotonic_ns()}@example.org"
        nurse = teams.add_staff(session, email, "Made Up", "clinician", placed, by=OWNER, at=now())
        return tokens.issue(session, staff_id=nurse.id, by=OWNER, at=now())


def a_crowd(number: int) -> list[int]:
    """Many patients at once, by SQL: enrolled, with their pathways' bounds. Their ids."""
    packs = pathways.load()
    bounds = packs.bounds_for(["every", *PATHWAYS])
    with engine("owner").begin() as connection:
        run = connection.exec_driver_sql
        team = run("INSERT INTO team (name) VALUES ('Crowd ' || clock_timestamp()) RETURNING id").scalar_one()
        first = run("SELECT coalesce(max(id), 0) FROM patient").scalar_one()
        run(
            """INSERT INTO patient (nhs_number, name, born, team_id)
            SELECT 'bench' || n, 'Made Up', '1950-01-01', %s FROM generate_series(%s::bigint + 1, %s::bigint + %s::bigint) AS n""",
            (team, first, first, number),
        )
        ids = list(run("SELECT id FROM patient WHERE team_id = %s ORDER BY id", (team,)).scalars())
        run(
            """INSERT INTO enrolment (patient_id, pathway, started_on)
            SELECT p, w, current_date - 60 FROM unnest(%s::bigint[]) p, unnest(%s::text[]) w""",
            (ids, list(PATHWAYS)),
        )
        for kind, one in bounds.items():
            run(
                """INSERT INTO threshold (patient_id, kind, set_at, red_low, amber_low, amber_high, red_high, source)
                SELECT p, %s, now() - interval '60 days', %s, %s, %s, %s, 'bench' FROM unnest(%s::bigint[]) p""",
                (kind, *one.four, ids),
            )
    return ids


_serial = count(1)


def _number() -> str:
    """The next valid number of the range for tests."""
    while True:
        stem = f"999{next(_serial):06d}"
        for check in range(10):
            with suppress(Refused):
                return parse(f"{stem}{check}")


@contextmanager
def process(*arguments: str, module: str = "service.cli") -> Iterator[subprocess.Popen[bytes]]:
    """One of our processes, or the floor's."""
    running = subprocess.Popen([sys.executable, "-m", module, *arguments], stderr=subprocess.DEVNULL)
    try:
        yield running
    finally:
        running.terminate()
        with suppress(subprocess.TimeoutExpired):
            running.wait(10)
        running.kill()


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, path: str = "/health/live", seconds: float = 60) -> None:
    """Until this answers."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise TimeoutError(path)


def days_ago(days: float) -> datetime:
    """A moment."""
    return datetime.now(UTC) - timedelta(days=days)
