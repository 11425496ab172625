from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from alerts import pathways

HEADER = "patient,kind,value,unit,measured_at"
WEIGHTS = [
    ("2026-11-01T08:00:00Z", 80.0),
    ("2026-11-02T08:00:00Z", 80.1),
    ("2026-11-03T08:00:00Z", 81.0),
    ("2026-11-04T08:00:00Z", 82.4),
    ("2026-11-05T08:00:00Z", 80.2),
    ("2026-11-06T08:00:00Z", 80.1),
    ("2026-11-07T08:00:00Z", 80.1),
    ("2026-11-08T08:00:00Z", 80.1),
]


def run(tmp_path, text, *more, as_of="2026-11-20T07:00:00Z", pack="heart_failure"):
    file = tmp_path / "readings.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    command = [sys.executable, "-m", "service.cli", "rules", "run", "--pack", pack, "--readings", str(file)]
    done = subprocess.run(
        [*command, "--as-of", as_of, "--json", *more], capture_output=True, text=True, check=False
    )
    return done, [json.loads(line) for line in done.stdout.splitlines()]


def lines(weights, patient="A", received=None):
    return [
        f"{patient},body_weight,{value},kg,{at}" + ("" if received is None else f",{received.get(at, '')}")
        for at, value in weights
    ]


def of(found, rule):
    return [alert for alert in found if alert["rule"] == rule]


def test_an_episode_is_one_line_with_what_it_rests_on(tmp_path):
    later = [*WEIGHTS, ("2026-11-17T08:00:00Z", 80.2), ("2026-11-18T08:00:00Z", 80.1)]
    done, found = run(tmp_path, "\n".join([HEADER, *lines(later)]))
    assert done.returncode == 0
    (alert,) = of(found, "heart_failure.weight_rise")
    assert alert["patient"] == "A"
    assert alert["severity"] == "yellow"
    assert alert["version"] >= 1
    assert alert["raised_at"] == "2026-11-04T08:00:00+00:00"
    assert alert["settled_at"] == "2026-11-18T08:00:00+00:00"  # the first normal one after two weeks
    assert "2.4 kg" in alert["sentence"]
    assert alert["evidence"][-1] == {
        "kind": "body_weight",
        "measured_at": "2026-11-04T08:00:00+00:00",
        "value": 82.4,
    }


def test_checked_daily_it_is_raised_by_the_first_check_that_had_received_it(tmp_path):
    late = {"2026-11-04T08:00:00Z": "2026-11-06T12:00:00Z"}
    text = "\n".join([f"{HEADER},received_at", *lines(WEIGHTS, received=late)])
    _, found = run(tmp_path, text, "--replay-daily")
    (alert,) = of(found, "heart_failure.weight_rise")
    assert alert["raised_at"] == "2026-11-07T07:00:00+00:00"
    assert alert["withdrawn"] is False


def test_what_a_late_reading_took_back_stays_as_withdrawn(tmp_path):
    low = [f"A,oxygen_saturation,86,%,2026-11-0{day}T08:00:00Z,2026-11-0{day}T08:01:00Z" for day in (1, 3)]
    between = "A,oxygen_saturation,92,%,2026-11-02T08:00:00Z,2026-11-05T08:00:00Z"
    _, found = run(
        tmp_path, "\n".join([HEADER + ",received_at", *low, between]), "--replay-daily", pack="copd"
    )
    (alert,) = of(found, "every.oxygen_limits")
    assert alert["withdrawn"] is True
    assert alert["raised_at"] == "2026-11-04T07:00:00+00:00"


def test_of_two_values_for_one_moment_the_first_to_arrive_stands(tmp_path):
    rows = [
        "A,body_weight,80.0,kg,2026-11-02T08:00:00Z,2026-11-02T08:00:00Z",
        "A,body_weight,82.4,kg,2026-11-04T08:00:00Z,2026-11-04T09:00:00Z",
        "A,body_weight,80.3,kg,2026-11-04T08:00:00Z,2026-11-04T08:30:00Z",
    ]
    _, found = run(tmp_path, "\n".join([f"{HEADER},received_at", *rows]))
    assert of(found, "heart_failure.weight_rise") == []


def test_bad_lines_are_named_and_their_neighbours_kept(tmp_path):
    bad = [
        "A,body_weght,80,kg,2026-11-01T08:00:00Z",
        "A,body_weight,heavy,kg,2026-11-01T08:00:00Z",
        "A,body_weight,80,,2026-11-01T08:00:00Z",
        "A,body_weight,80,kg,yesterday",
        ",body_weight,80,kg,2026-11-01T08:00:00Z",
    ]
    done, found = run(tmp_path, "\n".join([HEADER, *bad, *lines(WEIGHTS)]))
    assert len(of(found, "heart_failure.weight_rise")) == 1
    for number in range(2, 7):
        assert f"line {number}:" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "cannot be read"),
        (b"patient,kind,value\nA,body_weight,80\n", "unit, measured_at"),
        (b"\xff\xfe\x00", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_a_sentence(tmp_path, text, said):
    done, _ = run(tmp_path, text)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_pathway_is_refused_with_those_there_are(tmp_path):
    done, _ = run(tmp_path, "\n".join([HEADER, *lines(WEIGHTS)]), pack="heart")
    assert done.returncode == 1
    assert "heart_failure" in done.stderr


def test_units_are_converted_and_impossible_values_are_no_readings(tmp_path):
    pounds = [f"A,body_weight,{value / 0.45359237:.6f},lb,{at}" for at, value in WEIGHTS]
    impossible = ["A,body_weight,9000,kg,2026-11-03T09:00:00Z"]
    _, found = run(tmp_path, "\n".join([HEADER, *pounds, *impossible]))
    (alert,) = of(found, "heart_failure.weight_rise")
    assert "2.4 kg" in alert["sentence"]


def test_missing_readings_are_told_only_when_asked_for(tmp_path):
    text = "\n".join([HEADER, *lines(WEIGHTS)])
    _, found = run(tmp_path, text, as_of="2026-11-15T12:00:00Z")
    assert of(found, "heart_failure.overdue") == []
    _, found = run(tmp_path, text, "--schedule", as_of="2026-11-15T12:00:00Z")
    assert len(of(found, "heart_failure.overdue")) == 1


def test_a_rule_that_starts_as_a_draft_raises_nothing(tmp_path, monkeypatch):
    far = [(f"2026-10-{day:02}T08:00:00Z", 80.0) for day in range(1, 31)]
    far += [(f"2026-11-{day:02}T08:00:00Z", 82.0) for day in range(1, 9)]
    text = "\n".join([HEADER, *lines(far)])
    _, found = run(tmp_path, text)
    assert of(found, "heart_failure.drift")
    assert not of(found, "heart_failure.cusum")
    packs = tmp_path / "packs"
    packs.mkdir()
    for file in Path(pathways.__file__).parent.glob("*.toml"):
        (packs / file.name).write_text(file.read_text("utf-8").replace('life = "draft"', ""), "utf-8")
    monkeypatch.setenv("TELEHEALTH_PATHWAYS", str(packs))
    _, found = run(tmp_path, text)
    assert of(found, "heart_failure.cusum")
