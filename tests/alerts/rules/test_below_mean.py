from __future__ import annotations

import statistics
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.moments import LOW, NEUTRAL, NORMAL, YELLOW
from alerts.rules.below_mean import BelowMean
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

KIND = "fev1"
ANY = (0.2, None, None, None)


def twin(person: Person, params: BelowMean) -> list[State]:
    said = []
    confirmed = [reading for reading in person.readings[KIND] if reading.confirmed]
    for number, now in enumerate(confirmed):
        base = before(confirmed, number, params)
        if len(base) < params.min_readings:
            continue
        last = range(max(0, number - params.needs + 1), number + 1)
        near = confirmed[last[0]].at >= now.at - timedelta(days=params.days)
        if is_below(confirmed, number, params) is None:
            said.append(State(now.at, NORMAL))
        elif len(last) < params.needs or not near or not all(is_below(confirmed, n, params) for n in last):
            said.append(State(now.at, NEUTRAL))
        else:
            limit = is_below(confirmed, number, params)
            since = before(confirmed, last[0], params)[0].at
            said.append(State(now.at, YELLOW, since, round(now.value, 9), limit, KIND, LOW, True))
    return said


def before(confirmed: list[Reading], number: int, params: BelowMean) -> list[Reading]:
    oldest = confirmed[number].at - timedelta(days=params.days)
    return [r for r in confirmed[:number] if r.at >= oldest]


def is_below(confirmed: list[Reading], number: int, params: BelowMean) -> float | None:
    """The limit that it is below."""
    base = [100 * r.value for r in before(confirmed, number, params)]
    if len(base) < params.min_readings:
        return None
    limit = round(statistics.mean(base) - params.spreads * statistics.stdev(base), 6)
    return round(limit / 100, 9) if round(100 * confirmed[number].value) < limit else None


values = st.sampled_from([1.42, 1.38, 1.45, 1.4, 1.41, 1.2, 1.1])
people = persons({KIND: readings(values, hours=240, every=6, most=25, waiting=True)}, st.just(ANY))
numbers = st.builds(
    BelowMean,
    spreads=st.sampled_from([0.5, 1.645]),
    needs=st.integers(1, 3),
    days=st.sampled_from([2, 7]),
    min_readings=st.integers(2, 5),
)


@patiently
@given(people, numbers)
def test_the_rule_and_its_twin_agree(drawn, params):
    spec = rule("below_mean", [KIND], params, severity=YELLOW)
    assert judged(spec, drawn) == by_twin(twin, spec, drawn)


def test_numbers_that_cannot_be_kept_to_are_refused():
    with pytest.raises(ValueError, match="min_readings 2 or more"):
        BelowMean(spreads=1.6, min_readings=1)
