from __future__ import annotations

import pint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import Refused
from ingest.catalogue import KINDS
from ingest.units import ACCEPTED, conversion, to_canonical

# Clinical notes, section 1.1 and the vectors of section 7.
VECTORS = [
    ("systolic", 120, "mmHg", 120),
    ("systolic", 120, "mm[Hg]", 120),
    ("systolic", 16, "kPa", 120.00992),
    ("heart_rate", 70, "bpm", 70),
    ("heart_rate", 70, "{beats}/min", 70),
    ("heart_rate", 70, "count/min", 70),
    ("respiratory_rate", 18, "{Breaths}/min", 18),
    ("oxygen_saturation", 97, "%", 97),
    ("oxygen_saturation", 0.97, "1", 97),
    ("body_temperature", 98.6, "°F", 37),
    ("body_temperature", 98.6, "[degF]", 37),
    ("body_temperature", 37, "C", 37),
    ("body_weight", 12.4, "st", 78.743636),
    ("body_weight", 176, "lb", 79.832257),
    ("body_weight", 176, "[lb_av]", 79.832257),
    ("body_weight", 80500, "g", 80.5),
    ("glucose", 180.156, "mg/dL", 10),
    ("interstitial_glucose", 153, "mg/dL", 8.4926397),
    ("peak_flow", 7, "L/s", 420),
    ("fev1", 1900, "mL", 1.9),
    ("cat_score", 18, None, 18),
]

# What pint calls our units. Not here: counts, scores, and glucose, whose factor is chemistry.
PINT = {
    "mmHg": "mmHg",
    "kPa": "kPa",
    "Cel": "degC",
    "[degF]": "degF",
    "kg": "kg",
    "g": "g",
    "lb": "lb",
    "st": "stone",
    "L/min": "L/min",
    "L/s": "L/s",
    "L": "L",
    "mL": "mL",
    "%": "percent",
    "1": "dimensionless",
}
CHECKED = [
    (name, unit)
    for name, accepted in ACCEPTED.items()
    for unit in accepted
    if unit in PINT and KINDS[name].unit_label
    if name not in ("heart_rate", "respiratory_rate")
]
STORED_IN = {"mm[Hg]": "mmHg", "Cel": "degC", "%": "percent"}


@pytest.mark.parametrize(("name", "value", "unit", "stored"), VECTORS)
def test_a_value_is_stored_in_the_unit_of_its_kind(name, value, unit, stored):
    assert to_canonical(KINDS[name], value, unit) == pytest.approx(stored, rel=1e-6)


@pytest.mark.parametrize(("name", "unit"), CHECKED)
def test_the_table_agrees_with_pint(name, unit):
    registry = pint.UnitRegistry()
    kind = KINDS[name]
    theirs = registry.Quantity(17.5, PINT[unit]).to(STORED_IN.get(kind.unit, kind.unit)).magnitude
    assert to_canonical(kind, 17.5, unit) == pytest.approx(theirs, rel=1e-5)


def test_glucose_agrees_with_its_molar_mass():
    registry = pint.UnitRegistry()
    moles = registry.Quantity(100, "mg/dL") / registry.Quantity(180.156, "g/mol")
    assert to_canonical(KINDS["glucose"], 100, "mg/dL") == pytest.approx(
        moles.to("mmol/L").magnitude, rel=1e-9
    )


@given(
    st.sampled_from([(name, unit) for name, accepted in ACCEPTED.items() for unit in accepted]),
    st.floats(min_value=0, max_value=1e4),
)
def test_a_value_comes_back_from_its_stored_unit_within_a_twentieth(pair, value):
    name, unit = pair
    how = conversion(KINDS[name], unit)
    back = how.apply(value) * how.divide / how.multiply + how.subtract
    assert back == pytest.approx(value, abs=0.05)


@pytest.mark.parametrize("unit", ["MMHG", " mmHg ", "mmhg"])
def test_case_and_spaces_around_a_unit_do_not_matter(unit):
    assert to_canonical(KINDS["systolic"], 120, unit) == 120


@pytest.mark.parametrize("unit", [None, "", "  "])
@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS.values() if kind.unit_label], ids=lambda kind: kind.name
)
def test_a_number_without_a_unit_is_refused_whatever_its_size(kind, unit):
    with pytest.raises(Refused) as refused:
        to_canonical(kind, 5, unit)
    assert refused.value.code == "unit_missing"
    assert next(iter(ACCEPTED[kind.name])) in refused.value.sentence


@pytest.mark.parametrize("unit", ["kg", "mmol", "parsec", "mmHg/min", "\0", "ª"])
def test_an_unknown_unit_is_refused_naming_what_is_accepted(unit):
    with pytest.raises(Refused) as refused:
        to_canonical(KINDS["systolic"], 120, unit)
    assert refused.value.code == "unit_unknown"
    assert "mmHg" in refused.value.sentence
    assert "kPa" in refused.value.sentence
    assert refused.value.field == "unit"


def test_an_answer_takes_no_unit():
    with pytest.raises(Refused) as refused:
        conversion(KINDS["sputum"], "mL")
    assert "takes no unit" in refused.value.sentence


def test_a_unit_of_one_kind_is_not_one_of_another():
    with pytest.raises(Refused):
        conversion(KINDS["glucose"], "mmHg")
