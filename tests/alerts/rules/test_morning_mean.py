from __future__ import annotations

import statistics
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.moments import HIGH, NORMAL, YELLOW
from alerts.rules.morning_mean import MorningMean
from tests.alerts.rules.drawn import (
    LONDON,
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

KIND = "glucose"
ANY = (2.9, None, None, None)


def twin(person: Person, params: MorningMean) -> list[State]:
    said, firsts = [], list[Reading]()
    for now in person.readings[KIND]:
        hour = now.at.astimezone(LONDON).hour
        if not now.confirmed or not params.from_hour <= hour < params.to_hour:
            continue
        if firsts and local_date(firsts[-1].at) == local_date(now.at):
            continue
        firsts.append(now)
        oldest = local_date(now.at) - timedelta(days=params.days - 1)
        window = [r for r in firsts if local_date(r.at) >= oldest]
        if len(window) < params.min_days:
            continue
        mean = statistics.mean(Fraction(f"{r.value:.1f}") for r in window)
        target = person.traits.get("glucose_target_fasting")
        limit = params.above if target is None else round(target + params.above_target, 6)
        if mean > Fraction(str(limit)):
            figure = round(float(mean), 9)
            said.append(State(now.at, YELLOW, window[0].at, figure, limit, KIND, HIGH, True))
        else:
            said.append(State(now.at, NORMAL))
    return said


values = st.sampled_from([6.1, 7.9, 8.8, 9.9, 10.0, 10.1, 11.2, 14.3])
people = persons(
    {KIND: readings(values, hours=240, every=3, most=30, waiting=True)},
    st.just(ANY),
    {"glucose_target_fasting": st.sampled_from([6.1, 8.0])},
)
numbers = st.builds(
    MorningMean,
    above=st.just(10.0),
    above_target=st.just(2.0),
    from_hour=st.sampled_from([0, 1, 4]),
    to_hour=st.sampled_from([10, 24]),
    days=st.integers(3, 7),
    min_days=st.integers(1, 3),
)


@patiently
@given(people, numbers)
def test_the_rule_and_its_twin_agree(drawn, params):
    spec = rule("morning_mean", [KIND], params, severity=YELLOW)
    assert judged(spec, drawn) == by_twin(twin, spec, drawn)


@pytest.mark.parametrize("wrong", [{"above": 0}, {"from_hour": 10}, {"min_days": 8}])
def test_numbers_that_cannot_be_kept_to_are_refused(wrong):
    right = {"above": 10.0, "above_target": 2.0, "from_hour": 4, "to_hour": 10}
    with pytest.raises(ValueError, match=r"more than 0|min_days"):
        MorningMean(**{**right, **wrong})
