from __future__ import annotations

import itertools
import statistics
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.glucose import summarise
from alerts.moments import AMBER, HIGH, LOW, NORMAL
from alerts.rules.time_in_range import TimeInRange
from tests.alerts.rules.drawn import (
    STARTS,
    Person,
    Reading,
    State,
    by_twin,
    judged,
    local_date,
    rarely,
    rule,
)

KIND = "interstitial_glucose"
ANY = (2.9, None, None, None)


def twin(person: Person, params: TimeInRange) -> list[State]:
    if (person.traits.get("frail") == 1) != params.frail:
        return []
    said = []
    confirmed = [reading for reading in person.readings[KIND] if reading.confirmed]
    for number, now in enumerate(confirmed):
        if number and local_date(confirmed[number - 1].at) == local_date(now.at):
            continue
        first = local_date(now.at) - timedelta(days=params.days)
        window = [r for r in confirmed[:number] if local_date(r.at) >= first]
        if worn(window, params.days) < params.worn:
            continue
        found = summarise([round(r.value, 1) for r in window], "mmol/L")
        figures = {
            "very_low": found.tbr30_pct,
            "low": found.tbr39_pct,
            "in_range": found.tir_pct,
            "very_high": found.tar139_pct,
            "high": found.tar100_pct,
            "variation": found.cv_pct,
        }
        for name, limit in params.limits:
            figure = round(figures[name], 9)
            passed = figure < limit if name == "in_range" else figure >= limit
            if passed and not (name == "variation" and figure == limit):
                side = LOW if name == "in_range" else HIGH
                said.append(State(now.at, AMBER, window[0].at, figure, limit, KIND, side, True))
                break
        else:
            said.append(State(now.at, NORMAL))
    return said


def worn(window: list[Reading], days: int) -> float:
    gaps = [(b.at - a.at) / timedelta(minutes=1) for a, b in itertools.pairwise(window)]
    for minutes, longest in ((1, 1.5), (5, 7.5), (15, 22.5)):
        if 2 * sum(gap <= longest for gap in gaps) > len(gaps):
            return min(100.0, 100 * len(window) / (days * 24 * 60 / minutes))
    return 0.0


@st.composite
def sensor(draw: st.DrawFn) -> list[Reading]:
    """Stretches of three hours, each around a value, with another cadence, or without the sensor."""
    at, found = draw(st.sampled_from(STARTS)), []
    cadence = draw(st.sampled_from([15, 15, 5]))
    for _ in range(draw(st.integers(0, 24))):
        value = draw(st.sampled_from([None, 2.9, 3.8, 3.86, 3.9, 6.0, 7.5, 8.1, 10.0, 10.1, 14.0]))
        own = draw(st.sampled_from([cadence] * 5 + [30]))
        if value is not None:
            found += [
                Reading(at + timedelta(minutes=nth * own), value + nth % 3 / 10) for nth in range(180 // own)
            ]
        at += timedelta(hours=3)
    return found


people = st.lists(
    st.builds(
        Person,
        st.fixed_dictionaries({KIND: sensor()}),
        st.just({KIND: ANY}),
        st.fixed_dictionaries({}, optional={"frail": st.sampled_from([0.0, 1.0])}),
    ),
    min_size=2,
    max_size=2,
)
numbers = st.builds(
    TimeInRange,
    very_low=st.sampled_from([None, 1.0]),
    low=st.sampled_from([None, 4.0]),
    in_range=st.just(70.0),
    very_high=st.sampled_from([None, 5.0]),
    high=st.sampled_from([None, 25.0]),
    variation=st.sampled_from([None, 36.0]),
    frail=st.booleans(),
    days=st.integers(1, 2),
    worn=st.sampled_from([30.0, 70.0]),
)


@rarely
@given(people, numbers)
def test_the_rule_and_its_twin_agree(drawn, params):
    spec = rule("time_in_range", [KIND], params, severity=AMBER)
    assert judged(spec, drawn) == by_twin(twin, spec, drawn)


def every(minutes: int, days: float, value: float) -> Person:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    count = round(days * 24 * 60 / minutes)
    return Person(
        {KIND: [Reading(at + timedelta(minutes=minutes * nth), value) for nth in range(count + 1)]},
        {KIND: ANY},
    )


@pytest.mark.parametrize("minutes", [1, 5, 15])
def test_seventy_per_cent_of_fourteen_days_are_enough_at_any_cadence(minutes):
    spec = rule("time_in_range", [KIND], TimeInRange(in_range=70.0), severity=AMBER)
    told = judged(spec, [every(minutes, 10, 12.0)])[3]
    assert [state.at.day for state in told] == [11]  # 9.8 days are 70 %
    assert statistics.mean(state.figure for state in told) == 0


@pytest.mark.parametrize(
    "wrong",
    [{}, {"low": 1.0, "very_low": 1.0}, {"low": 101.0}, {"low": 4.0, "days": 0}, {"low": 4, "worn": 0}],
)
def test_numbers_that_cannot_be_kept_to_are_refused(wrong):
    with pytest.raises(ValueError, match=r"limit|days"):
        TimeInRange(**wrong)
