from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from alerts.moments import AMBER, HIGH, LOW, NORMAL
from alerts.rules.weight_rise import WeightRise
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

KIND = "body_weight"
ANY = (None, None, None, 250.0)


def twin(person: Person, params: WeightRise) -> list[State]:
    way = 1 if params.loss is None else -1
    said = []
    confirmed = [reading for reading in person.readings[KIND] if reading.confirmed]
    for number, now in enumerate(confirmed):
        first_day = local_date(now.at) - timedelta(days=params.days)
        before = [r for r in confirmed[:number] if local_date(r.at) >= first_day]
        if not before:
            continue
        lowest = min([*before, now], key=lambda r: way * Decimal(f"{r.value:.1f}"))
        change = way * (Decimal(f"{now.value:.1f}") - Decimal(f"{lowest.value:.1f}"))
        limit = Decimal(str(params.rise or params.loss))
        if change > limit or (change == limit and params.loss is not None):
            side = HIGH if params.loss is None else LOW
            said.append(State(now.at, AMBER, lowest.at, float(change), float(limit), KIND, side, True))
        else:
            said.append(State(now.at, NORMAL))
    return said


values = st.sampled_from([80.0, 80.3, 80.4, 80.42, 81.0, 82.0, 82.1, 82.3, 82.4, 82.44, 82.5, 84.1])
people = persons({KIND: readings(values, hours=240, every=5, waiting=True)}, st.just(ANY))
numbers = st.builds(
    lambda way, limit, days: WeightRise(**{way: limit}, days=days),
    st.sampled_from(["rise", "loss"]),
    st.sampled_from([1.0, 2.0]),
    st.sampled_from([1, 3]),
)


@patiently
@given(people, numbers)
def test_the_rule_and_its_twin_agree(drawn, params):
    spec = rule("weight_rise", [KIND], params, severity=AMBER)
    assert judged(spec, drawn) == by_twin(twin, spec, drawn)


def rise(*weights: tuple[datetime, float]) -> list[int]:
    person = Person({KIND: [Reading(at, value) for at, value in weights]}, {KIND: ANY})
    spec = rule("weight_rise", [KIND], WeightRise(rise=2.0, days=3), severity=AMBER)
    return [state.level for state in judged(spec, [person])[3]]


def test_two_kilograms_are_not_yet_more_than_two():
    assert rise((morning(17), 80.4), (morning(20), 82.4)) == [NORMAL]


def test_days_are_counted_by_the_clock_on_the_wall_also_when_it_changes():
    before = datetime(2026, 10, 22, 23, 30, tzinfo=UTC)  # 00:30 on 23 October
    after = datetime(2026, 10, 26, 23, 30, tzinfo=UTC)  # 23:30 on 26 October
    assert rise((before, 80.0), (after, 83.0)) == [AMBER]


def test_a_first_weight_after_a_gap_has_nothing_to_be_held_against():
    assert rise((morning(1), 80.0), (morning(20), 95.0)) == []


def morning(day: int) -> datetime:
    return datetime(2026, 11, day, 8, 2, tzinfo=UTC)
