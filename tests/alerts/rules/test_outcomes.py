"""What each rule says of a patient now: all five outcomes, against plain cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from alerts import rules
from alerts.moments import RED
from alerts.pathways import load
from alerts.preview import bounds_frame, on_pathways
from alerts.rules.outcomes import Counted, needed, outcomes
from ingest.catalogue import KINDS
from tests.alerts.rule_changes import PACKS as PLAIN
from tests.alerts.rule_changes import RULE
from tests.builders import NOW

PACKS = load()
OXYGEN = KINDS["oxygen_saturation"].id
HOUR = timedelta(hours=1)
NOBODYS = pd.DataFrame({"patient_id": [], "starts_at": [], "ends_at": []})
FOUR = (84.0, 87.0, None, None)


def history(*values, kind=OXYGEN, patient=1):
    """One reading an hour, the last one now."""
    moments = [NOW - (len(values) - 1 - place) * HOUR for place in range(len(values))]
    frame = pd.DataFrame(
        {"measured_at": pd.DatetimeIndex(moments).as_unit("us"), "value": [float(v) for v in values]}
    )
    return {
        kind: frame.assign(patient_id=patient, confirmed=True)[
            ["patient_id", "measured_at", "value", "confirmed"]
        ]
    }


def now(spec, readings, four=FOUR, patients=(1,), facts=None):
    never = pd.DatetimeIndex([], tz="UTC").as_unit("us")
    pauses = pd.DataFrame({"patient_id": pd.Series([], dtype="int64"), "starts_at": never, "ends_at": never})
    bounds = pd.concat(
        [bounds_frame({OXYGEN: (*four, False)} if four else {}, one) for one in patients], ignore_index=True
    )
    enrolled = pd.concat([on_pathways([spec.pathway], one) for one in patients], ignore_index=True)
    found = outcomes(
        [spec], readings, bounds, enrolled, pauses, since=NOW - timedelta(days=28), at=NOW, traits=facts
    )
    return {one.patient_id: one for one in found}


LIMITS = PLAIN.rule(RULE)  # amber at the second reading in a row, red at the first


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        ((95, 95), "normal"),
        ((95, 86), "pending"),
        ((86, 86), "breach"),
        ((84,), "breach"),
        ((84, 95), "normal"),
    ],
)
def test_the_last_moment_that_was_judged_says_how_a_rule_stands(values, outcome):
    one = now(LIMITS, history(*values))[1]
    assert (one.outcome, one.at, one.figure) == (outcome, NOW, float(values[-1]))


def test_a_breach_says_how_bad_it_is_and_against_what():
    one = now(LIMITS, history(95, 80))[1]
    assert (one.level, one.figure, one.limit, one.kind) == (RED, 80.0, 84.0, OXYGEN)


def test_without_a_reading_there_is_no_data_and_it_says_what_it_needs():
    one = now(LIMITS, {})[1]
    assert (one.outcome, one.there, one.needs) == ("no_data", Counted(0, 0, 28), Counted(1, 1, 28))


def test_a_rule_that_needs_days_says_how_many_there_are_and_how_many_it_needs():
    spec = PACKS.rule("hypertension.average")
    systolic = history(*[140] * 3, kind=KINDS["systolic"].id)
    one = now(spec, systolic)[1]
    assert one.outcome == "no_data"
    assert (one.there.readings, one.there.days) == (3, 1)
    assert (one.needs.readings, one.needs.days) == (spec.params.min_values, spec.params.min_days)


def test_a_trait_that_is_not_set_is_named():
    spec = PACKS.rule("heart_failure.above_dry_weight")
    weights = history(*[80] * 3, kind=KINDS["body_weight"].id)
    assert now(spec, weights)[1].trait == "dry_weight"
    facts = pd.DataFrame({"patient_id": [1], "name": ["dry_weight"], "value": [79.0]})
    assert now(spec, weights, facts=facts)[1].trait == ""


def test_to_whom_a_rule_does_not_apply_it_says_nothing():
    assert now(LIMITS, history(95), four=None) == {}


def test_what_was_measured_too_long_ago_says_nothing_of_now():
    readings = history(80)
    readings[OXYGEN]["measured_at"] -= timedelta(days=29)
    assert now(LIMITS, readings)[1].outcome == "no_data"


def test_a_rule_that_fails_on_one_patient_is_an_error_there_and_stands_for_the_others(monkeypatch):
    real = rules.TYPES["limits"]

    def states(spec, given):
        if given.applies[1]:
            raise RuntimeError("broken")
        return real.states(spec, given)

    monkeypatch.setitem(rules.TYPES, "limits", replace(real, states=states))
    both = {
        OXYGEN: pd.concat(
            [history(80)[OXYGEN], history(80, patient=2)[OXYGEN], history(95, patient=3)[OXYGEN]]
        )
    }
    told = now(LIMITS, both, patients=(1, 2, 3))
    assert {patient: one.outcome for patient, one in told.items()} == {1: "breach", 2: "error", 3: "normal"}


def test_every_rule_says_what_it_needs():
    for spec in PACKS.rules:
        least = needed(spec)
        assert 1 <= least.days <= least.within, spec.id
        assert least.readings >= 1
