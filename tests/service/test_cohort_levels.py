"""How made-up people differ, from each other, by day and by reading (clinical notes 4.1)."""

from datetime import UTC, datetime

import numpy as np
import pytest

from service.cohort.calendar import calendar
from service.cohort.levels import SIGNALS, daily_levels, sampled, usual_levels
from service.cohort.words import PATHWAYS

PEOPLE, DAYS = 1500, 200
UNTIL = datetime(2026, 11, 23, 13, 50, tzinfo=UTC)
NOBODY = np.zeros(PEOPLE, dtype=bool)
ON_HYPERTENSION = {name: np.full(PEOPLE, name == "hypertension") for name in PATHWAYS}


@pytest.fixture(scope="module")
def shown():
    """Usual levels, daily levels, and one reading of every day: people × days."""
    rng = np.random.default_rng(4)
    usual = usual_levels(rng, ON_HYPERTENSION)
    daily = daily_levels(rng, usual, calendar(DAYS, UNTIL), NOBODY)
    person = np.repeat(np.arange(PEOPLE), DAYS)
    read = {
        name: sampled(rng, name, level.ravel(), person, NOBODY).reshape(PEOPLE, DAYS)
        for name, level in daily.items()
    }
    return usual, daily, read


# name, mean of people, its tolerance, SD within a person of single readings, lag-1 correlation of days.
TABLE = [
    ("systolic", 138, 2, 7.6, 0.30),
    ("diastolic", 80, 2, 7.1, 0.39),
    ("heart_rate", 70, 4, 6.6, 0.30),  # between 7.3 of hypertension and 5 of COPD
    ("oxygen_saturation", 93, 0.7, 1.0, 0.30),
    ("body_temperature", 36.6, 0.1, 0.25, 0.20),
    ("peak_flow", 220, 20, 10, 0.40),
    ("cat_score", 18, 2, 2, 0.60),
]


@pytest.mark.parametrize(("name", "mean", "near", "within", "persists"), TABLE)
def test_a_signal_lies_as_the_literature_says(shown, name, mean, near, within, persists):
    usual, daily, read = shown
    assert usual[name].mean() == pytest.approx(mean, abs=near)
    assert np.median(read[name].std(axis=1)) == pytest.approx(within, rel=0.12)
    assert lag_one(daily[name]) == pytest.approx(persists, abs=0.05)


@pytest.mark.parametrize("name", sorted(SIGNALS))
def test_people_differ_less_than_in_the_literature_but_clearly(shown, name):
    usual, _, _ = shown
    # Cut off where a stable person would be beyond a limit every week.
    assert 0.4 * SIGNALS[name].between < usual[name].std() <= 1.05 * SIGNALS[name].between
    assert (usual[name] >= SIGNALS[name].lowest - 4).all()
    assert (usual[name] <= SIGNALS[name].highest + 1).all()


def test_a_day_s_mean_of_four_pressures_scatters_less_than_one(shown):
    _, daily, _ = shown
    rng = np.random.default_rng(5)
    person = np.repeat(np.arange(PEOPLE), DAYS)
    four = [sampled(rng, "systolic", daily["systolic"].ravel(), person, NOBODY) for _ in range(4)]
    of_day = np.mean(four, axis=0).reshape(PEOPLE, DAYS)
    assert np.median(of_day.std(axis=1)) == pytest.approx(5.8, rel=0.08)


def test_weight_changes_by_half_a_kilo_from_day_to_day_and_is_highest_on_sunday(shown):
    _, _, read = shown
    changes = np.diff(read["body_weight"], axis=1)
    assert changes.std() == pytest.approx(0.5, rel=0.15)
    weekday = calendar(DAYS, UNTIL).weekday
    by_day = [read["body_weight"][:, weekday == day].mean() for day in range(7)]
    assert int(np.argmax(by_day)) == 6
    assert int(np.argmin(by_day)) == 4
    assert (max(by_day) - min(by_day)) / np.mean(by_day) == pytest.approx(0.0035, rel=0.3)


def test_weight_scatters_more_in_heart_failure():
    rng = np.random.default_rng(6)
    failing = np.ones(PEOPLE, dtype=bool)
    shown = sampled(rng, "body_weight", np.full(PEOPLE, 80.0), np.arange(PEOPLE), failing)
    still = sampled(rng, "body_weight", np.full(PEOPLE, 80.0), np.arange(PEOPLE), NOBODY)
    assert shown.std() > 1.4 * still.std()


def test_fasting_glucose_varies_by_fifteen_to_twenty_per_cent(shown):
    usual, _, read = shown
    assert usual["glucose"].mean() == pytest.approx(7.8, abs=0.3)
    share = np.median(read["glucose"].std(axis=1) / read["glucose"].mean(axis=1))
    assert 0.15 <= share <= 0.20


def test_a_high_systolic_goes_with_a_high_diastolic(shown):
    usual, _, _ = shown
    assert 0.3 < np.corrcoef(usual["systolic"], usual["diastolic"])[0, 1] < 0.7


def lag_one(levels: np.ndarray) -> float:
    """Correlation of one day with the next about each person's own mean, over everyone."""
    about = levels - levels.mean(axis=1, keepdims=True)
    return float((about[:, 1:] * about[:, :-1]).sum() / (about**2).sum())
