from __future__ import annotations

import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from service import cli
from tests.alerts.lived import UNTIL, Lived
from tests.builders import a_team


@pytest.fixture
def lived(database: str):
    made = Lived(UNTIL - timedelta(days=12), a_team("Plaistow"))
    patient = made.add(["copd"])
    for day, value in enumerate([72, 113, 114, 115, 72, 72]):
        at = made.began + timedelta(days=day, hours=8)
        item = {"kind": "heart_rate", "value": value, "unit": "/min", "measured_at": at.isoformat()}
        made.send(patient, [item], at)
    made.check(UNTIL)
    yield made
    made.checker.close()


def backtest(*more: str):
    return CliRunner().invoke(
        cli.app, ["rules", "backtest", *more, "--from", "2026-11-08", "--to", "2026-11-19"]
    )


def test_one_json_object_says_what_was_found_by_nhs_number(lived):
    done = backtest("every.pulse_limits", "--set", "needs_amber_high=4", "--json")
    found = json.loads(done.stdout)
    assert found["sentence"].startswith("In the 12 days to 20 November 2026 this would have raised 0 alerts")
    assert found["changed"] == {"needs_amber_high": ["2", "4"]}
    assert (found["proposed"]["alerts"], found["todays"]["alerts"], found["lost"]) == (0, 1, 1)
    (one,) = found["named"]
    assert (one["patient"], one["alerts"], one["today"]) == (lived.patients[0].nhs_number, 0, 1)


def test_people_read_a_sentence_first_and_no_name(lived):
    done = backtest("every.pulse_limits", "--team", "Plaistow")
    assert "this would have raised 1 alert for 1 of 1 patient" in done.stdout
    assert lived.patients[0].nhs_number in done.stdout
    assert lived.patients[0].name not in done.stdout


def test_a_rule_of_a_pack_file_is_tried_though_it_does_not_run(lived, tmp_path):
    pack = tmp_path / "sample.toml"
    pack.write_text(
        """id = "sample"
name = "Sample"
version = 1
source = "made up"
standing = "made up"
[[rule]]
id = "sample.slow"
version = 1
type = "limits"
kinds = ["heart_rate"]
settles_after = 2
title = "Slow"
patient_text = "x"
patient_text_red = "x"
team_ask = "x"
source = "made up"
standing = "made up"
hazard = "made up"
[rule.params]
""",
        encoding="utf-8",
    )
    done = backtest("sample.slow", "--file", str(pack))
    assert done.exit_code == 0, done.output
    assert "nobody" in done.stdout


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["every.no_such_rule"], "There is no rule every.no_such_rule"),
        (["every.pulse_limits", "--set", "needs=2"], "has no needs"),
        (["every.pulse_limits", "--set", "needs_amber_high=two"], "takes a whole number, not two"),
        (["every.pulse_limits", "--team", "Nowhere"], "There is no team Nowhere"),
    ],
)
def test_what_cannot_be_tried_is_refused_in_a_sentence(lived, asked, said):
    done = backtest(*asked)
    assert done.exit_code == 1
    assert said in str(done.exception.sentence)
