from __future__ import annotations

import statistics
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from alerts.moments import AMBER, LOW, NEUTRAL, NORMAL, RED
from alerts.rules.oxygen_fall import OxygenFall
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

KIND = "oxygen_saturation"
ANY = (84.0, 87.0, None, None)


def twin(person: Person, params: OxygenFall) -> list[State]:
    said = []
    confirmed = [reading for reading in person.readings[KIND] if reading.confirmed]
    for number, now in enumerate(confirmed):
        last = confirmed[max(0, number - params.needs + 1) : number + 1]
        earlier = confirmed[: max(0, number - params.needs + 1)]
        oldest, newest = (
            now.at - timedelta(days=params.usual_days),
            now.at - timedelta(hours=params.apart_hours),
        )
        base = [r for r in earlier if oldest <= r.at <= newest]
        if len(base) < params.min_readings:
            continue
        usual = statistics.median([r.value for r in base])
        together = len(last) == params.needs and now.at - last[0].at <= timedelta(hours=params.within_hours)
        fall = usual - max(r.value for r in last)
        if together and fall >= params.amber_fall:
            level = RED if fall >= params.red_fall else AMBER
            limit = params.red_fall if level == RED else params.amber_fall
            said.append(State(now.at, level, base[0].at, fall, limit, KIND, LOW, True))
        else:
            said.append(State(now.at, NEUTRAL if usual - now.value >= params.amber_fall else NORMAL))
    return said


values = st.sampled_from([88.0, 90.0, 91.0, 92.0, 93.0, 94.0, 94.0, 95.0, 95.0, 95.0, 96.0])
people = persons({KIND: readings(values, hours=240, every=6, most=30, waiting=True)}, st.just(ANY))
numbers = st.builds(
    OxygenFall,
    amber_fall=st.just(3.0),
    red_fall=st.sampled_from([3.0, 4.0]),
    needs=st.integers(1, 3),
    within_hours=st.sampled_from([12, 72]),
    usual_days=st.sampled_from([2, 4, 28]),
    apart_hours=st.sampled_from([0, 24]),
    min_readings=st.integers(1, 6),
)


@patiently
@given(people, numbers)
def test_the_rule_and_its_twin_agree(drawn, params):
    spec = rule("oxygen_fall", [KIND], params)
    assert judged(spec, drawn) == by_twin(twin, spec, drawn)


def test_fourteen_readings_are_a_usual_and_thirteen_are_not():
    def levels(count: int) -> list[int]:
        at = datetime(2026, 11, 1, 8, tzinfo=UTC)
        days = [Reading(at + timedelta(days=day), 97.0) for day in range(count)]
        low = [Reading(at + timedelta(days=count + day), 93.0) for day in range(2)]
        person = Person({KIND: days + low}, {KIND: ANY})
        spec = rule("oxygen_fall", [KIND], OxygenFall(amber_fall=3, red_fall=4))
        return [state.level for state in judged(spec, [person])[3]]

    assert levels(14) == [RED]
    assert levels(15) == [NEUTRAL, RED]
    assert levels(13) == []
