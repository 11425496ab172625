"""`telehealth glucose FILE`: a line for each person, and a word on each row that does not count."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
KEYS = [
    "id",
    "n",
    "mean_mmol",
    "gmi_pct",
    "tir_pct",
    "tbr39_pct",
    "tbr30_pct",
    "tar100_pct",
    "tar139_pct",
    "cv_pct",
]


def run(file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "service.cli", "glucose", str(file), *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "sensors.csv"

    def write(*rows: str, header: str = "id,time,gl", encoding: str = "utf-8") -> Path:
        path.write_text("\n".join([header, *rows, ""]), encoding=encoding, newline="")
        return path

    return write


def figures(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, object]]:
    return {one["id"]: one for one in map(json.loads, done.stdout.splitlines())}


def test_each_person_has_a_line_in_order_of_first_appearance(file):
    path = file(
        '"1","B",2026-06-06 16:50:27,90,x',
        '"2","A",2026-06-06 16:50:27,200,x',
        '"3","B",2026-06-06 16:55:27,110,x',
        header='"","id","time","gl","note"',
    )
    done = run(path, "--unit", "mg/dL", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    told = figures(done)
    assert list(told) == ["B", "A"]
    assert list(told["B"]) == KEYS
    assert told["B"]["n"] == 2
    assert told["B"]["mean_mmol"] == pytest.approx(100 / 18.0156, abs=1e-9)
    assert told["B"]["cv_pct"] == pytest.approx(14.142135623731, abs=1e-9)
    assert (told["B"]["tir_pct"], told["A"]["tar100_pct"], told["A"]["cv_pct"]) == (100, 100, None)


def test_rows_that_cannot_be_read_are_told_by_line_and_do_not_count(file):
    path = file(
        "A,2026-06-06 16:50:27,5.5",
        "A,2026-06-06 16:55:27,",
        "A,2026-06-06 17:00:27,six",
        "A,yesterday,6.5",
        ",2026-06-06 17:05:27,6.5",
        "A,2026-06-06 17:10:27,-1",
        "A,2026-06-07,6.5",
        "B,2026-06-06 17:10:27,",
    )
    done = run(path, "--unit", "mmol/L", "--json")
    told = figures(done)
    assert (told["A"]["n"], told["A"]["mean_mmol"]) == (2, 6.0)
    assert (told["B"]["n"], told["B"]["tir_pct"]) == (0, None)
    assert [line.split(" is not")[0] for line in done.stderr.splitlines()] == [
        f"Line {number}" for number in (3, 4, 5, 6, 7, 9)
    ]
    assert "six" not in done.stderr
    assert done.returncode == 0


def test_low_and_high_of_a_sensor_count_in_the_shares_only_and_it_says_so(file):
    path = file("A,2026-06-06 16:50,Low", "A,2026-06-06 16:55,100", "A,2026-06-06 17:00,HIGH")
    done = run(path, "--unit", "mg/dL", "--json")
    told = figures(done)["A"]
    assert (told["n"], told["mean_mmol"]) == (3, pytest.approx(100 / 18.0156))
    assert told["tbr30_pct"] == told["tar139_pct"] == pytest.approx(100 / 3)
    assert "1 Low and 1 High" in done.stderr


def test_the_unit_must_be_said_and_be_one_of_two(file):
    path = file("A,2026-06-06 16:50,5.5")
    missing, wrong = run(path, "--json"), run(path, "--unit", "mg", "--json")
    assert missing.returncode != 0
    assert wrong.returncode == 1
    assert missing.stdout == wrong.stdout == ""
    assert "--unit" in missing.stderr
    assert "mmol/L, mg/dL" in wrong.stderr


def test_a_unit_that_cannot_be_right_is_remarked_on_and_followed(file):
    done = run(file("A,2026-06-06 16:50,5.5"), "--unit", "mg/dL", "--json")
    assert figures(done)["A"]["tbr30_pct"] == 100
    assert "Check that --unit is right" in done.stderr


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_marks_and_windows_lines_change_nothing(file, encoding):
    path = file("A,2026-06-06 16:50,5.5\r\nA,2026-06-06 16:55,6.5\r", encoding=encoding)
    assert figures(run(path, "--unit", "mmol/L", "--json"))["A"]["n"] == 2


def test_a_file_without_its_columns_or_with_no_good_row_fails(file):
    no_columns = run(file("A,5.5", header="id,gl"), "--unit", "mmol/L", "--json")
    assert (no_columns.returncode, no_columns.stdout) == (1, "")
    assert "id, time, gl" in no_columns.stderr
    assert run(file("A,2026-06-06 16:50,"), "--unit", "mmol/L", "--json").returncode == 1
    assert run(Path("/nowhere.csv"), "--unit", "mmol/L").returncode == 1


def test_without_json_it_is_a_table_for_people(file):
    done = run(file("Jo,2026-06-06 16:50,5.5"), "--unit", "mmol/L")
    head, row = done.stdout.splitlines()
    assert head.split()[:3] == ["id", "n", "mmol/L"]
    assert row.split() == ["Jo", "1", "5.50", "5.68", "100.00", *["0.00"] * 4, "-"]
