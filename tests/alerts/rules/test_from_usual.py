from __future__ import annotations

import statistics
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.moments import AMBER, HIGH, LOW, NEUTRAL, NORMAL, RED, YELLOW
from alerts.rules.from_usual import FromUsual
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

KIND = "oxygen_saturation"
ANY = (84.0, 87.0, None, None)


def twin(person: Person, params: FromUsual) -> list[State]:
    (kind,) = person.readings
    harm = 1 if params.direction == "up" else -1
    said = []
    confirmed = [reading for reading in person.readings[kind] if reading.confirmed]
    for number, now in enumerate(confirmed):
        size = params.needs
        while (
            len({local_date(r.at) for r in confirmed[max(0, number + 1 - size) : number + 1]})
            < params.on_days
        ):
            size += 1
            if size > number + 1:
                break
        whole = size <= number + 1
        last = confirmed[number + 1 - size : number + 1] if whole else [now]
        together = whole and now.at - last[0].at <= timedelta(hours=params.within_hours)
        left_out = size if together else params.needs
        earlier = confirmed[: max(0, number + 1 - left_out)]
        oldest, newest = (
            now.at - timedelta(days=params.usual_days),
            now.at - timedelta(hours=params.apart_hours),
        )
        base = [r for r in earlier if oldest <= r.at <= newest]
        if len(base) < params.min_readings:
            continue
        usual = statistics.median([exact(r) for r in base])
        nearest = min((exact(r) for r in last), key=lambda value: harm * value)
        margins = [(YELLOW, params.yellow), (AMBER, params.amber), (RED, params.red)]
        reached = [
            (level, margin)
            for level, margin in margins
            if margin is not None and together and harm * (nearest - usual) >= margin
        ]
        least = min(margin for _, margin in margins if margin is not None)
        if reached:
            level, margin = reached[-1]
            limit = round(float(usual + harm * Fraction(margin)), 9)
            side = HIGH if harm == 1 else LOW
            said.append(State(now.at, level, base[0].at, float(nearest), limit, kind, side, True))
        else:
            said.append(State(now.at, NEUTRAL if harm * (exact(now) - usual) >= least else NORMAL))
    return said


def exact(reading: Reading) -> Fraction:
    return Fraction(f"{reading.value:.1f}")


def numbers(**margins: st.SearchStrategy[float | None]) -> st.SearchStrategy[FromUsual]:
    return st.builds(
        FromUsual,
        needs=st.integers(1, 3),
        on_days=st.integers(1, 3),
        within_hours=st.sampled_from([12, 48, 72]),
        usual_days=st.sampled_from([2, 4, 28]),
        apart_hours=st.sampled_from([0, 24]),
        min_readings=st.integers(1, 6),
        **margins,
    )


oxygen = st.sampled_from([88.0, 90.0, 91.0, 92.0, 93.0, 94.0, 94.0, 95.0, 95.0, 95.0, 96.0])
falls = numbers(direction=st.just("down"), amber=st.just(3.0), red=st.sampled_from([None, 4.0]))
warmth = st.sampled_from([36.1, 36.4, 36.5, 36.5, 36.6, 37.1, 37.5, 38.2])
rises = numbers(
    direction=st.just("up"), yellow=st.just(0.5), amber=st.sampled_from([None, 1.0]), red=st.just(1.5)
)


@patiently
@given(persons({KIND: readings(oxygen, hours=240, every=6, most=30, waiting=True)}, st.just(ANY)), falls)
def test_a_fall_and_its_twin_agree(drawn, params):
    spec = rule("from_usual", [KIND], params)
    assert judged(spec, drawn) == by_twin(twin, spec, drawn)


@patiently
@given(
    persons({"body_temperature": readings(warmth, hours=240, every=4, most=30, waiting=True)}, st.just(ANY)),
    rises,
)
def test_a_rise_and_its_twin_agree(drawn, params):
    spec = rule("from_usual", ["body_temperature"], params)
    assert judged(spec, drawn) == by_twin(twin, spec, drawn)


def test_fourteen_readings_are_a_usual_and_thirteen_are_not():
    def levels(count: int) -> list[int]:
        at = datetime(2026, 11, 1, 8, tzinfo=UTC)
        days = [Reading(at + timedelta(days=day), 97.0) for day in range(count)]
        low = [Reading(at + timedelta(days=count + day), 93.0) for day in range(2)]
        person = Person({KIND: days + low}, {KIND: ANY})
        spec = rule("from_usual", [KIND], FromUsual(direction="down", amber=3, red=4, needs=2))
        return [state.level for state in judged(spec, [person])[3]]

    assert levels(14) == [RED]
    assert levels(15) == [NEUTRAL, RED]
    assert levels(13) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"direction": "sideways", "amber": 3},
        {"direction": "up"},
        {"direction": "up", "amber": 3, "red": 3},
        {"direction": "up", "yellow": 0},
        {"direction": "up", "yellow": 1, "on_days": 0},
        {"direction": "up", "yellow": 1, "usual_days": 1, "apart_hours": 24},
    ],
)
def test_numbers_that_cannot_be_kept_to_are_refused(wrong):
    with pytest.raises(ValueError, match=r"direction|give at least one|1 or more|apart_hours"):
        FromUsual(**wrong)
