from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from alerts.moments import AMBER, HIGH, NORMAL, YELLOW
from alerts.rules.blood_pressure_average import BloodPressureAverage
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

ANY = (80.0, 90.0, 180.0, 200.0)
KINDS = ("systolic", "diastolic")
NICE = BloodPressureAverage(yellow_systolic=135, yellow_diastolic=85, amber_systolic=150, amber_diastolic=95)


def twin(person: Person, params: BloodPressureAverage) -> list[State]:
    said = []
    for now in sorted({r.at for kind in KINDS for r in person.readings[kind] if r.confirmed}):
        found = []
        for kind in KINDS:
            first_day = local_date(now) - timedelta(days=params.days - 1)
            run = [
                r
                for r in person.readings[kind]
                if r.confirmed and r.at <= now and local_date(r.at) >= first_day
            ]
            days = sorted({local_date(r.at) for r in run})
            rest = [r for r in run if local_date(r.at) != days[0]]
            if len(days) < params.min_days or len(rest) < params.min_values:
                continue
            mean = sum((Fraction(round(r.value)) for r in rest), Fraction(0)) / len(rest)
            yellow, amber = params.bounds_of(kind)
            if params.aged_from is not None and age(person, now) >= params.aged_from:
                yellow = params.aged_systolic if kind == "systolic" else params.aged_diastolic
            level = AMBER if mean >= amber else YELLOW if mean >= yellow else NORMAL
            limit = amber if level == AMBER else yellow
            found.append(State(now, level, run[0].at, round(float(mean), 9), limit, kind, HIGH, True))
        if found:
            worst = max(found, key=lambda state: state.level)
            said.append(worst if worst.level > NORMAL else State(now, NORMAL))
    return said


def age(person: Person, now: datetime) -> int:
    """0 where nobody knows."""
    if "born" not in person.traits:
        return 0
    birth, today = date(1970, 1, 1) + timedelta(days=int(person.traits["born"])), local_date(now)
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))


def one(values: list[float]) -> st.SearchStrategy[list[Reading]]:
    return readings(st.sampled_from(values), hours=24 * 12, every=5, most=30, waiting=True)


people = persons(
    {"systolic": one([120, 130, 134, 135, 136, 150, 170]), "diastolic": one([70, 84, 85, 86, 95, 105])},
    st.just(ANY),
    {"born": st.sampled_from([-8470.0, -8468.0, 0.0])},  # 80 about the days of the readings, and long after
)
numbers = st.builds(
    lambda days, least, values, aged: BloodPressureAverage(
        yellow_systolic=135,
        yellow_diastolic=85,
        amber_systolic=150,
        amber_diastolic=95,
        days=days,
        min_days=least,
        min_values=values,
        **aged,
    ),
    st.sampled_from([4, 7]),
    st.integers(2, 4),
    st.integers(1, 6),
    st.sampled_from([{}, {"aged_from": 80, "aged_systolic": 145, "aged_diastolic": 85}]),
)


@patiently
@given(people, numbers)
def test_the_rule_and_its_twin_agree(drawn, params):
    spec = rule("blood_pressure_average", KINDS, params)
    assert judged(spec, drawn) == by_twin(twin, spec, drawn)


def week(*days: tuple[float, float, int]) -> list[State]:
    """A day's systolic, diastolic and how many of each, from 8 o'clock on."""
    start = datetime(2026, 11, 16, 8, tzinfo=UTC)
    both: dict[str, list[Reading]] = {"systolic": [], "diastolic": []}
    for day, (systolic, diastolic, count) in enumerate(days):
        for number in range(count):
            at = start + timedelta(days=day, hours=number)
            both["systolic"].append(Reading(at, systolic))
            both["diastolic"].append(Reading(at, diastolic))
    spec = rule("blood_pressure_average", KINDS, NICE)
    return judged(spec, [Person(both, dict.fromkeys(KINDS, ANY))])[3]


def test_a_first_day_of_190_over_110_is_left_out_and_the_rest_is_normal():
    said = week((190, 110, 4), (130, 80, 4), (130, 80, 4), (130, 80, 4))
    assert {state.level for state in said} == {NORMAL}


def test_three_days_are_not_enough_for_an_opinion():
    assert week((190, 110, 6), (190, 110, 6), (190, 110, 6)) == []


def test_an_average_of_exactly_135_breaches():
    said = week((120, 70, 4), (134, 70, 4), (135, 70, 4), (136, 70, 4))
    assert (said[-1].level, said[-1].figure) == (YELLOW, 135.0)


def test_the_worse_of_the_two_decides():
    said = week((120, 70, 2), (136, 96, 2), (136, 96, 2), (136, 96, 2))
    assert (said[-1].level, said[-1].kind, said[-1].figure) == (AMBER, "diastolic", 96.0)
