"""Readings by the million for benchmarks."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from ingest import catalogue
from service.cohort.bulk import SHAPES, uniform

UNTIL = datetime(2026, 11, 20, 12, tzinfo=UTC)
KINDS = (1, 3, 4, 7)
# Beyond these a reading is in breach; weight breaches by its rise.
LIMITS = {1: (90, 180), 3: (41, 111), 4: (93, 101)}


@pytest.fixture(scope="module")
def rows():
    return uniform(2000, KINDS, 30, 1, until=UNTIL)


def test_there_is_one_reading_a_day_of_each_kind_for_each_patient(rows):
    assert len(rows.value) == len(rows.patient) == len(rows.kind) == len(rows.measured_at) == 2000 * 4 * 30
    day = (np.datetime64(UNTIL.replace(tzinfo=None)) - rows.measured_at) // np.timedelta64(1, "D")
    keys = np.stack([rows.patient.astype(int), rows.kind.astype(int), day.astype(int)])
    assert len(np.unique(keys, axis=1).T) == len(rows.value)


def test_rows_are_ordered_by_patient_kind_and_time(rows):
    order = np.lexsort((rows.measured_at, rows.kind, rows.patient))
    assert (order == np.arange(len(order))).all()


def test_all_are_measured_within_the_days_before_the_end(rows):
    assert rows.measured_at.max() <= np.datetime64(UNTIL.replace(tzinfo=None))
    assert rows.measured_at.min() >= np.datetime64((UNTIL - timedelta(days=30)).replace(tzinfo=None))


def test_about_one_reading_in_a_hundred_is_in_breach(rows):
    for kind, (low, high) in LIMITS.items():
        values = rows.value[rows.kind == kind]
        assert 0.004 < ((values < low) | (values >= high)).mean() < 0.018


def test_about_one_weight_in_a_hundred_rises_by_more_than_two_kilos_in_three_days(rows):
    weight = rows.value[rows.kind == 7].reshape(2000, 30)
    rises = weight[:, -1] - weight[:, -4] > 2
    assert 0.004 < rises.mean() < 0.018
    assert np.ptp(weight[~rises], axis=1).max() < 2


def test_a_seed_gives_the_same_columns_again(rows):
    again = uniform(2000, KINDS, 30, 1, until=UNTIL)
    assert np.array_equal(again.value, rows.value)
    assert np.array_equal(again.measured_at, rows.measured_at)
    assert not np.array_equal(uniform(2000, KINDS, 30, 2, until=UNTIL).value, rows.value)


@pytest.mark.parametrize("kind", sorted(SHAPES))
def test_values_pass_the_hard_limits_of_their_kind(kind):
    limits = catalogue.KINDS[kind]
    values = uniform(500, [limits.id], 3, 1).value
    assert limits.reject_below is not None
    assert limits.reject_above is not None
    assert values.min() >= limits.reject_below
    assert values.max() <= limits.reject_above
