"""A sensor's figures of five real people, against loops that know nothing of the module.

The file stands beside the repository (`../shared/data`), under a licence that does not let it into it.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
DATA = ROOT.parent / "shared" / "data"
SENSORS = DATA / "cgm_five_people.csv"
PEOPLE = {"Subject 1": 2915, "Subject 2": 2829, "Subject 3": 1533, "Subject 4": 3664, "Subject 5": 2925}

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the folder of real readings is not beside this repository"
)


def by_hand() -> list[dict[str, object]]:
    values: dict[str, list[float]] = {}
    with SENSORS.open(newline="") as file:
        for row in csv.DictReader(file):
            values.setdefault(row["id"], []).append(float(row["gl"]))
    return [one_person(name, theirs) for name, theirs in values.items()]


def one_person(name: str, values: list[float]) -> dict[str, object]:
    n = total = squares = inside = low = very_low = high = very_high = 0.0
    for value in values:
        n += 1
        total += value
        inside += 70 <= value <= 180
        low += value < 70
        very_low += value < 54
        high += value > 180
        very_high += value > 250
    mean = total / n
    for value in values:
        squares += (value - mean) ** 2
    return {
        "id": name,
        "n": n,
        "mean_mmol": mean / 18.0156,
        "gmi_pct": 3.31 + 0.02392 * mean,
        "tir_pct": 100 * inside / n,
        "tbr39_pct": 100 * low / n,
        "tbr30_pct": 100 * very_low / n,
        "tar100_pct": 100 * high / n,
        "tar139_pct": 100 * very_high / n,
        "cv_pct": 100 * (squares / (n - 1)) ** 0.5 / mean,
    }


def test_figures_of_five_people_with_sensors_are_those_of_plain_loops():
    command = [sys.executable, "-m", "service.cli", "glucose", str(SENSORS), "--unit", "mg/dL", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.stderr == ""
    assert {one["id"]: one["n"] for one in told} == PEOPLE
    for ours, theirs in zip(told, by_hand(), strict=True):
        assert list(ours) == list(theirs)
        assert ours.pop("id") == theirs.pop("id")
        assert ours == pytest.approx(theirs, rel=1e-10)
