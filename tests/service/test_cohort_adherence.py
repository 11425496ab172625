"""Who sends on which day, and what is due when (clinical notes 4.2)."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from service.cohort import cohort
from service.cohort.adherence import adherence
from service.cohort.calendar import calendar
from service.cohort.words import BLOOD_PRESSURE, KIND_CODE

UNTIL = datetime(2026, 11, 23, 13, 50, tzinfo=UTC)
PEOPLE, DAYS = 4000, 120
SHOWN = calendar(DAYS, UNTIL)


def drawn(enrolled: date, pathway: str = "hypertension"):
    rng = np.random.default_rng(8)
    return adherence(rng, [enrolled] * PEOPLE, [(pathway,)] * PEOPLE, SHOWN)


def test_one_in_ten_of_the_newly_enrolled_never_starts():
    assert (drawn(SHOWN.dates[10]).last_day == -1).mean() == pytest.approx(0.10, abs=0.015)


def test_early_weeks_lose_three_in_a_hundred_each_and_later_ones_far_fewer():
    last = drawn(SHOWN.dates[1]).last_day
    started = last[last >= 0]
    after_four_weeks = (started > 28).mean()
    after_sixteen = (started > 28 + 84).mean()
    assert after_four_weeks == pytest.approx(0.97**4, abs=0.02)
    assert after_sixteen / after_four_weeks == pytest.approx(0.993**12, abs=0.02)


def test_who_has_long_been_enrolled_rarely_drops_out():
    last = drawn(SHOWN.dates[0] - timedelta(days=90)).last_day
    assert (last == DAYS - 1).mean() == pytest.approx(0.993 ** (DAYS / 7), abs=0.02)


def test_who_takes_part_sends_four_days_in_five_and_fewer_at_weekends():
    taking = drawn(SHOWN.dates[0] - timedelta(days=90))
    active = taking.days[taking.last_day == DAYS - 1]
    weekdays, weekends = active[:, ~SHOWN.weekend].mean(), active[:, SHOWN.weekend].mean()
    assert weekdays == pytest.approx(0.8, abs=0.01)
    assert weekdays - weekends == pytest.approx(0.05, abs=0.01)


def test_some_people_are_far_more_faithful_than_others():
    taking = drawn(SHOWN.dates[0] - timedelta(days=90))
    own = taking.days[taking.last_day == DAYS - 1].mean(axis=1)
    assert own.std() == pytest.approx(0.12, abs=0.02)  # of Beta(8, 2)


@pytest.fixture(scope="module")
def made():
    return cohort(5, 1200, 60, UNTIL)


def times_of(made, kind: str, pathways: tuple[str, ...]):
    """Person and moment of every reading of a kind by people on exactly these pathways."""
    on = np.array([each.pathways == pathways for each in made.people])
    rows = made.readings.take((made.readings.kind == KIND_CODE[kind]) & on[made.readings.patient])
    return rows.patient, rows.measured_at


def test_most_people_on_hypertension_measure_in_the_first_week_of_the_month_and_a_third_daily(made):
    person, at = times_of(made, BLOOD_PRESSURE, ("hypertension",))
    month_day = (at.astype("datetime64[D]") - at.astype("datetime64[M]")).astype(int) + 1
    later = np.unique(person[month_day > 7])
    everyone = np.unique(person)
    assert 0.25 < len(later) / len(everyone) < 0.45


def test_in_the_first_week_pressure_is_measured_twice_in_the_morning_and_twice_in_the_evening(made):
    person, at = times_of(made, BLOOD_PRESSURE, ("hypertension",))
    day = at.astype("datetime64[D]")
    on_the_third = day == np.datetime64("2026-11-03")
    unique = {
        (int(p), int(t)) for p, t in zip(person[on_the_third], at[on_the_third].astype(int), strict=True)
    }
    counts = np.unique([p for p, _ in unique], return_counts=True)[1]
    assert np.median(counts) == 4
    assert counts.max() == 4


def test_two_pressures_of_a_sitting_are_at_least_a_minute_apart(made):
    person, at = times_of(made, BLOOD_PRESSURE, ("hypertension",))
    order = np.lexsort((at, person))
    gap = np.diff(at[order]).astype(int)[np.diff(person[order]) == 0]
    assert gap[gap > 0].min() >= 60


def test_the_virtual_ward_measures_three_times_a_day_for_at_most_a_fortnight(made):
    person, at = times_of(made, "body_temperature", ("virtual_ward",))
    assert at.min() > np.datetime64((UNTIL - timedelta(days=15)).replace(tzinfo=None))
    pairs = np.unique(np.stack([person, at.astype("datetime64[D]").astype(int), at.astype(int)]), axis=1)
    counts = np.unique(pairs[:2], axis=1, return_counts=True)[1]
    assert counts.max() == 3


def test_weight_comes_from_heart_failure_alone(made):
    weighed = np.unique(made.readings.patient[made.readings.kind == KIND_CODE["body_weight"]])
    assert all("heart_failure" in made.people[patient].pathways for patient in weighed)
