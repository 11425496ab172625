from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from alerts.rules.traits import TRAITS, ages, by_name

EPOCH = date(1970, 1, 1)
PATIENTS = np.array([3, 7, 11])


def frame(*rows: tuple[int, str, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["patient_id", "name", "value"])


def test_each_patient_has_their_own_and_the_others_none():
    found = by_name(frame((7, "dry_weight", 78.0), (11, "frail", 1), (99, "frail", 1)), PATIENTS)
    assert set(found) == {"dry_weight", "frail"}
    np.testing.assert_array_equal(found["dry_weight"], [np.nan, 78.0, np.nan])
    np.testing.assert_array_equal(found["frail"], [np.nan, np.nan, 1.0])


def test_the_last_value_holds_and_a_name_of_a_newer_version_is_left_aside():
    found = by_name(frame((3, "dry_weight", 78.0), (3, "star_sign", 4), (3, "dry_weight", 80.0)), PATIENTS)
    assert found["dry_weight"][0] == 80.0
    assert "star_sign" not in found


def test_nobody_has_any():
    assert by_name(None, PATIENTS) == by_name(frame(), PATIENTS) == {}


def test_every_trait_says_what_it_means_and_within_which_limits():
    for name, trait in TRAITS.items():
        assert trait.name == name
        assert trait.meaning
        assert trait.lowest < trait.highest


days = st.dates(date(1900, 1, 1), date(2040, 12, 31))


@given(st.lists(st.tuples(days, days)))
def test_an_age_is_counted_in_birthdays(pairs):
    born = np.array([float((birth - EPOCH).days) for birth, _ in pairs])
    on = np.array([(day - EPOCH).days for _, day in pairs], dtype=np.int64)
    told = [day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day)) for birth, day in pairs]
    np.testing.assert_array_equal(ages(born, np.arange(len(pairs)), on), told)


def test_who_was_born_when_nobody_knows_has_no_age():
    assert np.isnan(ages(np.array([np.nan]), np.array([0]), np.array([20_000]))).all()
