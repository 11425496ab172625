"""The nights on which clocks change, and the day that is there every fourth year: by a clock that is handed in."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from alerts import pathways, thresholds
from alerts.check import Checker
from foundation.database import transaction
from ingest.intake import Sent
from ingest.items import decode
from ingest.writer import keep
from people.viewer import OWNER, Viewer
from tests import builders

if TYPE_CHECKING:
    from collections.abc import Iterator

LONDON = ZoneInfo("Europe/London")
DAYS = [date(2026, 10, 24), date(2026, 10, 25), date(2027, 3, 28), date(2028, 2, 29)]


@pytest.fixture
def checker(database: str) -> Iterator[Checker]:
    made = Checker(pathways.load())
    yield made
    made.close()


def local(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=LONDON).astimezone(UTC)


def enrolled(pathway: str, day: date, at: datetime) -> int:
    one = builders.a_patient(pathways=[pathway], enrolled_on=day)
    with transaction(OWNER) as session:
        thresholds.seed(session, [one.id], pathways.load(), at)
    return one.id


def send(
    patient: int,
    at: datetime,
    measured: str,
    kind: str = "oxygen_saturation",
    value: float = 96,
    unit: str = "%",
) -> str:
    body = json.dumps(
        {"readings": [{"kind": kind, "value": value, "unit": unit, "measured_at": measured}]}
    ).encode()
    items = decode(body, "application/json", None, 10**6).items
    sent = Sent(patient, Viewer("patient", patient, "patient"), "api", "application/json", body, items, at)
    return str(json.loads(keep([sent], thresholds.CURRENT, at)[0].body)["results"][0]["verdict"])


def overdue(patient: int) -> list[tuple[str, int, datetime]]:
    with transaction(OWNER) as session:
        sql = text(
            "SELECT rule, severity, started_at FROM episode WHERE patient_id = :p AND rule LIKE '%overdue' ORDER BY started_at"
        )
        return [tuple(row) for row in session.execute(sql, {"p": patient})]


def run(checker: Checker, since: datetime, until: datetime) -> None:
    """Let the clock go by half hours, with a pass at each."""
    at = since
    while at <= until:
        checker.run(lambda at=at: at)
        at += timedelta(minutes=30)


@pytest.mark.parametrize("day", DAYS)
def test_a_ward_patient_who_sends_in_each_slot_is_never_overdue(checker: Checker, day: date):
    since = local(day, 0)
    patient = enrolled("virtual_ward", day, since)
    for hour in (8, 12, 18):
        for kind, value, unit in (("oxygen_saturation", 96.0, "%"), ("heart_rate", 70.0, "/min")):
            at = local(day, hour)
            assert send(patient, at, at.isoformat(), kind, value, unit) == "stored"
    run(checker, since, local(day, 23))
    assert overdue(patient) == []


@pytest.mark.parametrize("day", DAYS)
def test_a_ward_patient_who_sends_nothing_is_overdue_when_the_slot_and_its_grace_are_over(
    checker: Checker, day: date
):
    since = local(day, 0)
    patient = enrolled("virtual_ward", day, since)
    checker.run(lambda: since)
    checker.run(lambda: local(day, 11, 59))
    assert overdue(patient) == []
    checker.run(lambda: local(day, 12, 0))
    assert [(rule, started) for rule, _, started in overdue(patient)] == [
        ("virtual_ward.overdue", local(day, 12))
    ]


@pytest.mark.parametrize("day", DAYS)
def test_a_reading_that_comes_late_for_its_slot_takes_the_alarm_back(checker: Checker, day: date):
    since = local(day, 0)
    patient = enrolled("virtual_ward", day, since)
    checker.run(lambda: since)
    checker.run(lambda: local(day, 12))
    assert len(overdue(patient)) == 1
    for kind, value, unit in (("oxygen_saturation", 96.0, "%"), ("heart_rate", 70.0, "/min")):
        send(patient, local(day, 13), local(day, 8).isoformat(), kind, value, unit)
    checker.run(lambda: local(day, 13))
    assert overdue(patient) == []
    with transaction(OWNER) as session:
        alert = session.execute(
            text("SELECT withdrawn, resolved_at FROM alert WHERE patient_id = :p"), {"p": patient}
        ).one()
    assert tuple(alert) == (True, None)


def test_a_missing_reading_raises_once_however_often_the_clock_of_that_hour_is_seen(checker: Checker):
    day = date(2026, 10, 25)
    patient = enrolled("virtual_ward", day, local(day, 0))
    for hour in (0, 1):
        for fold in (0, 1):
            at = datetime(2026, 10, 25, hour, 30, tzinfo=LONDON, fold=fold).astimezone(UTC)
            checker.run(lambda at=at: at)
    run(checker, local(day, 11), local(day, 13))
    with transaction(OWNER) as session:
        assert (
            session.execute(
                text("SELECT count(*) FROM alert WHERE patient_id = :p"), {"p": patient}
            ).scalar_one()
            == 1
        )


@pytest.mark.parametrize(
    ("wall", "at"),
    [
        ("2026-10-25T01:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # shown twice: the first time
        ("2027-03-28T01:30", datetime(2027, 3, 28, 1, 30, tzinfo=UTC)),  # never shown: a clock not yet moved
        ("2028-02-29T12:00", datetime(2028, 2, 29, 12, tzinfo=UTC)),
        ("2026-10-24T12:00", datetime(2026, 10, 24, 11, tzinfo=UTC)),
    ],
)
def test_a_time_without_a_zone_is_londons_and_what_was_given_is_kept(database: str, wall: str, at: datetime):
    patient = enrolled("copd", at.date(), at)
    assert send(patient, at + timedelta(hours=3), wall) == "stored"
    with transaction(OWNER) as session:
        row = session.execute(
            text("SELECT measured_at, given FROM reading WHERE patient_id = :p"), {"p": patient}
        ).one()
    assert row.measured_at == at
    assert wall in row.given


def test_both_passes_of_the_hour_that_happens_twice_are_two_readings(database: str):
    patient = enrolled("copd", date(2026, 10, 24), local(date(2026, 10, 24), 12))
    received = local(date(2026, 10, 25), 9)
    for measured in ("2026-10-25T01:30:00+01:00", "2026-10-25T01:30:00+00:00"):
        assert send(patient, received, measured) == "stored"
    assert send(patient, received, "2026-10-25T00:30:00Z") == "duplicate"
