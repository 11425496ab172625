"""A sensor's figures: bounds, what is left out, and a plain second computation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.glucose import gmi, summarise
from foundation.errors import Refused

SHARES = ("tir_pct", "tbr39_pct", "tbr30_pct", "tar100_pct", "tar139_pct")


def shares(value, unit):
    """Which of the shares one value counts in."""
    return {name[:-4] for name in SHARES if getattr(summarise([value], unit), name) == 100}


@pytest.mark.parametrize(
    ("unit", "value", "wanted"),
    [
        ("mg/dL", 53, {"tbr39", "tbr30"}),
        ("mg/dL", 54, {"tbr39"}),
        ("mg/dL", 69, {"tbr39"}),
        ("mg/dL", 70, {"tir"}),
        ("mg/dL", 180, {"tir"}),
        ("mg/dL", 181, {"tar100"}),
        ("mg/dL", 250, {"tar100"}),
        ("mg/dL", 251, {"tar100", "tar139"}),
        ("mmol/L", 2.9, {"tbr39", "tbr30"}),
        ("mmol/L", 3.0, {"tbr39"}),
        ("mmol/L", 3.8, {"tbr39"}),
        ("mmol/L", 3.9, {"tir"}),
        ("mmol/L", 10.0, {"tir"}),
        ("mmol/L", 10.1, {"tar100"}),
        ("mmol/L", 13.9, {"tar100"}),
        ("mmol/L", 14.0, {"tar100", "tar139"}),
    ],
)
def test_a_bound_belongs_to_the_milder_range_in_the_unit_it_is_written_in(unit, value, wanted):
    assert shares(value, unit) == wanted


def test_seventy_is_in_range_although_it_is_less_than_3_9_when_converted():
    assert 70 / 18.0156 < 3.9
    assert shares(70, "mg/dL") == {"tir"}


@pytest.mark.parametrize(("mean", "wanted"), [(8.6, 7.02), (10.0, 7.62)])
def test_gmi_has_the_published_values(mean, wanted):
    assert round(gmi(mean), 2) == wanted


def test_both_units_give_the_same_mean_gmi_and_variation():
    mmol = [4.2, 7.7, 12.4, 9.1]
    mg = [value * 18.0156 for value in mmol]
    for name in ("mean_mmol", "gmi_pct", "cv_pct"):
        assert getattr(summarise(mg, "mg/dL"), name) == pytest.approx(
            getattr(summarise(mmol, "mmol/L"), name)
        )


def test_low_and_high_count_in_the_shares_and_not_in_the_mean():
    found = summarise([5.0, 7.0], "mmol/L", low=1, high=1)
    assert found.n == 4
    assert found.mean_mmol == 6.0
    assert [getattr(found, name) for name in SHARES] == [50, 25, 25, 25, 25]


def test_what_cannot_be_computed_is_left_open():
    assert set(summarise([], "mmol/L")[1:]) == {None}
    assert summarise([6.0], "mmol/L").cv_pct is None
    only_low = summarise([], "mmol/L", low=3)
    assert (only_low.mean_mmol, only_low.gmi_pct, only_low.tbr30_pct) == (None, None, 100)


@pytest.mark.parametrize(("unit", "code"), [("", "unit_missing"), ("mg", "unit_unknown")])
def test_a_unit_is_never_guessed(unit, code):
    with pytest.raises(Refused) as refused:
        summarise([100], unit)
    assert refused.value.code == code


@given(st.lists(st.integers(20, 500), min_size=2, max_size=60))
def test_figures_are_those_of_a_plain_computation(values):
    found = summarise(values, "mg/dL")
    n = len(values)
    mean = sum(values) / n
    spread = (sum((value - mean) ** 2 for value in values) / (n - 1)) ** 0.5
    assert found.n == n
    assert found.mean_mmol == pytest.approx(mean / 18.0156)
    assert found.gmi_pct == pytest.approx(3.31 + 0.02392 * mean)
    assert found.cv_pct == pytest.approx(100 * spread / mean, abs=1e-9)
    assert found.tir_pct == pytest.approx(100 * len([value for value in values if 70 <= value <= 180]) / n)
    assert found.tir_pct + found.tbr39_pct + found.tar100_pct == pytest.approx(100)
