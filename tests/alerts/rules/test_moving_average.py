from __future__ import annotations

import statistics
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.moments import AMBER, HIGH, NORMAL
from alerts.rules.moving_average import MovingAverage
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


def twin(person: Person, params: MovingAverage) -> list[State]:
    said = []
    confirmed = [reading for reading in person.readings[KIND] if reading.confirmed]
    for number, now in enumerate(confirmed):
        by_day: dict[date, list[Fraction]] = {}
        for reading in confirmed[: number + 1]:
            by_day.setdefault(local_date(reading.at), []).append(Fraction(f"{reading.value:.1f}"))

        today = local_date(now.at)
        short = average(by_day, today, params.days, params.min_days)
        rises = []
        for days, least, limit in (params.middle, params.long):
            other = average(by_day, today, days, least)
            if short is not None and other is not None:
                rises.append((days, short - other, limit))
        if not rises:
            continue
        found = [rise for rise in rises if rise[1] > Fraction(str(rise[2]))]
        if not found:
            said.append(State(now.at, NORMAL))
            continue
        days, rise, limit = found[0]
        first = local_date(now.at) - timedelta(days=days - 1)
        since = next(r.at for r in confirmed if local_date(r.at) >= first)
        said.append(State(now.at, AMBER, since, round(float(rise), 9), limit, KIND, HIGH, True))
    return said


def average(by_day: dict[date, list[Fraction]], today: date, days: int, least: int) -> Fraction | None:
    first = today - timedelta(days=days - 1)
    daily = [statistics.median(values) for day, values in by_day.items() if day >= first]
    return statistics.mean(daily) if len(daily) >= least else None


values = st.sampled_from([80.0, 80.3, 80.4, 80.44, 81.0, 82.0, 82.1, 82.3, 83.5, 84.1])
people = persons({KIND: readings(values, hours=240, every=5, most=20, waiting=True)}, st.just(ANY))
numbers = st.builds(
    MovingAverage,
    days=st.integers(1, 3),
    min_days=st.just(1),
    middle_days=st.integers(4, 6),
    middle_min_days=st.integers(1, 4),
    middle_rise=st.sampled_from([0.3, 1.0]),
    long_days=st.integers(7, 9),
    long_min_days=st.integers(1, 5),
    long_rise=st.sampled_from([1.1, 1.5]),
)


@patiently
@given(people, numbers)
def test_the_rule_and_its_twin_agree(drawn, params):
    spec = rule("moving_average", [KIND], params, severity=AMBER)
    assert judged(spec, drawn) == by_twin(twin, spec, drawn)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"middle_rise": 1.5, "long_rise": 1.0}, "less than long_rise"),
        ({"middle_rise": 1.0, "long_rise": 1.5, "middle_days": 3}, "rise from 1 on"),
        ({"middle_rise": 1.0, "long_rise": 1.5, "min_days": 4}, "from 1 to its days"),
    ],
)
def test_numbers_that_cannot_be_kept_to_are_refused(wrong, said):
    with pytest.raises(ValueError, match=said):
        MovingAverage(**wrong)
