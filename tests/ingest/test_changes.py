from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ingest.catalogue import KINDS
from ingest.changes import Usual
from ingest.items import Item
from ingest.plausibility import judge

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ID = {name: kind.id for name, kind in KINDS.items()}


def ago(**span):
    return NOW - timedelta(**span)


def is_held(kind, value, usual, at=NOW):
    unit = KINDS[kind].unit_label or None
    one = Item(kind=kind, value=float(value), unit=unit, measured_at=at.isoformat())
    judged = judge([one], received_at=NOW, usual=usual)
    assert len(judged.index) + len(judged.held) == 1
    return bool(judged.held) and judged.held[0].code == "unusual_change"


MEAN = Usual(mean_7d={ID["systolic"]: 130.0})
BASELINE = Usual(baseline={ID["oxygen_saturation"]: 96.0})
LAST_WEIGHT = Usual(last={ID["body_weight"]: (ago(hours=20), 80.0)})
OLD_WEIGHT = Usual(oldest_30d={ID["body_weight"]: (ago(days=29), 80.0)})
LAST_CAT = Usual(last={ID["cat_score"]: (ago(hours=23), 18.0)})
BEST = Usual(best={ID["peak_flow"]: 400.0, ID["fev1"]: 2.0})


@pytest.mark.parametrize(
    ("kind", "value", "usual", "held"),
    [
        ("systolic", 170, MEAN, False),
        ("systolic", 170.5, MEAN, True),
        ("systolic", 90, MEAN, False),
        ("systolic", 89.5, MEAN, True),
        ("oxygen_saturation", 92.5, BASELINE, False),
        ("oxygen_saturation", 92, BASELINE, True),
        ("oxygen_saturation", 100, BASELINE, False),
        ("body_weight", 83, LAST_WEIGHT, False),
        ("body_weight", 83.1, LAST_WEIGHT, True),
        ("body_weight", 76.9, LAST_WEIGHT, True),
        ("body_weight", 88, OLD_WEIGHT, False),
        ("body_weight", 88.1, OLD_WEIGHT, True),
        ("body_weight", 71.9, OLD_WEIGHT, True),
        ("cat_score", 25, LAST_CAT, False),
        ("cat_score", 26, LAST_CAT, True),
        ("cat_score", 10, LAST_CAT, True),
        ("peak_flow", 500, BEST, False),
        ("peak_flow", 501, BEST, True),
        ("fev1", 2.4, BEST, False),
        ("fev1", 2.41, BEST, True),
    ],
)
def test_a_change_from_what_is_usual_for_the_patient_is_held(kind, value, usual, held):
    assert is_held(kind, value, usual) is held
    assert not is_held(kind, value, None)


@pytest.mark.parametrize(
    ("kind", "value", "usual", "far"),
    [
        ("systolic", 171, MEAN, ago(days=8)),
        ("oxygen_saturation", 91, BASELINE, ago(days=8)),
        ("body_weight", 83.1, LAST_WEIGHT, ago(hours=45)),
        ("body_weight", 88.1, OLD_WEIGHT, ago(days=60)),
        ("cat_score", 26, LAST_CAT, ago(hours=48)),
    ],
)
def test_figures_of_now_say_nothing_of_a_reading_from_another_time(kind, value, usual, far):
    assert is_held(kind, value, usual)
    assert not is_held(kind, value, usual, at=far)


@pytest.mark.parametrize(
    ("scale_2", "value", "stored"), [(False, 87, False), (True, 87, True), (True, 84, False)]
)
def test_on_scale_2_oxygen_is_confirmed_below_85(scale_2, value, stored):
    one = Item(kind="oxygen_saturation", value=float(value), unit="%", measured_at=NOW.isoformat())
    judged = judge([one], received_at=NOW, usual=Usual(oxygen_scale_2=scale_2))
    assert bool(judged.index) is stored


def test_in_a_panel_the_change_names_its_number():
    value = {"systolic": 175.0, "diastolic": 95.0}
    one = Item(kind="blood_pressure", value=value, unit="mmHg", measured_at=NOW.isoformat())
    judged = judge([one], received_at=NOW, usual=MEAN)
    assert [(held.code, held.field) for held in judged.held] == [("unusual_change", "value/systolic")]


def test_a_low_oxygen_that_is_held_still_says_when_to_call():
    one = Item(kind="oxygen_saturation", value=90.0, unit="%", measured_at=NOW.isoformat())
    held = judge([one], received_at=NOW, usual=BASELINE).held[0]
    assert "999" in held.sentence
    assert "111" in held.sentence
