from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.moments import AMBER, HIGH, LOW, NEUTRAL, NORMAL, RED
from alerts.rules.limits import Limits, level_of
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

KIND = "body_temperature"  # shown to one decimal
FOUR = (35.0, 36.0, 38.0, 39.0)
_AT = datetime(2026, 11, 20, 8, 2, tzinfo=UTC)


def twin(person: Person, params: Limits) -> list[State]:  # noqa: C901  # one plain loop
    """Each moment by itself: what was measured by then, and the last readings held against each bound."""
    red_low, amber_low, amber_high, red_high = (
        math.nan if bound is None else bound for bound in person.bounds[KIND]
    )
    if all(math.isnan(bound) for bound in (red_low, amber_low, amber_high, red_high)):
        return []
    said = []
    seen: list[Reading] = []
    for reading in person.readings[KIND]:
        value = math.floor(reading.value * 10 + 0.5) / 10
        beyond = value <= red_low or value <= amber_low or value >= amber_high or value >= red_high
        if reading.confirmed or beyond:
            seen.append(Reading(reading.at, value, reading.confirmed))
    for moment in sorted({reading.at for reading in seen}):
        sofar = [reading for reading in seen if reading.at <= moment]
        times = sorted({reading.at for reading in sofar})
        best = State(moment, NORMAL)
        for level, low, bound, needs in (
            (RED, True, red_low, params.needs_red_low),
            (RED, False, red_high, params.needs_red_high),
            (AMBER, True, amber_low, params.needs_amber_low),
            (AMBER, False, amber_high, params.needs_amber_high),
        ):
            if math.isnan(bound):
                continue
            evidence = []
            for time in times[-needs:]:
                here = [reading for reading in sofar if reading.at == time]
                extreme = (min if low else max)(reading.value for reading in here)
                sure = any(reading.confirmed for reading in here if reading.value == extreme)
                evidence.append((time, extreme, sure))
            past = [value <= bound if low else value >= bound for _, value, _ in evidence]
            hours = (moment - evidence[0][0]).total_seconds() / 3600
            if all(past) and len(past) == needs and hours <= params.within_hours:
                if best.level <= NORMAL:
                    best = State(
                        moment,
                        level,
                        evidence[0][0],
                        evidence[-1][1],
                        bound,
                        KIND,
                        LOW if low else HIGH,
                        all(sure for _, _, sure in evidence),
                    )
            elif past[-1] and best.level == NORMAL:
                best = State(moment, NEUTRAL)
        said.append(best)
    return said


values = st.sampled_from(
    [34.0, 34.96, 35.0, 35.04, 35.5, 36.0, 36.1, 37.0, 37.9, 37.96, 38.0, 38.7, 39.0, 40.0]
)
fours = st.sampled_from([FOUR, FOUR, (None, 36.0, 38.0, None), (35.0, None, None, 39.0), (None,) * 4])
people = persons({KIND: readings(values, hours=100, every=4, waiting=True)}, fours)
params = st.builds(
    Limits,
    needs_red_low=st.integers(1, 2),
    needs_amber_low=st.integers(1, 3),
    needs_amber_high=st.integers(1, 3),
    needs_red_high=st.integers(1, 2),
    within_hours=st.sampled_from([4, 12, 72]),
)


@patiently
@given(people, params)
def test_the_rule_and_its_twin_agree(drawn, numbers):
    spec = rule("limits", [KIND], numbers)
    assert judged(spec, drawn) == by_twin(twin, spec, drawn)


@pytest.mark.parametrize(
    ("value", "level"),
    [
        (35.0, RED),
        (35.04, RED),  # is shown as 35.0
        (35.05, AMBER),
        (36.0, AMBER),
        (36.1, NORMAL),
        (37.9, NORMAL),
        (38.0, AMBER),
        (38.9, AMBER),
        (39.0, RED),
    ],
)
def test_a_bound_is_the_first_value_that_breaches(value, level):
    assert level_of(KIND, value, FOUR) == level


def test_a_reading_that_waits_raises_and_its_sentence_can_say_so():
    person = Person({KIND: [Reading(_AT, 39.5, confirmed=False)]}, {KIND: FOUR})
    (state,) = judged(rule("limits", [KIND], Limits()), [person])[3]
    assert (state.level, state.confirmed) == (RED, False)


def test_a_reading_that_waits_settles_nothing():
    person = Person({KIND: [Reading(_AT, 37.0, confirmed=False)]}, {KIND: FOUR})
    assert judged(rule("limits", [KIND], Limits()), [person])[3] == []
