from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.moments import AMBER, HIGH, LOW, NEUTRAL, NORMAL
from alerts.rules.count_in_window import CountInWindow
from tests.alerts.rules.drawn import (
    Person,
    Reading,
    State,
    by_twin,
    judged,
    patiently,
    persons,
    readings,
    rule,
)

KIND = "glucose"


def twin(person: Person, params: CountInWindow) -> list[State]:
    names = ("red_low", "amber_low", "amber_high", "red_high")
    if params.bound is not None:
        limit = person.bounds[KIND][names.index(params.bound)]
        low = params.bound.endswith("low")
    else:
        low = params.at_or_below is not None
        limit = params.at_or_below if low else params.at_or_above
    if limit is None:
        return []
    said = []
    confirmed = [reading for reading in person.readings[KIND] if reading.confirmed]
    for now in confirmed:
        window = [r for r in confirmed if now.at - timedelta(days=params.days) <= r.at <= now.at]
        past = [r for r in window if (round(r.value, 1) <= limit if low else round(r.value, 1) >= limit)]
        enough = len(past) >= params.needs
        if enough and past[-1] is now:
            side = LOW if low else HIGH
            said.append(State(now.at, AMBER, past[0].at, float(len(past)), limit, KIND, side, True))
        elif enough or (past and past[-1] is now):
            said.append(State(now.at, NEUTRAL))
        else:
            said.append(State(now.at, NORMAL))
    return said


values = st.sampled_from([2.9, 3.9, 3.94, 3.96, 7.0, 15.1, 20.0])
fours = st.sampled_from([(2.9, 3.9, 7.0, 15.1), (2.9, 3.9, 7.0, 15.1), (None, 3.9, None, None)])
people = persons({KIND: readings(values, hours=240, every=6, waiting=True)}, fours)
bound = st.sampled_from(
    [{"at_or_below": 3.9}, {"at_or_above": 7.0}, {"bound": "amber_low"}, {"bound": "amber_high"}]
)
numbers = st.builds(
    lambda bound, needs, days: CountInWindow(needs=needs, days=days, **bound),
    bound,
    st.integers(2, 3),
    st.sampled_from([0.5, 1, 3, 7]),
)


@patiently
@given(people, numbers)
def test_the_rule_and_its_twin_agree(drawn, params):
    spec = rule("count_in_window", [KIND], params, severity=AMBER)
    assert judged(spec, drawn) == by_twin(twin, spec, drawn)


def test_a_normal_reading_between_does_not_break_the_count():
    at = datetime(2026, 11, 20, 8, tzinfo=UTC)
    values = [3.5, 8.0, 3.6]
    drawn = [Reading(at + timedelta(days=day), value) for day, value in enumerate(values)]
    spec = rule("count_in_window", [KIND], CountInWindow(at_or_below=3.9, needs=2, days=7), severity=AMBER)
    person = Person({KIND: drawn}, {KIND: (None, 3.9, None, None)})
    assert [state.level for state in judged(spec, [person])[3]] == [NEUTRAL, NORMAL, AMBER]


@pytest.mark.parametrize("bad", [{}, {"at_or_below": 1.0, "at_or_above": 2.0}, {"bound": "amber"}])
def test_exactly_one_known_bound_is_asked_for(bad):
    with pytest.raises(ValueError, match="bound"):
        CountInWindow(needs=2, days=1, **bad)
