from __future__ import annotations

import statistics
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.moments import AMBER, HIGH, NEUTRAL, NORMAL
from alerts.rules.oximetry_score import OximetryScore
from alerts.rules.sign import Sign
from tests.alerts.rules.drawn import (
    Person,
    Reading,
    State,
    by_twin,
    judged,
    local_date,
    patiently,
    persons,
    readings,
    rule,
)

BREATH = Sign(kind="breathlessness", answers=("worse",))


def twin(person: Person, params: OximetryScore) -> list[State]:
    confirmed = {kind: [r for r in every if r.confirmed] for kind, every in person.readings.items()}
    said = []
    for at in sorted({r.at for every in confirmed.values() for r in every}):
        fresh = {
            kind: [r for r in every if at - timedelta(hours=params.within_hours) <= r.at <= at]
            for kind, every in confirmed.items()
        }
        distances, since = [], []
        for kind, least in (
            ("heart_rate", params.least_spread_pulse),
            ("oxygen_saturation", params.least_spread_oxygen),
        ):
            oldest, newest = (
                at - timedelta(days=params.usual_days),
                at - timedelta(hours=params.apart_hours),
            )
            base = [r for r in confirmed[kind] if oldest <= r.at <= newest]
            if not fresh[kind] or len({local_date(r.at) for r in base}) < params.min_days:
                break
            spread = max(statistics.stdev([r.value for r in base]), least)
            distances.append((fresh[kind][-1].value - statistics.mean([r.value for r in base])) / spread)
            since.append(base[0].at)
        else:
            score = round((distances[0] - distances[1]) / 2, 9)
            if score < params.score:
                said.append(State(at, NORMAL))
            elif not fresh["breathlessness"] or fresh["breathlessness"][-1].value != 2:
                said.append(State(at, NEUTRAL))
            else:
                said.append(State(at, AMBER, min(since), score, params.score, "heart_rate", HIGH, True))
    return said


def drawn(*values: float, most: int) -> st.SearchStrategy[list[Reading]]:
    return readings(st.sampled_from(values), hours=144, every=6, most=most, waiting=True)


people = persons(
    {
        "heart_rate": drawn(70, 72, 74, 76, 90, most=20),
        "oxygen_saturation": drawn(88, 90, 92, 93, 94, most=20),
        "breathlessness": drawn(1, 2, most=8),
    },
    st.just((1.0, None, None, None)),
)
numbers = st.builds(
    OximetryScore,
    score=st.sampled_from([0.5, 1.0]),
    symptoms=st.just((BREATH,)),
    within_hours=st.sampled_from([6, 12]),
    usual_days=st.sampled_from([3, 28]),
    apart_hours=st.sampled_from([0, 24]),
    min_days=st.integers(2, 3),
    least_spread_pulse=st.sampled_from([1, 5]),
    least_spread_oxygen=st.just(1.0),
)


@patiently
@given(people, numbers)
def test_the_rule_and_its_twin_agree(drawn_people, params):
    spec = rule("oximetry_score", params.kinds, params, severity=AMBER)
    assert judged(spec, drawn_people) == by_twin(twin, spec, drawn_people)


@pytest.mark.parametrize("wrong", [{"score": 0}, {"min_days": 1}, {"apart_hours": 999}])
def test_numbers_that_cannot_be_kept_to_are_refused(wrong):
    right = {"score": 1, "symptoms": (BREATH,), "within_hours": 6}
    least = {"least_spread_pulse": 1, "least_spread_oxygen": 1}
    with pytest.raises(ValueError, match=r"more than 0|min_days"):
        OximetryScore(**{**right, **least, **wrong})
