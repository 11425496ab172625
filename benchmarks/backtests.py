"""Backtests: two versions of a rule over a quarter of a year of everybody, against a plain ordered fetch of the same rows."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import adbc_driver_postgresql.dbapi as adbc
from sqlalchemy import text

from alerts import backtest, pathways
from alerts.rules.sign import Sign
from alerts.rules.signs import Signs
from benchmarks import checks
from benchmarks.uploads import Figure
from foundation.database import engine, plain_url, transaction
from people.viewer import CHECKER

DAYS = 90
SIGNS = Signs(
    says="two of low pressure, fast pulse, low oxygen and gain of weight",
    signs=(
        Sign(kind="systolic", at_or_below=100),
        Sign(kind="heart_rate", at_or_above=100),
        Sign(kind="oxygen_saturation", at_or_below=94),
        Sign(kind="body_weight", rise=1.0, days=3),
    ),
    needs=2,
    within_hours=24,
)


def over_everybody(patients: int, rounds: int = 3) -> list[Figure]:
    """One rule of four kinds, as it is and with another number: whom two of four signs are seen in."""
    ids = checks.fill(patients, checks.KINDS, DAYS)
    with engine("owner").connect() as connection:
        team = connection.execute(
            text("SELECT team_id FROM patient WHERE id = :id"), {"id": ids[0]}
        ).scalar_one()
    floors, ours, memory = [], [], []
    rows = 0
    for _ in range(rounds):
        floors.append(fetch(ids))
        done = once(team)
        assert done["patients"] == patients, done
        ours.append(done["seconds"])
        memory.append(done["megabytes"])
        rows = int(done["readings"])
    assert rows == patients * len(checks.KINDS) * DAYS, rows
    ratio = median(ours) / median(floors)
    return [
        Figure(f"backtest of a rule and a change of it, {rows:,} rows", "s", median(floors), median(ours), ratio, "≤ 2", ratio <= 2),
        Figure("… memory", "MB", None, max(memory), max(memory), "≤ 500", max(memory) <= 500),
    ]  # fmt: skip


def fetch(ids: list[int]) -> float:
    """Seconds to read the same rows in order by Arrow, with when they came, and nothing else."""
    with adbc.connect(plain_url("checker"), autocommit=True) as connection, connection.cursor() as cursor:
        begun = time.perf_counter()
        cursor.execute(
            f"""SELECT patient_id, kind, measured_at, value, received_at FROM reading
            WHERE patient_id BETWEEN {ids[0]} AND {ids[-1]} ORDER BY patient_id, kind, measured_at"""
        )
        cursor.fetch_arrow_table()
        return time.perf_counter() - begun


def once(team: int) -> dict[str, float]:
    """One backtest in a process of its own: seconds (without its start), memory at its highest in MB, and what it did."""
    command = [sys.executable, "-m", "benchmarks.backtests", str(team)]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    told: dict[str, float] = json.loads(ran.stdout)
    return told


def question(team: int) -> backtest.Question:
    """A rule and a change of it, over the days that the crowd has readings of."""
    like = pathways.load().rule("heart_failure.weight_and_symptoms")
    rule = replace(like, id="bench.signs", kinds=SIGNS.kinds, params=SIGNS)
    until = datetime.now(UTC)
    changed = replace(rule, params=replace(SIGNS, within_hours=12))
    return backtest.Question(changed, rule, until - timedelta(days=DAYS + 1), until, (team,))


if __name__ == "__main__":
    with transaction(CHECKER) as session:
        session.execute(text("SELECT 1"))
    asked = question(int(sys.argv[1]))
    begun = time.perf_counter()
    found = backtest.run(asked)
    seconds = time.perf_counter() - begun
    megabytes = int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
    told = {
        "seconds": seconds,
        "megabytes": megabytes,
        "patients": found.patients,
        "readings": found.readings,
    }
    print(json.dumps({**told, "raised": found.proposed.alerts, "apart": found.apart}))
