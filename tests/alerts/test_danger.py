"""What is clearly dangerous is red at once, whoever sent it and whatever is usual for them: by API, through the checker."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from alerts import pathways, thresholds
from alerts.check import Checker
from foundation.clock import now
from foundation.database import transaction
from people.viewer import OWNER
from tests import builders
from tests.web import client

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.storage
PACKS = pathways.load()
ALERTS = text("SELECT rule FROM alert WHERE patient_id = :patient AND severity = 4 AND resolved_at IS NULL")
# What is sent, on which pathway, what is usual for most people, and what is usual for somebody nearer to the limit.
DANGERS = [
    ("oxygen_saturation", 78, "%", "copd", 96, 91),
    ("oxygen_saturation", 78, "%", "virtual_ward", 97, 94),
    ("systolic", 215, "mmHg", "hypertension", 128, 165),
    ("heart_rate", 160, "/min", "heart_failure", 72, 96),
    ("glucose", 2.0, "mmol/L", "diabetes", 7.0, 4.5),
    ("body_temperature", 40.5, "Cel", "copd", 36.5, 37.3),
]


@pytest.fixture
def checker(database: str) -> Iterator[Checker]:
    made = Checker(PACKS)
    yield made
    made.close()


def reading(kind: str, value: float, unit: str, at: datetime) -> dict[str, object]:
    return {"kind": kind, "value": value, "unit": unit, "measured_at": at.isoformat()}


@pytest.mark.parametrize("history", ["new", "usual", "near"])
@pytest.mark.parametrize(("kind", "value", "unit", "pathway", "usual", "near"), DANGERS)
def test_one_dangerous_reading_is_red_at_once(checker, history, kind, value, unit, pathway, usual, near):
    at = now()
    patient = builders.a_patient(pathways=[pathway], enrolled_on=(at - timedelta(days=40)).date())
    with transaction(OWNER) as session:
        thresholds.seed(session, [patient.id], PACKS, at)
    ordinary = {"new": None, "usual": usual, "near": near}[history]
    days = [at - timedelta(days=day, hours=1) for day in range(30, 0, -1)] if ordinary else []
    with client(patient) as device:
        if days:
            before = {"readings": [reading(kind, ordinary, unit, day) for day in days]}
            assert device.post("/api/v1/readings", json=before).status_code == 201
            _check(checker)
            assert not _red(patient.id)
        sent = device.post("/api/v1/readings", json={"readings": [reading(kind, value, unit, at)]})
        assert sent.status_code in (201, 207), sent.text
    _check(checker)
    assert _red(patient.id)


def _check(checker: Checker) -> None:
    while checker.batch(now()) is not None:
        pass


def _red(patient: int) -> list[str]:
    with transaction(OWNER) as session:
        return list(session.scalars(ALERTS, {"patient": patient}))
