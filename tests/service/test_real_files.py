"""Real readings of real people, which nobody here made: they import with counts written down beforehand, once.

The files stand beside the repository (`../shared/data`), under licences that do not let them into it. Where the
folder is not there these tests are not collected, and the run's end says so.
"""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient
from typer.testing import CliRunner

from alerts import pathways, thresholds
from alerts.check import Checker
from foundation.database import transaction
from people.viewer import OWNER
from service import cli, web
from tests import builders

if TYPE_CHECKING:
    from people.tables import Patient

DATA = Path(__file__).parent.parent.parent.parent / "shared" / "data"
PRESSURES = DATA / "home_bp_one_person.csv"
SENSORS = DATA / "cgm_five_people.csv"
EXPORT = DATA / "libreview_clinic_export_us.csv"
PEOPLE = {
    "Subject 1": 2915,
    "Subject 2": 2829,
    "Subject 3": 1533,
    "Subject 4": 3664,
    "Subject 5": 2925,
}  # 13,866 in all
AT = datetime(2026, 11, 20, 9, tzinfo=UTC)

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the folder of real readings is not beside this repository"
)


def enrolled(pathway: str) -> Patient:
    one = builders.a_patient(pathways=[pathway])
    with transaction(OWNER) as session:
        thresholds.seed(session, [one.id], pathways.load(), AT)
    return one


def imported(file: Path, patient: Patient, *options: str) -> dict[str, object]:
    ran = CliRunner().invoke(cli.app, ["import", str(file), "--patient", patient.nhs_number, *options])
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout.splitlines()[-1])


def counted(told: dict[str, object]) -> tuple[object, ...]:
    return tuple(told[name] for name in ("stored", "duplicate", "held", "rejected"))


def stored(patient: Patient) -> list[tuple[int, datetime, float]]:
    with transaction(OWNER) as session:
        sql = text(
            "SELECT kind, measured_at, value FROM reading WHERE patient_id = :p ORDER BY measured_at, kind"
        )
        return [tuple(row) for row in session.execute(sql, {"p": patient.id})]


def test_one_persons_blood_pressure_imports_whole_and_once(database: str):
    patient = enrolled("hypertension")
    assert counted(imported(PRESSURES, patient)) == (222, 0, 0, 0)
    assert len(stored(patient)) == 222 * 3
    assert counted(imported(PRESSURES, patient)) == (0, 222, 0, 0)
    assert len(stored(patient)) == 222 * 3


def test_what_is_stored_is_what_stands_in_the_file(database: str):
    patient = enrolled("hypertension")
    imported(PRESSURES, patient)
    wanted = set()
    with PRESSURES.open() as file:
        for row in csv.DictReader(file):
            at = datetime.fromisoformat(row["timestamp_utc"])
            wanted |= {(1, at, float(row["sys"])), (2, at, float(row["dia"])), (3, at, float(row["pulse"]))}
    assert set(stored(patient)) == wanted


def test_five_people_with_sensors_import_each_to_their_own(database: str):
    total = 0
    for name, readings in PEOPLE.items():
        patient = enrolled("diabetes")
        assert counted(imported(SENSORS, patient, "--unit", "mg/dL", "--only", name)) == (readings, 0, 0, 0)
        assert len(stored(patient)) == readings
        total += readings
    assert total == 13_866


def test_a_clinics_export_imports_whole_and_once(database: str):
    patient = enrolled("diabetes")
    # 1,339 rows of sensor values; one says the same moment and value again, three another value for a moment.
    assert counted(imported(EXPORT, patient)) == (1335, 1, 3, 0)
    assert counted(imported(EXPORT, patient)) == (0, 1336, 3, 0)


def test_the_same_files_come_in_by_the_api_with_the_same_counts(database: str):
    patient = enrolled("hypertension")
    headers = {**builders.bearer(patient), "Content-Type": "text/csv"}
    with TestClient(web.app()) as client:
        for wanted in ("stored", "duplicate"):
            answer = client.post("/api/v1/readings", content=PRESSURES.read_bytes(), headers=headers)
            verdicts = [result["verdict"] for result in answer.json()["results"]]
            assert verdicts == [wanted] * 222


def test_the_alerts_of_the_blood_pressure_file_equal_a_plain_loop_over_it(database: str):
    patient = enrolled("hypertension")
    imported(PRESSURES, patient)
    checker = Checker(pathways.load())
    checker.batch(AT)
    checker.close()
    with transaction(OWNER) as session:
        sql = text("""SELECT rule, started_at, severity FROM episode WHERE patient_id = :p
            AND rule IN ('every.systolic_limits', 'every.diastolic_limits', 'every.pulse_limits') ORDER BY rule, started_at""")
        found = [tuple(row) for row in session.execute(sql, {"p": patient.id})]
    assert found == sorted(
        limits("every.systolic_limits", "sys", red_low=80, low=90, high=180, red_high=200)
        + limits("every.diastolic_limits", "dia", red_low=0, low=0, high=110, red_high=120)
        + limits("every.pulse_limits", "pulse", red_low=40, low=45, high=111, red_high=131)
    )


def limits(
    rule: str, column: str, *, red_low: float, low: float, high: float, red_high: float
) -> list[tuple[str, datetime, int]]:
    """Episodes by one loop over the rows of the file: red at once, amber when two in a row within 72 hours."""
    with PRESSURES.open() as file:
        rows = sorted(
            (datetime.fromisoformat(row["timestamp_utc"]), float(row[column])) for row in csv.DictReader(file)
        )
    found: list[tuple[str, datetime, int]] = []
    open_since: datetime | None = None
    level, calm = 0, 0
    before: tuple[datetime, int] | None = None
    for at, value in rows:
        side = -1 if value <= low else 1 if value >= high else 0
        red = value <= red_low or value >= red_high
        twice = (
            side != 0 and before is not None and before[1] == side and at - before[0] <= timedelta(hours=72)
        )
        grade = 4 if red else 3 if twice else 0
        calm = calm + 1 if side == 0 else 0
        if grade and open_since is None:
            open_since, level = at, grade
        elif grade:
            level = max(level, grade)
        if open_since is not None and calm == 2:
            found.append((rule, open_since, level))
            open_since = None
        before = (at, side)
    if open_since is not None:
        found.append((rule, open_since, level))
    return found
