"""The two plain ways, and that published figures come out again."""

import ast
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.alert_quality import fixed_limits, our_packs, plain_cusum
from benchmarks.alert_quality.__main__ import main
from benchmarks.alert_quality.cohort import Cohort, make
from benchmarks.alert_quality.people import autoregressive
from benchmarks.alert_quality.plain_cusum import BASELINE, cusum, new_ones, standardised
from benchmarks.alert_quality.scoring import count

HERE = Path(__file__).parents[2] / "benchmarks" / "alert_quality"
PEOPLE, DAYS = 1500, 365


@pytest.fixture(scope="module")
def stable() -> np.ndarray:
    """z of stable people by the mean and SD of their first 28 days, lag-1 autocorrelation 0.3: clinical notes 3.3."""
    series = autoregressive(np.random.default_rng(1), PEOPLE, DAYS, 0.3)
    first = series[:, :BASELINE]
    return (series[:, BASELINE:] - first.mean(axis=1)[:, None]) / first.std(axis=1, ddof=1)[:, None]


def _a_year(flags: np.ndarray) -> tuple[float, float]:
    """Episodes a patient-year, and their standard error between people."""
    each = new_ones(flags).sum(axis=1) / (DAYS - BASELINE) * 365
    return each.mean(), each.std() / np.sqrt(len(each))


def test_three_standard_deviations_alarm_as_often_as_published(stable):
    rate, error = _a_year(np.abs(stable) > 3)
    assert rate == pytest.approx(2.6, abs=3 * error + 0.05)


def test_a_plain_cusum_alarms_as_often_as_published(stable):
    rate, error = _a_year(cusum(stable) | cusum(-stable))
    assert rate == pytest.approx(2.3, abs=3 * error + 0.05)


def _cohort(*rows: tuple[str, float, float], pathway: str = "hypertension") -> Cohort:
    """(kind, day, value), received at once."""
    start = pd.Timestamp("2025-03-01", tz="UTC")
    at = [start + pd.Timedelta(days=day) for _, day, _ in rows]
    readings = pd.DataFrame(
        {
            "patient": "a",
            "kind": [row[0] for row in rows],
            "value": [float(row[2]) for row in rows],
            "unit": "",
            "measured_at": at,
            "received_at": at,
        }
    )
    return Cohort(pathway, 60, readings, pd.DataFrame(), pd.DataFrame())


def _raised(alerts: pd.DataFrame) -> list[tuple[str, str, float]]:
    since = (alerts["raised_at"] - pd.Timestamp("2025-03-01", tz="UTC")) / pd.Timedelta(days=1)
    return sorted(zip(alerts["rule"], alerts["severity"], since, strict=True))


def test_a_reading_past_a_limit_is_raised_at_the_next_noon_and_once_a_week():
    made = _cohort(
        ("systolic", 1.3, 150), ("systolic", 2.6, 151), ("systolic", 20.3, 181), ("heart_rate", 3.3, 110)
    )
    assert _raised(fixed_limits.judge(made)) == [("systolic", "amber", 1.5), ("systolic", "red", 20.5)]


def test_what_cannot_be_a_reading_breaks_no_limit():
    made = _cohort(
        ("systolic", 1.3, 17.3), ("diastolic", 1.3, 11), ("systolic", 3.3, 82), ("diastolic", 3.3, 151)
    )
    assert fixed_limits.judge(made).empty


def test_weight_that_rises_more_than_two_kilograms_in_three_days():
    rise = _cohort(("body_weight", 1.3, 80), ("body_weight", 4.3, 82.1), ("body_weight", 5.3, 175))
    assert _raised(fixed_limits.judge(rise)) == [("weight_rise", "amber", 4.5)]
    slow = _cohort(("body_weight", 1.3, 80), ("body_weight", 5.3, 82.1))
    assert fixed_limits.judge(slow).empty


def test_two_complaints_on_one_day():
    made = _cohort(
        ("breathlessness", 1.3, 2), ("sputum", 3.3, 1), ("breathlessness", 5.3, 2), ("sputum", 5.3, 3)
    )
    assert _raised(fixed_limits.judge(made)) == [("complaints", "amber", 5.5)]


def test_quiet_limits_have_no_more_false_cards_than_asked():
    cohort = make("diabetes", 80, 200, seed=1)
    loud = count(fixed_limits.judge(cohort), cohort.events, cohort.watched)
    quiet = count(fixed_limits.judge_quietly(cohort, 1.5), cohort.events, cohort.watched)
    assert loud.false / loud.quiet_years > 1.5
    assert quiet.false / quiet.quiet_years <= 1.5


def test_a_cusum_needs_a_baseline_then_sees_a_shift_and_starts_anew():
    values = np.tile([0.0, 1.0, -1.0], 20)[None, :]
    values[0, 40:] += 6
    z = standardised(values)
    assert np.isnan(z[0, :14]).all()
    flags = cusum(z)
    assert not flags[0, :40].any()
    assert flags[0, 40:43].any()


def test_a_cusum_looks_towards_harm_only():
    up = _cohort(
        *(("oxygen_saturation", day + 0.3, 93 + day % 2 + 4 * (day > 30)) for day in range(40)),
        pathway="copd",
    )
    down = _cohort(
        *(("oxygen_saturation", day + 0.3, 93 + day % 2 - 6 * (day > 30)) for day in range(40)),
        pathway="copd",
    )
    assert plain_cusum.judge(up).empty
    assert len(plain_cusum.judge(down)) == 1


def test_nothing_but_what_runs_our_packs_comes_from_alerts():
    imported = {
        (file.name, name)
        for file in HERE.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom)
            else [each.name for each in node.names] if isinstance(node, ast.Import)
            else []
        )
    }  # fmt: skip
    rooms = ("foundation", "people", "ingest", "alerts", "dashboards", "service")
    ours = {each for each in imported if each[1].split(".")[0] in rooms}
    assert {file for file, _ in ours} == {"our_packs.py"}
    assert {name for _, name in ours} == {"alerts", "alerts.offline", "alerts.pathways.schema"}


def test_one_rule_is_judged_alone_though_it_starts_as_a_draft_or_in_place_of_another():
    cohort = make("copd", 30, 150, seed=1)
    alone, yellow = (our_packs.alone(cohort, "copd.cusum", yellow=yellow) for yellow in (False, True))
    assert set(alone["rule"]) == {"copd.cusum"}
    assert "yellow" in set(alone["severity"])
    assert set(yellow["severity"]) == {"amber"}
    instead = set(our_packs.alone(cohort, "copd.cusum", in_place_of="copd.drift")["rule"])
    assert "copd.cusum" in instead
    assert "copd.drift" not in instead
    assert {rule.partition(".")[0] for rule in instead} == {"every", "copd"}


def test_the_command_prints_a_table_and_writes_the_same_as_json(tmp_path, capsys):
    asked = [
        "--patients",
        "60",
        "--days",
        "60",
        "--pathway",
        "copd",
        "--report",
        "--json",
        str(tmp_path / "told.json"),
    ]
    with pytest.raises(SystemExit) as ended:
        main([*asked, "--judge", "fixed limits", "--judge", "plain CUSUM"])
    assert ended.value.code == 0
    told = json.loads((tmp_path / "told.json").read_text())
    assert [(each["pathway"], each["judge"]) for each in told["figures"]] == [
        ("copd", "fixed limits"),
        ("copd", "plain CUSUM"),
        ("all", "fixed limits"),
        ("all", "plain CUSUM"),
    ]
    assert capsys.readouterr().out.count("| copd |") == 2


def test_a_cohort_can_be_written_out(tmp_path, capsys):
    main(["--patients", "50", "--days", "40", "--export", str(tmp_path), "diabetes"])
    readings = pd.read_csv(tmp_path / "readings.csv")
    assert list(readings.columns) == ["patient", "kind", "value", "unit", "measured_at", "received_at"]
    assert readings["measured_at"].str.match(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$").all()
    assert "shown" in pd.read_csv(tmp_path / "events.csv").columns
    assert "readings" in capsys.readouterr().out
