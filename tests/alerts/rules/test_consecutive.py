from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from alerts.moments import AMBER, HIGH, LOW, NEUTRAL, NORMAL
from alerts.rules.consecutive import Consecutive
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

KIND = "interstitial_glucose"


def twin(person: Person, params: Consecutive) -> list[State]:
    low = params.at_or_below is not None
    limit = params.at_or_below if low else params.at_or_above
    said = []
    confirmed = [reading for reading in person.readings[KIND] if reading.confirmed]
    for number, now in enumerate(confirmed):
        row = []
        for reading in reversed(confirmed[: number + 1]):
            value = round(reading.value, 1)
            if not (value <= limit if low else value >= limit):
                break
            if reading.at < now.at - timedelta(days=params.days):
                break
            row.append(reading)
        if not row:
            said.append(State(now.at, NORMAL))
        elif len(row) >= params.needs and now.at - row[-1].at >= timedelta(hours=params.over_hours):
            side = LOW if low else HIGH
            said.append(State(now.at, AMBER, row[-1].at, round(now.value, 1), limit, KIND, side, True))
        else:
            said.append(State(now.at, NEUTRAL))
    return said


values = st.sampled_from([3.9, 7.0, 15.0, 15.1, 15.06, 16.0, 20.0])
people = persons(
    {KIND: readings(values, hours=48, every=2, most=20, waiting=True)}, st.just((3.0, None, None, None))
)
numbers = st.builds(
    lambda bound, needs, over: Consecutive(needs=needs, days=0.5, over_hours=over, **bound),
    st.sampled_from([{"at_or_above": 15.1}, {"at_or_below": 7.0}]),
    st.integers(2, 4),
    st.sampled_from([0, 2, 4]),
)


@patiently
@given(people, numbers)
def test_the_rule_and_its_twin_agree(drawn, params):
    spec = rule("consecutive", [KIND], params, severity=AMBER)
    assert judged(spec, drawn) == by_twin(twin, spec, drawn)


def test_three_in_a_row_breach_also_when_a_later_normal_one_is_known():
    at = datetime(2026, 11, 20, 8, tzinfo=UTC)
    drawn = [Reading(at + timedelta(hours=hour), value) for hour, value in enumerate([16, 16, 16, 8])]
    spec = rule("consecutive", [KIND], Consecutive(at_or_above=15.1, needs=3, days=1), severity=AMBER)
    person = Person({KIND: drawn}, {KIND: (3.0, None, None, None)})
    assert [state.level for state in judged(spec, [person])[3]] == [NEUTRAL, NEUTRAL, AMBER, NORMAL]
