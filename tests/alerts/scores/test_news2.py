"""NEWS2 against the chart, value by value, and against a naive twin that was written from the chart alone."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.scores import news2
from alerts.scores.news2 import RISKS, score, score_all
from foundation.errors import Refused
from ingest.catalogue import KINDS

WELL = {"rr": 16, "spo2": 97, "o2": False, "sbp": 120, "hr": 70, "acvpu": "A", "temp": 37.0, "scale": 1}
NOTHING = dict.fromkeys(news2.PARTS)


def points(part, **changed):
    return getattr(score(**{**WELL, **changed}).parts, part)


def one_by_one(column, bands):
    """Every first and last value of the chart's bands: (column, value, points)."""
    return [(column, value, wanted) for *ends, wanted in bands for value in ends]


CHART = [
    *one_by_one("rr", [(0, 8, 3), (9, 11, 1), (12, 20, 0), (21, 24, 2), (25, 60, 3)]),
    *one_by_one("spo2", [(0, 91, 3), (92, 93, 2), (94, 95, 1), (96, 100, 0)]),
    *one_by_one("o2", [(False, 0), (True, 2)]),
    *one_by_one("sbp", [(0, 90, 3), (91, 100, 2), (101, 110, 1), (111, 219, 0), (220, 300, 3)]),
    *one_by_one("hr", [(0, 40, 3), (41, 50, 1), (51, 90, 0), (91, 110, 1), (111, 130, 2), (131, 250, 3)]),
    *one_by_one("acvpu", [("A", 0), ("C", "V", "P", "U", 3)]),
    *one_by_one("temp", [(30, 35.0, 3), (35.1, 36.0, 1), (36.1, 38.0, 0), (38.1, 39.0, 1), (39.1, 43, 2)]),
]
SCALE_2 = [
    *[(o2, value, wanted) for o2 in (False, True) for value, wanted in
      [(0, 3), (83, 3), (84, 2), (85, 2), (86, 1), (87, 1), (88, 0), (92, 0)]],
    *[(False, value, 0) for value in (93, 94, 95, 96, 97, 100)],
    *[(True, value, wanted) for value, wanted in [(93, 1), (94, 1), (95, 2), (96, 2), (97, 3), (100, 3)]],
]  # fmt: skip


@pytest.mark.parametrize(("column", "value", "wanted"), CHART)
def test_each_end_of_each_band_has_the_points_of_the_chart(column, value, wanted):
    assert points(column, **{column: value}) == wanted


@pytest.mark.parametrize(("o2", "value", "wanted"), SCALE_2)
def test_scale_2_on_air_and_on_oxygen_has_the_points_of_the_chart(o2, value, wanted):
    assert points("spo2", spo2=value, o2=o2, scale=2) == wanted


def test_scale_1_does_not_look_at_oxygen_for_the_points_of_saturation():
    assert [points("spo2", spo2=value, o2=True) for value in (91, 93, 95, 97)] == [3, 2, 1, 0]


def test_scale_2_is_only_what_the_caller_says():
    typical = {"spo2": 88, "o2": True}
    assert points("spo2", **typical) == 3
    assert points("spo2", **typical, scale=2) == 0


def test_the_most_is_20():
    worst = score(rr=30, spo2=80, o2=True, sbp=80, hr=140, acvpu="U", temp=34)
    assert (worst.total, worst.risk) == (20, "high")


# ------------------------------------------------------------------ temperature


@pytest.mark.parametrize(
    ("measured", "wanted"),
    [(35.04, 3), (35.05, 1), (36.04, 1), (36.05, 0), (38.04, 0), (38.05, 1), (39.04, 1), (39.05, 2)],
)
def test_temperature_is_rounded_to_a_tenth_half_up_before_it_is_looked_up(measured, wanted):
    assert points("temp", temp=measured) == wanted


def test_a_half_that_binary_or_fahrenheit_cannot_hold_is_still_rounded_up():
    fahrenheit = (95.09 - 32) * 5 / 9
    assert points("temp", temp=35.05) == points("temp", temp=fahrenheit) == 1


@given(st.integers(0, 50_000))
def test_every_temperature_in_thousandths_is_rounded_as_on_paper(thousandths):
    measured = thousandths / 1000
    on_paper = float(Decimal(str(measured)).quantize(Decimal("0.1"), ROUND_HALF_UP))
    assert points("temp", temp=measured) == points("temp", temp=on_paper)
    assert points("temp", temp=measured) == naive_temp(on_paper)


def test_other_measurements_are_counted_in_whole_numbers_half_up():
    assert points("sbp", sbp=12.0 * 7.50062) == 3  # 12 kPa is 90.007 mmHg, which every display shows as 90
    assert points("sbp", sbp=90.5) == 2
    assert points("spo2", spo2=91.49) == 3


def test_the_official_example_that_scores_37_5_degrees_as_1_is_not_followed():
    """UK Core's bundle of NEWS2 observations says 1 for temperature and 6 in all; the chart says 0 and 5."""
    example = score(rr=21, spo2=93, o2=False, sbp=120, hr=95, acvpu="A", temp=37.5)
    stated = news2.Parts(rr=2, spo2=2, o2=0, sbp=0, hr=1, acvpu=0, temp=1)
    assert example.parts != stated
    assert example.parts == stated._replace(temp=0)
    assert (example.total, example.risk) == (5, "medium")
    assert news2.of_parts(stated).total == 6


# ------------------------------------------------------------------ risk


@pytest.mark.parametrize(
    ("changed", "total", "risk", "hours"),
    [
        ({}, 0, "low", 12),
        ({"hr": 95}, 1, "low", 6),
        ({"hr": 115, "rr": 22}, 4, "low", 6),
        ({"hr": 131}, 3, "low-medium", 1),
        ({"hr": 131, "temp": 38.5}, 4, "low-medium", 1),
        ({"hr": 115, "rr": 22, "temp": 38.5}, 5, "medium", 1),
        ({"hr": 131, "rr": 22}, 5, "medium", 1),
        ({"hr": 131, "acvpu": "C"}, 6, "medium", 1),
        ({"hr": 131, "acvpu": "C", "temp": 38.5}, 7, "high", 0),
        ({"hr": 115, "rr": 22, "o2": True, "temp": 38.5}, 7, "high", 0),
    ],
)
def test_risk_goes_by_the_sum_and_a_single_3_by_itself_is_low_medium(changed, total, risk, hours):
    found = score(**{**WELL, **changed})
    assert (found.total, found.risk, found.hours) == (total, risk, hours)


@pytest.mark.parametrize("missing", news2.PARTS)
@pytest.mark.parametrize("nothing", [None, nan])
def test_one_missing_measurement_leaves_the_sum_so_far_and_no_total(missing, nothing):
    ill = {"rr": 22, "spo2": 95, "o2": True, "sbp": 105, "hr": 95, "acvpu": "V", "temp": 38.5, "scale": 1}
    whole, found = score(**ill), score(**{**ill, missing: nothing})
    assert found.total is None
    assert getattr(found.parts, missing) is None
    assert found.partial == whole.total - getattr(whole.parts, missing)
    assert found.parts._replace(**{missing: getattr(whole.parts, missing)}) == whole.parts


@pytest.mark.parametrize(
    ("known", "partial", "risk", "hours"),
    [
        ({}, 0, None, None),
        ({"rr": 16, "spo2": 97, "o2": False, "sbp": 120, "hr": 70, "acvpu": "A"}, 0, None, None),
        ({"rr": 22, "hr": 115}, 4, None, None),
        ({"rr": 25}, 3, "low-medium", 1),
        ({"rr": 22, "hr": 115, "temp": 38.5}, 5, "medium", 1),
        ({"rr": 25, "hr": 131, "temp": 38.5}, 7, "high", 0),
    ],
)
def test_the_risk_of_a_partial_set_is_what_is_known_and_never_a_good_answer(known, partial, risk, hours):
    found = score(**{**NOTHING, **known})
    assert (found.total, found.partial, found.risk, found.hours) == (None, partial, risk, hours)


def test_a_whole_set_has_its_sum_as_partial_too():
    assert score(**{**WELL, "hr": 95}).partial == 1


@pytest.mark.parametrize(("value", "wanted"), [(85, 2), (92, 0), (93, None), (97, None)])
def test_scale_2_without_knowing_of_oxygen_scores_only_what_air_and_oxygen_share(value, wanted):
    assert points("spo2", spo2=value, o2=None, scale=2) == wanted


# ------------------------------------------------------------------ what is refused

IMPOSSIBLE = [
    ("acvpu", "X"), ("acvpu", "AV"), ("acvpu", ""), ("acvpu", 5), ("acvpu", 1.5),
    ("scale", 0), ("scale", 3), ("scale", 1.5), ("scale", nan), ("scale", None),
    ("rr", -1), ("spo2", -1), ("sbp", -0.1), ("hr", -70), ("temp", -37),
    ("o2", "yes"), ("o2", "True"), ("o2", 2), ("o2", -1), ("o2", 0.5),
    ("spo2", 101), ("temp", 98.6), ("hr", 1e300), ("rr", float("inf")), ("hr", "70"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "value"), IMPOSSIBLE)
def test_what_nobody_can_have_is_refused_by_its_name(column, value):
    with pytest.raises(Refused) as refused:
        score(**{**WELL, column: value})
    assert refused.value.field == column
    assert refused.value.sentence.startswith(f"{column} must be ")


@pytest.mark.parametrize(("column", "value"), IMPOSSIBLE)
def test_among_many_sets_it_is_refused_by_row_and_column(column, value):
    many = {name: [one] * 4 for name, one in WELL.items()}
    many[column][2] = many[column][3] = value
    with pytest.raises(Refused) as refused:
        score_all(**many)
    assert refused.value.field == f"/2/{column}"
    assert refused.value.sentence.startswith(f"Row 2: {column} must be ")


# ------------------------------------------------------------------ one set and many

MEASURED = {
    "rr": st.integers(0, 60),
    "spo2": st.integers(60, 100) | st.floats(80, 100),
    "o2": st.booleans(),
    "sbp": st.integers(50, 300) | st.floats(50, 300),
    "hr": st.integers(20, 250),
    "acvpu": st.sampled_from("ACVPU"),
    "temp": st.floats(33, 42) | st.integers(3300, 4200).map(lambda hundredths: hundredths / 100),
    "scale": st.sampled_from([1, 2]),
}
WHOLE = st.fixed_dictionaries(MEASURED)
SETS = st.fixed_dictionaries(
    {name: values if name == "scale" else st.none() | values for name, values in MEASURED.items()}
)


def together(sets):
    """Sets as arrays, numbers and answers as readings hold them."""
    columns = {name: np.array([one[name] for one in sets], dtype=object) for name in MEASURED}
    columns["acvpu"] = [None if letter is None else "ACVPU".index(letter) for letter in columns["acvpu"]]
    return {name: np.array(list(column), dtype=float) for name, column in columns.items()}


@given(SETS)
def test_the_sum_is_of_the_parts_and_the_total_is_the_sum_of_a_whole_set(one):
    found = score(**one)
    known = [part for part in found.parts if part is not None]
    assert found.partial == sum(known)
    assert found.total == (found.partial if len(known) == 7 else None)
    assert 0 <= found.partial <= 20


@given(SETS)
def test_a_set_scores_as_the_naive_twin_says(one):
    assert tuple(score(**one)) == naive(**one)


@given(st.lists(SETS, min_size=1, max_size=20))
def test_many_sets_score_as_each_by_itself(sets):
    many = score_all(**together(sets))
    for row, found in enumerate(score(**one) for one in sets):
        for name, wanted in found.parts._asdict().items():
            assert same(many.parts[name][row], wanted)
        assert same(many.total[row], found.total)
        assert many.partial[row] == found.partial
        assert (RISKS[many.risk[row]] if many.risk[row] >= 0 else None) == found.risk


@given(st.lists(SETS, min_size=1, max_size=5))
def test_arrays_of_answers_and_of_their_places_are_the_same(sets):
    as_given = {name: [one[name] for one in sets] for name in MEASURED}
    np.testing.assert_equal(score_all(**as_given)._asdict(), score_all(**together(sets))._asdict())


def test_no_sets_have_no_scores():
    assert len(score_all(**{name: [] for name in MEASURED}).total) == 0


def test_one_scale_may_stand_for_all():
    many = {name: [one, one] for name, one in {**WELL, "spo2": 90}.items()}
    assert score_all(**{**many, "scale": 2}).parts["spo2"].tolist() == [0, 0]


def test_answers_have_the_places_that_the_catalogue_gives_them():
    assert KINDS["consciousness"].answers == tuple(news2.LETTERS)


# ------------------------------------------------------------------ more ill, more points

WORSE_ABOVE = {"rr": (12, 60), "hr": (51, 250), "sbp": (111, 300), "temp": (36.1, 43)}
WORSE_BELOW = {"rr": (0, 20), "hr": (20, 90), "sbp": (50, 219), "temp": (30, 38.0), "spo2": (60, 100)}


@given(st.data(), WHOLE, st.booleans())
def test_further_from_normal_never_scores_less(data, one, above):
    column, (lowest, highest) = data.draw(
        st.sampled_from(sorted((WORSE_ABOVE if above else WORSE_BELOW).items())))  # fmt: skip
    near, far = sorted(data.draw(st.tuples(*[st.floats(lowest, highest)] * 2)), reverse=not above)
    one = {**one, "scale": 1}
    milder, worse = score(**{**one, column: near}), score(**{**one, column: far})
    assert worse.total >= milder.total
    assert RISKS.index(worse.risk) >= RISKS.index(milder.risk)


@given(SETS, st.data())
def test_measuring_what_is_missing_never_lowers_the_sum_or_the_risk(one, data):
    known = score(**one)
    missing = [name for name in news2.PARTS if one[name] is None]
    filled = {name: data.draw(MEASURED[name]) for name in missing}
    whole = score(**{**one, **filled})
    assert whole.partial >= known.partial
    assert known.risk is None or RISKS.index(whole.risk) >= RISKS.index(known.risk)


def same(number, wanted):
    return np.isnan(number) if wanted is None else number == wanted


# ------------------------------------------------------------------ the naive twin


def naive(*, rr, spo2, o2, sbp, hr, acvpu, temp, scale):
    def half_up(value, step="1"):
        if value is None:
            return None
        fine = Decimal(repr(float(value))).quantize(Decimal(step) / 1_000_000, ROUND_HALF_UP)
        return float(fine.quantize(Decimal(step), ROUND_HALF_UP))

    rr, spo2, sbp, hr, temp = half_up(rr), half_up(spo2), half_up(sbp), half_up(hr), half_up(temp, "0.1")
    parts = (
        None if rr is None else naive_rr(rr),
        None if spo2 is None else naive_spo2(spo2, o2, scale),
        None if o2 is None else 2 if o2 else 0,
        None if sbp is None else naive_sbp(sbp),
        None if hr is None else naive_hr(hr),
        None if acvpu is None else 0 if acvpu == "A" else 3,
        None if temp is None else naive_temp(temp),
    )
    known = [part for part in parts if part is not None]
    risk = "low" if len(known) == 7 else None
    if 3 in known:
        risk = "low-medium"
    if sum(known) >= 5:
        risk = "medium"
    if sum(known) >= 7:
        risk = "high"
    return (sum(known) if len(known) == 7 else None, risk, parts, sum(known))


def naive_rr(value):
    if value >= 25 or value <= 8:
        return 3
    return 2 if value >= 21 else 1 if value <= 11 else 0


def naive_spo2(value, o2, scale):
    if scale == 1:
        return 0 if value >= 96 else 1 if value >= 94 else 2 if value >= 92 else 3
    if value <= 92:
        return 0 if value >= 88 else 1 if value >= 86 else 2 if value >= 84 else 3
    if o2 is None:
        return None
    if not o2:
        return 0
    return 3 if value >= 97 else 2 if value >= 95 else 1


def naive_sbp(value):
    if value >= 220 or value <= 90:
        return 3
    return 0 if value >= 111 else 1 if value >= 101 else 2


def naive_hr(value):
    if value >= 131 or value <= 40:
        return 3
    return 2 if value >= 111 else 1 if value >= 91 or value <= 50 else 0


def naive_temp(value):
    if value <= 35.0:
        return 3
    return 2 if value >= 39.1 else 1 if value >= 38.1 or value <= 36.0 else 0
