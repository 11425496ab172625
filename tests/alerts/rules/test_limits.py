from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.moments import AMBER, HIGH, LOW, NEUTRAL, NORMAL, RED, YELLOW
from alerts.rules.limits import MIN_DAYS, Limits, level_of
from ingest.catalogue import KINDS
from tests.alerts.rules.drawn import (
    Person,
    Reading,
    State,
    by_twin,
    day_by_day,
    judged,
    local_date,
    patiently,
    persons,
    readings,
    rule,
)
from tests.alerts.rules.naive import as_shown, daily, middle_and_spread, usual_of

KIND = "body_temperature"  # shown to one decimal
FOUR = (35.0, 36.0, 38.0, 39.0)
_AT = datetime(2026, 11, 20, 8, 2, tzinfo=UTC)


def twin(person: Person, params: Limits, kind: str = KIND) -> list[State]:
    """Each moment by itself: what was measured by then, and the last readings held against each bound."""
    bounds = [math.nan if bound is None else bound for bound in person.bounds[kind]]
    if all(math.isnan(bound) for bound in bounds):
        return []
    red_low, amber_low, amber_high, red_high = bounds
    seen: list[Reading] = []
    for reading in person.readings[kind]:
        value = as_shown(reading.value, kind)
        beyond = value <= red_low or value <= amber_low or value >= amber_high or value >= red_high
        if reading.confirmed or beyond:
            seen.append(Reading(reading.at, value, reading.confirmed))
    moments = sorted({reading.at for reading in seen})
    said = []
    for number, moment in enumerate(moments):
        best = State(moment, NORMAL)
        for level, low, bound, needs, alone in (
            (AMBER, False, amber_high, params.needs_amber_high, 0),
            (AMBER, True, amber_low, params.needs_amber_low, 0),
            (RED, False, red_high, params.needs_red_high, params.alone_high),
            (RED, True, red_low, params.needs_red_low, params.alone_low),
        ):
            if math.isnan(bound):
                continue
            held = [
                Held(person, params, kind, seen, at, low, bound)
                for at in moments[max(0, number - 3) : number + 1]
            ]
            best = held[-1].doubted(held[-2:-1], best, level) or best
            for grade, count, far in (
                [(YELLOW, 1, 0), (level, 2, 0), (level, 1, alone)] if alone else [(level, needs, 0)]
            ):
                last = held[-count:]
                in_time = moment - last[0].at <= timedelta(hours=params.within_hours)
                past = [
                    one.past and not one.pending(before)
                    for one, before in zip(last, [None, *held][-count - 1 : -1], strict=False)
                ]
                enough = len(last) == count and (in_time or count == 1) and all(past)
                if enough and last[-1].beyond >= exact(far) and best.level <= grade:
                    side, sure = LOW if low else HIGH, all(one.sure for one in last)
                    best = State(moment, grade, last[0].at, last[-1].value, last[-1].bound, kind, side, sure)
            if held[-1].near and best.level == NORMAL:
                best = State(moment, NEUTRAL)
        said.append(best)
    return said


class Held:
    """One moment's extreme value held against one bound, moved where the person's own usual asks for it."""

    def __init__(
        self, person: Person, params: Limits, kind: str, seen: list[Reading], at: datetime, low: bool, bound: float
    ) -> None:  # fmt: skip
        here = [reading for reading in seen if reading.at == at]
        self.person, self.params, self.kind, self.at = person, params, kind, at
        self.value = (min if low else max)(reading.value for reading in here)
        self.sure = any(reading.confirmed for reading in here if reading.value == self.value)
        self.bound = self._moved(low, bound)
        sign = -1 if low else 1
        self.beyond = sign * (exact(self.value) - exact(self.bound))
        self.near = sign * (exact(self.value) - exact(bound)) >= -exact(params.inside)
        self.near = self.near and self.beyond >= -exact(params.inside)
        self.past = self.beyond >= 0
        self.side = LOW if low else HIGH

    def pending(self, before: Held | None) -> bool:
        """Whether it looks like the other kind's number, and the moment before does not say the same."""
        within = timedelta(hours=self.params.within_hours)
        again = before is not None and before.past and self.at - before.at <= within
        return self.past and not again and self._mistaken()

    def doubted(self, before: list[Held], best: State, level: int) -> State | None:
        """Yellow, where a value past a red bound may be the other kind's."""
        if level != RED or best.level > YELLOW or not self.pending(*before or [None]):
            return None
        return State(self.at, YELLOW, self.at, self.value, self.bound, self.kind, self.side, self.sure)

    def _moved(self, low: bool, bound: float) -> float:
        own = self._usual(self.kind)
        movable = self.params.own_low if low else self.params.own_high
        if own is None or not movable or self.person.by_person:
            return bound
        middle, spread = own
        sign = -1 if low else 1
        least = sign * (middle - bound) + self.params.own_spreads * spread
        step = 10 ** KINDS[self.kind].decimals
        away = Fraction(math.ceil(min(max(least, 0), movable) * step - 1e-9), step)
        return float(exact(bound) + sign * away)

    def _mistaken(self) -> bool:
        other = self.params.mistaken_for
        if other is None:
            return False
        beside = [reading.value for reading in self.person.readings[other] if reading.at == self.at]
        own, others = self._usual(self.kind), self._usual(other)
        if not beside or own is None or others is None:
            return False
        odd = abs(self.value - own[0]) > 3 * own[1]
        return odd and abs(self.value - others[0]) <= 3 * others[1] and abs(beside[0] - own[0]) <= 3 * own[1]

    def _usual(self, kind: str) -> tuple[float, float] | None:
        today = local_date(self.at)
        days = daily(self.person.readings[kind], kind)
        before = usual_of(days, today - timedelta(days=42), today - timedelta(days=1))
        return middle_and_spread(before, self.params.spread) if len(before) >= MIN_DAYS else None


def exact(value: float) -> Fraction:
    return Fraction(str(value))


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


pressures = day_by_day(
    st.sampled_from([90.0, 92.0, 95.0, 130.0, 150.0, 160.0, 170.0]),
    st.sampled_from([70.0, 75.0, 80.0, 84.0, 85.0, 90.0, 94.0, 95.0, 130.0, 175.0, 180.0, 190.0, 194.0, 195.0, 200.0, 205.0, 215.0]),
    least=5,
    most=16,
)  # fmt: skip
own_bounds = st.sampled_from(
    [(80.0, 90.0, 180.0, 200.0), (None, 90.0, 180.0, None), (80.0, None, None, 200.0)]
)
own_params = st.builds(
    Limits,
    needs_amber_low=st.integers(1, 2),
    needs_amber_high=st.integers(1, 2),
    within_hours=st.sampled_from([12, 72]),
    alone_low=st.sampled_from([0, 5]),
    alone_high=st.sampled_from([0, 5, 10]),
    inside=st.sampled_from([0, 5]),
    own_low=st.sampled_from([0, 15]),
    own_high=st.sampled_from([0, 15, 40]),
    own_spreads=st.sampled_from([1.0, 3.5]),
    spread=st.sampled_from([4.0, 8.0]),
)


@patiently
@given(
    persons({"systolic": pressures}, own_bounds, by_person=st.sampled_from([False, False, True])), own_params
)
def test_bounds_moved_away_from_the_own_usual_and_their_twin_agree(drawn, numbers):
    spec = rule("limits", ["systolic"], numbers)
    assert judged(spec, drawn) == by_twin(partial(twin, kind="systolic"), spec, drawn)


oxygen_and_pulse = {
    "oxygen_saturation": day_by_day(
        st.sampled_from([93.0, 95.0, 96.0]), st.sampled_from([72.0, 78.0, 86.0, 90.0, 95.0]), least=9, most=14
    ),
    "heart_rate": day_by_day(
        st.sampled_from([70.0, 74.0, 78.0]), st.sampled_from([72.0, 88.0, 94.0, 96.0]), least=9, most=14
    ),
}
typed_params = st.builds(
    Limits,
    needs_amber_low=st.integers(1, 2),
    within_hours=st.sampled_from([6, 72]),
    alone_low=st.sampled_from([0, 2]),
    inside=st.sampled_from([0, 1]),
    own_low=st.sampled_from([0, 4]),
    spread=st.just(1.3),
    mistaken_for=st.just("heart_rate"),
)


@patiently
@given(persons(oxygen_and_pulse, st.just((88.0, 91.0, None, None))), typed_params)
def test_numbers_typed_in_the_wrong_field_and_their_twin_agree(drawn, numbers):
    spec = rule("limits", ["oxygen_saturation"], numbers)
    assert judged(spec, drawn) == by_twin(partial(twin, kind="oxygen_saturation"), spec, drawn)


glucose = st.sampled_from([2.0, 2.5, 2.6, 2.9, 3.0, 3.4, 3.9, 4.3, 4.4, 4.5, 8.0, 19.5, 19.4, 20.0])


@patiently
@given(
    persons(
        {"glucose": readings(glucose, hours=100, every=4, waiting=True)}, st.just((2.9, 3.9, 20.0, 30.0))
    ),
    st.builds(Limits, alone_low=st.just(0.4), inside=st.just(0.5), within_hours=st.sampled_from([8, 72])),
)
def test_decimals_are_held_against_bounds_as_people_see_them(drawn, numbers):
    """2.9 less 0.4 is 2.5, and 3.9 and 0.5 are 4.4: in binary neither is."""
    spec = rule("limits", ["glucose"], numbers)
    assert judged(spec, drawn) == by_twin(partial(twin, kind="glucose"), spec, drawn)


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


def test_a_number_of_another_kind_counts_when_the_next_reading_says_the_same():
    """Oxygen 78 with a pulse of 96 is a swap of two numbers, or a person who is very ill: the second one tells."""
    days = [_AT - timedelta(days=day) for day in range(14, 0, -1)]
    twice = [_AT, _AT + timedelta(minutes=5)]
    person = Person(
        {
            "oxygen_saturation": [Reading(at, 96.0) for at in days] + [Reading(at, 78.0) for at in twice],
            "heart_rate": [Reading(at, 78.0) for at in days] + [Reading(at, 96.0) for at in twice],
        },
        {"oxygen_saturation": (88.0, 91.0, None, None)},
    )
    spec = rule("limits", ["oxygen_saturation"], Limits(alone_low=2, spread=1.3, mistaken_for="heart_rate"))
    assert [state.level for state in judged(spec, [person])[3]][-2:] == [YELLOW, RED]


def test_what_is_usual_near_a_moved_bound_is_normal_and_settles():
    """Within an unmoved bound it would never be, and an episode would go on for as long as the person lives."""
    days = [Reading(_AT - timedelta(days=day), 90.0) for day in range(14, 0, -1)]
    person = Person({"oxygen_saturation": days}, {"oxygen_saturation": (88.0, 91.0, None, None)})
    spec = rule("limits", ["oxygen_saturation"], Limits(own_low=4, inside=1, spread=1.3, alone_low=2))
    assert judged(spec, [person])[3][-1].level == NORMAL


@pytest.mark.parametrize(
    "wrong",
    [
        {"needs_red_low": 0},
        {"within_hours": 0},
        {"alone_low": -1},
        {"inside": -1},
        {"own_high": 3},
        {"own_spreads": 0},
        {"mistaken_for": "heart_rate"},
        {"mistaken_for": "sugar", "spread": 1.0},
    ],
)
def test_numbers_that_cannot_be_kept_to_are_refused(wrong):
    with pytest.raises(ValueError, match=r"1 or more|more than 0|0 or more|not in the catalogue"):
        Limits(**wrong)
