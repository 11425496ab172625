"""The made-up cohort is what it says it is."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.alert_quality import adherence
from benchmarks.alert_quality.cohort import Cohort, make
from benchmarks.alert_quality.pathways import PATHWAYS
from benchmarks.alert_quality.people import autoregressive, courses, heavy
from benchmarks.alert_quality.signals import HEART_RATE, SYSTOLIC, WEIGHT

DAYS = 365
FLAT = np.zeros(DAYS)


@pytest.fixture(scope="module")
def heart_failure() -> Cohort:
    return make("heart_failure", 300, DAYS, seed=3)


def test_the_same_seed_makes_the_same_cohort_and_another_makes_another():
    one, same, other = (make("copd", 30, 60, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one.readings, same.readings)
    pd.testing.assert_frame_equal(one.events, same.events)
    pd.testing.assert_frame_equal(one.watched, same.watched)
    assert not one.readings["value"].head(50).equals(other.readings["value"].head(50))


@pytest.mark.parametrize("name", PATHWAYS)
def test_nothing_is_received_before_it_is_measured_or_after_the_last_judging(name):
    cohort = make(name, 40, 90, seed=5)
    assert (cohort.readings["received_at"] > cohort.readings["measured_at"]).all()
    assert cohort.readings["received_at"].max() <= pd.Timestamp(cohort.as_of)
    assert cohort.readings["received_at"].is_monotonic_increasing
    assert set(cohort.readings.columns) == {"patient", "kind", "value", "unit", "measured_at", "received_at"}


def test_people_scatter_between_and_within_as_the_table_says():
    rng = np.random.default_rng(1)
    of = courses(rng, PATHWAYS["hypertension"], 1500, FLAT, FLAT)["systolic"]
    assert of.usual.std() == pytest.approx(SYSTOLIC.between, rel=0.1)
    single = of.day_sd[:, None] * of.draws + of.own_sd[:, None] * heavy(rng, of.draws.shape)
    assert single.std() == pytest.approx(7.6, rel=0.03)
    four = np.mean([of.own_sd[:, None] * heavy(rng, of.draws.shape) for _ in range(4)], axis=0)
    assert (of.day_sd[:, None] * of.draws + four).std() == pytest.approx(5.8, rel=0.03)


def test_daily_means_resemble_the_day_before_as_the_table_says():
    rng = np.random.default_rng(2)
    of = courses(rng, PATHWAYS["heart_failure"], 800, FLAT, FLAT)
    for kind, ar in (("body_weight", WEIGHT.ar), ("heart_rate", HEART_RATE.ar)):
        one = of[kind]
        means = one.day_sd[:, None] * one.draws + one.own_sd[:, None] * heavy(rng, one.draws.shape)
        pairs = np.corrcoef((means[:, :-1] / means.std(axis=1)[:, None]).ravel(), means[:, 1:].ravel())
        assert pairs[0, 1] == pytest.approx(ar, abs=0.03)


def test_an_autoregressive_series_has_variance_one_from_its_first_day():
    series = autoregressive(np.random.default_rng(1), 5000, 30, 0.6)
    assert series[:, 0].std() == pytest.approx(1, abs=0.04)
    assert series[:, -1].std() == pytest.approx(1, abs=0.04)


def test_some_never_start_and_the_others_leave_quickly_at_first_and_then_slowly():
    here = adherence.active(np.random.default_rng(1), 20_000, DAYS)
    started = here[:, 0] | here[:, :7].any(axis=1)
    # A tenth never starts, and of those who leave in the first week one in seven leaves before the first day.
    assert here.any(axis=1).mean() == pytest.approx(0.9 * (1 - 0.03 / 7), abs=0.01)
    assert here[started][:, 28].mean() == pytest.approx(0.97**4, abs=0.02)
    assert here[started][:, 350].mean() == pytest.approx(0.97**4 * 0.993**46, abs=0.02)
    assert (np.diff(here.astype(int), axis=1) <= 0).all()  # nobody comes back


def test_who_is_active_measures_on_four_days_of_five_and_less_at_weekends():
    rng = np.random.default_rng(1)
    here = np.ones((3000, 70), dtype=bool)
    weekend = np.arange(70) % 7 >= 5
    sits, own = adherence.daily(rng, here, ~here, ~here, weekend)
    assert own.mean() == pytest.approx(0.8, abs=0.01)
    assert sits[:, ~weekend].mean() == pytest.approx(0.8, abs=0.01)
    assert sits[:, weekend].mean() == pytest.approx(0.8 * 0.95, abs=0.01)


def test_mistakes_come_at_their_stated_rates(heart_failure):
    readings = heart_failure.readings
    again = readings.duplicated(["patient", "kind", "measured_at", "value"]).mean()
    assert again == pytest.approx(0.02 / 1.02, rel=0.15)
    late = (readings["received_at"] - readings["measured_at"]) > pd.Timedelta(hours=24)
    assert late.mean() == pytest.approx(0.03 * 6 / 6.75, rel=0.25)  # and a quarter of a day is no day
    pressures = readings[readings["kind"] == "systolic"]
    assert (pressures["value"] < 35).mean() == pytest.approx(0.01, rel=0.2)  # kPa
    wide = readings[readings["kind"].isin(["systolic", "diastolic"])].pivot_table(
        index=["patient", "measured_at"], columns="kind", values="value"
    )
    both = wide[(wide > 35).all(axis=1)]
    assert (both["diastolic"] > both["systolic"]).mean() == pytest.approx(0.01, rel=0.25)


def test_weights_in_pounds_say_so_or_are_a_mistake(heart_failure):
    weights = heart_failure.readings.query("kind == 'body_weight'")
    assert set(weights["unit"]) == {"kg", "lb"}
    kilograms = weights[weights["unit"] == "kg"]
    usual = kilograms.groupby("patient")["value"].transform("median")
    assert (kilograms["value"] / usual > 1.8).mean() == pytest.approx(0.01, rel=0.4)


@pytest.mark.parametrize(("name", "kind"), [("copd", "exacerbation"), ("heart_failure", "decompensation")])
def test_events_come_as_often_as_stated_and_never_two_at_once(name, kind):
    cohort = make(name, 600, DAYS, seed=4)
    years = (cohort.watched["end"] - cohort.watched["start"]).sum() / pd.Timedelta(days=365.25)
    of_kind = cohort.events[cohort.events["type"] == kind]
    expected = PATHWAYS[name].events[kind] * years
    assert abs(len(of_kind) - expected) < 4 * np.sqrt(expected)
    ordered = cohort.events.sort_values(["patient", "onset"])
    gap = ordered.groupby("patient")["onset"].shift(-1) - ordered["end"]
    assert (gap.dropna() > pd.Timedelta(0)).all()
    assert (ordered["onset"] <= ordered["peak"]).all()
    assert (ordered["peak"] <= ordered["end"]).all()


def test_some_peoples_usual_lies_beyond_textbook_limits():
    oxygen = make("copd", 300, 90, seed=1).readings.query("kind == 'oxygen_saturation' and value > 70")
    usual = oxygen.groupby("patient")["value"].median()
    assert 0.05 < (usual <= 90).mean() < 0.3
    pressure = make("hypertension", 300, 60, seed=1).readings.query("kind == 'systolic'")
    assert (pressure.groupby("patient")["value"].median() >= 160).mean() > 0.04


def test_who_never_sends_is_not_watched(heart_failure):
    senders = set(heart_failure.readings["patient"])
    assert set(heart_failure.watched["patient"]) <= senders
    assert set(heart_failure.events["patient"]) <= set(heart_failure.watched["patient"])
    assert len(senders) / 300 == pytest.approx(0.9, abs=0.06)


def test_a_virtual_ward_stay_is_two_weeks_at_most():
    watched = make("virtual_ward", 60, 200, seed=1).watched
    assert ((watched["end"] - watched["start"]) <= pd.Timedelta(days=14)).all()
    assert watched["start"].max() - watched["start"].min() > pd.Timedelta(days=60)
