from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.moments import AMBER, HIGH, NEUTRAL, NORMAL
from alerts.rules.dry_weight import DryWeight
from tests.alerts.rules.drawn import (
    Person,
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


def twin(person: Person, params: DryWeight) -> list[State]:
    if "dry_weight" not in person.traits:
        return []
    limit = Decimal(str(person.traits["dry_weight"])) + Decimal(str(params.above))
    said = []
    confirmed = [reading for reading in person.readings[KIND] if reading.confirmed]
    for number, now in enumerate(confirmed):
        if Decimal(f"{now.value:.1f}") < limit:
            said.append(State(now.at, NORMAL))
            continue
        level, days = NEUTRAL, set()
        for earlier in reversed(confirmed[: number + 1]):
            days.add(local_date(earlier.at))
            too_long_ago = now.at - earlier.at > timedelta(hours=params.within_hours)
            if Decimal(f"{earlier.value:.1f}") < limit or too_long_ago:
                break
            if len(days) == params.days:
                level = AMBER
                break
        if level == AMBER:
            said.append(State(now.at, AMBER, earlier.at, round(now.value, 1), float(limit), KIND, HIGH, True))
        else:
            said.append(State(now.at, NEUTRAL))
    return said


values = st.sampled_from([80.0, 80.2, 80.3, 80.34, 80.4, 82.0])
people = persons(
    {KIND: readings(values, hours=240, every=5, waiting=True)},
    st.just(ANY),
    {"dry_weight": st.sampled_from([78.3, 78.4])},
)
numbers = st.builds(
    DryWeight, above=st.just(2.0), days=st.integers(1, 3), within_hours=st.sampled_from([30, 60, 144])
)


@patiently
@given(people, numbers)
def test_the_rule_and_its_twin_agree(drawn, params):
    spec = rule("dry_weight", [KIND], params, severity=AMBER)
    assert judged(spec, drawn) == by_twin(twin, spec, drawn)


def test_numbers_that_cannot_be_kept_to_are_refused():
    with pytest.raises(ValueError, match="days 1 or more"):
        DryWeight(above=2, days=0)
