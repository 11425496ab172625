from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.moments import AMBER, HIGH, NEUTRAL, NORMAL
from alerts.rules.over_oxygenation import OverOxygenation
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

OXYGEN, FLOW = "oxygen_saturation", "supplemental_oxygen"
ANY = (84.0, 87.0, None, None)


def twin(person: Person, params: OverOxygenation) -> list[State]:
    if person.traits.get("oxygen_scale") != 2:
        return []
    flows = [r for r in person.readings[FLOW] if r.confirmed]
    said: list[State] = []
    run: list[tuple[Reading, Reading]] = []  # saturations above while on oxygen, each with its flow
    for now in (r for r in person.readings[OXYGEN] if r.confirmed):
        fresh = [r for r in flows if now.at - timedelta(minutes=params.flow_minutes) <= r.at <= now.at]
        if now.value <= params.above or (fresh and fresh[-1].value == 0):
            run = []
            said.append(State(now.at, NORMAL))
            continue
        run = [*run, (now, fresh[-1])] if fresh else []
        last = run[-params.needs :]
        near = last and now.at - last[0][0].at <= timedelta(hours=params.within_hours)
        if len(last) < params.needs or not near:
            said.append(State(now.at, NEUTRAL))
            continue
        since = min(last[0][0].at, last[0][1].at)
        said.append(State(now.at, AMBER, since, now.value, params.above, OXYGEN, HIGH, True))
    return said


people = persons(
    {
        OXYGEN: readings(st.sampled_from([90.0, 92.0, 93.0, 95.0]), hours=60, every=3, waiting=True),
        FLOW: readings(st.sampled_from([0.0, 1.0, 2.0]), hours=60, every=3, waiting=True),
    },
    st.just(ANY),
    {"oxygen_scale": st.sampled_from([1.0, 2.0, 2.0])},
)
numbers = st.builds(
    OverOxygenation,
    above=st.just(92.0),
    needs=st.integers(1, 3),
    within_hours=st.sampled_from([6, 72]),
    flow_minutes=st.sampled_from([1, 60, 200]),
)


@patiently
@given(people, numbers)
def test_the_rule_and_its_twin_agree(drawn, params):
    spec = rule("over_oxygenation", params.kinds, params, severity=AMBER)
    assert judged(spec, drawn) == by_twin(twin, spec, drawn)


def test_numbers_that_cannot_be_kept_to_are_refused():
    with pytest.raises(ValueError, match="needs is 1 or more"):
        OverOxygenation(above=92, needs=0)
