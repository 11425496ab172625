"""A made-up team at work, as the tests of pages need it: readings by the real door, alerts, signed-in clients."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from fastapi.testclient import TestClient
from sqlalchemy import event, text

from alerts import pathways, thresholds
from foundation import database as engines
from foundation.clock import now
from foundation.database import transaction
from people.tables import Patient, Staff
from people.viewer import OWNER
from service import web
from tests import rows
from tests.builders import bearer

HTML = {"Accept": "text/html"}
EVIDENCE = '{"kind": 1, "readings": [], "arithmetic": ["186 is at or above 180"]}'


@contextmanager
def served() -> Iterator[TestClient]:
    """The whole web process, on the test's database. Nobody is signed in."""
    with TestClient(web.app(), base_url="https://testserver", follow_redirects=False, headers=HTML) as client:
        yield client


@contextmanager
def signed_in(person: Patient | Staff) -> Iterator[TestClient]:
    """The same, with this person at the keyboard."""
    with served() as client:
        client.headers.update(bearer(person))
        yield client


def at_keyboard(client: TestClient, person: Patient | Staff) -> TestClient:
    """The client of this person from now on."""
    client.headers.update(bearer(person))
    return client


def with_bounds(patient: Patient) -> Patient:
    """The patient, with the thresholds of their pathways."""
    with transaction(OWNER) as session:
        thresholds.seed(session, [patient.id], pathways.load(), now() - timedelta(days=100))
        session.execute(text("DELETE FROM arrival"))
    return patient


def a_pass(at: datetime | None = None) -> None:
    """A complete check that has just ended (or did at `at`)."""
    moment = at or now()
    with transaction(OWNER) as session:
        rows.add(session, "pass", started_at=moment, finished_at=moment)


def send(client: TestClient, *readings: dict[str, Any]) -> dict[str, Any]:
    """Readings by the API, by whoever is signed in."""
    told = client.post("/api/v1/readings", json={"readings": list(readings)}).json()
    assert "results" in told, told
    return told


def reading(kind: str, value: Any, at: datetime | None = None, unit: str | None = None) -> dict[str, Any]:
    """One item of an upload."""
    moment = at or now()
    found = {"kind": kind, "value": value, "measured_at": moment.isoformat(), "provenance": "patient_typed"}
    return found if unit is None else {**found, "unit": unit}


def an_alert(patient: Patient, **given: Any) -> UUID:
    """One alert on the queue of the patient's team; what is not given is plausible."""
    moment = given.pop("raised_at", now())
    number = uuid4()
    plain = {
        "id": number, "patient_id": patient.id, "team_id": patient.team_id, "rule": f"every.made_up_{number}", "version": 1,
        "severity": 4, "raised_at": moment, "first_at": moment, "last_at": moment, "evidence": EVIDENCE,
        "sentence": "Systolic blood pressure 186 mmHg, at or above the red limit of 180 mmHg.",
    }  # fmt: skip
    with transaction(OWNER) as session:
        rows.add(session, "alert", **(plain | given))
        session.execute(
            text(
                "INSERT INTO alert_event (patient_id, alert_id, at, what, actor) VALUES (:p, :a, :at, 'raised', 'checker')"
            ),
            {"p": patient.id, "a": number, "at": moment},
        )
    return number


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that the web's role runs meanwhile."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    engine = engines.engine("web")
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def audited(action: str) -> list[Any]:
    """The audit rows of this action."""
    with transaction(OWNER) as session:
        return list(session.execute(text("SELECT * FROM audit WHERE action = :a ORDER BY at"), {"a": action}))


def only(sql: str, **told: Any) -> Any:
    """The one value that a query gives, seen by the owner."""
    with transaction(OWNER) as session:
        return session.execute(text(sql), told).scalar_one()
