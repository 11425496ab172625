"""`telehealth score news2` by its pipes: a line for each row, whatever the row is."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from alerts.scores import news2

ROOT = Path(__file__).parent.parent.parent
COMMAND = [sys.executable, "-m", "service.cli", "score", "news2"]
HEADER = "rr,spo2,o2,sbp,hr,acvpu,temp,scale"
WELL = "16,97,False,120,70,A,37.0,1"


def run(text: str | bytes, *options: str, encoding: str = "utf-8") -> subprocess.CompletedProcess[str]:
    body = text.encode(encoding) if isinstance(text, str) else text
    done = subprocess.run([*COMMAND, *options], input=body, cwd=ROOT, capture_output=True, check=False)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def answered(*rows: str, header: str = HEADER) -> tuple[list[dict[str, Any]], int, str]:
    done = run("\n".join([header, *rows, ""]), "--json")
    return [json.loads(line) for line in done.stdout.splitlines()], done.returncode, done.stderr


def test_a_row_becomes_one_json_line_with_total_risk_parts_and_partial():
    told, code, error = answered("21,93,False,120,95,A,37.5,1")
    assert told == [
        {
            "total": 5,
            "risk": "medium",
            "parts": {"rr": 2, "spo2": 2, "o2": 0, "sbp": 0, "hr": 1, "acvpu": 0, "temp": 0},
            "partial": 5,
        }
    ]
    assert (code, error) == (0, "")


def test_an_empty_field_is_missing_and_the_sum_so_far_is_told():
    told, code, _ = answered("25,,True,120,70,A,37.0,1", ",,,,,,,")
    assert told[0] == {
        "total": None,
        "risk": "medium",
        "parts": {"rr": 3, "spo2": None, "o2": 2, "sbp": 0, "hr": 0, "acvpu": 0, "temp": 0},
        "partial": 5,
    }
    assert told[1] == {"total": None, "risk": None, "parts": dict.fromkeys(news2.PARTS), "partial": 0}
    assert code == 0


def test_scale_2_counts_only_where_the_row_says_so():
    rows = [f"16,90,False,120,70,A,37.0,{scale}" for scale in ("1", "", "2", "2.0")]
    assert [one["total"] for one in answered(*rows)[0]] == [3, 3, 0, 0]


BAD = [
    ("x,97,False,120,70,A,37.0,1", "rr"),
    ('16,97,False,120,70,A,"37,5",1', "temp"),
    ("16,97,False,120,-70,A,37.0,1", "hr"),
    ("16,101,False,120,70,A,37.0,1", "spo2"),
    ("16,97,yes,120,70,A,37.0,1", "o2"),
    ("16,97,False,120,70,X,37.0,1", "acvpu"),
    ("16,97,False,120,70,A,37.0,3", "scale"),
    ("16,97,False,120,70,A,nan,1", "temp"),
    ("16,97,False,120,70,A,37,5,1", None),
    ("16,97,False", None),
]


def test_a_bad_row_is_told_by_line_and_field_and_costs_no_other():
    told, code, error = answered(WELL, *[row for bad, _ in BAD for row in (bad, WELL)])
    assert [one.get("total") for one in told] == [0, *[None, 0] * len(BAD)]
    for place, (_, field) in enumerate(BAD):
        wrong = told[2 * place + 1]
        assert (wrong["line"], wrong["field"]) == (2 * place + 3, field)
        assert wrong["error"].startswith(
            f"Line {wrong['line']}, {field}: " if field else f"Line {wrong['line']}: "
        )
    assert error.splitlines() == [one["error"] for one in told if "error" in one]
    assert code == 1


def test_an_error_does_not_repeat_what_stood_there():
    _, _, error = answered("16,97,False,120,Jo Bloggs,A,37.0,1")
    assert "Jo" not in error


def test_columns_come_in_any_order_with_others_between():
    told, code, _ = answered(
        "X1,1,37.5,A,95,120,False,93,21,note", header="patient,scale,temp,acvpu,hr,sbp,o2,spo2,rr,remark"
    )
    assert (told[0]["total"], code) == (5, 0)


def test_a_byte_order_mark_windows_lines_and_blank_lines_change_nothing():
    done = run(f"{HEADER}\r\n{WELL}\r\n\r\n{WELL}", "--json", encoding="utf-8-sig")
    assert (len(done.stdout.splitlines()), done.returncode) == (2, 0)


@pytest.mark.parametrize("header", ["", "rr,spo2,o2,sbp,hr,acvpu,temp", f"{HEADER},rr"])
def test_a_header_without_each_column_once_is_refused_whole(header):
    told, code, error = answered(WELL, header=header)
    assert (told, code) == ([], 1)
    assert HEADER in error.replace("\n", "")


def test_a_row_is_answered_before_the_next_one_comes():
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(
        [*COMMAND, "--json"], cwd=ROOT, env=buffered, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{HEADER}\n")
        for rate, wanted in (("16", 0), ("21", 2)):
            process.stdin.write(f"{rate},97,False,120,70,A,37.0,1\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["total"] == wanted


def test_thousands_of_rows_each_have_their_own_answer():
    draw = random.Random(2017)
    rows = [
        {
            "rr": draw.randint(4, 40), "spo2": draw.randint(75, 100), "o2": draw.random() < 0.3,
            "sbp": draw.randint(70, 240), "hr": draw.randint(30, 150), "acvpu": draw.choice("AAAACVPU"),
            "temp": draw.randint(330, 410) / 10, "scale": draw.choice([1, 2]),
        }
        for _ in range(5000)
    ]  # fmt: skip
    for row in rows:
        row.update(dict.fromkeys([name for name in news2.PARTS if draw.random() < 0.03]))
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADER.split(","))
    writer.writeheader()
    writer.writerows(rows)
    told = [json.loads(line) for line in run(text.getvalue(), "--json").stdout.splitlines()]
    assert len(told) == len(rows)
    for row, one in zip(rows, told, strict=True):
        wanted = news2.score(**row)  # type: ignore[arg-type]  # a drawn row
        assert one == {
            "total": wanted.total, "risk": wanted.risk, "parts": wanted.parts._asdict(), "partial": wanted.partial,
        }  # fmt: skip


def test_without_json_it_is_a_table_for_people():
    done = run(f"{HEADER}\n25,,True,120,70,A,37.0,1\n{WELL}\nx,,,,,,,")
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["total", "risk", "next", "set", *news2.PARTS]
    assert lines[1].split() == ["≥5", "≥", "medium", "within", "1", "h", "3", "-", "2", "0", "0", "0", "0"]
    assert lines[2].split() == ["0", "low", "within", "12", "h", *["0"] * 7]
    assert lines[3].startswith(" error  Line 4, rr: ")
