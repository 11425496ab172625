from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.moments import AMBER, LOW, NORMAL, RED, YELLOW
from alerts.rules.percent_of_best import PercentOfBest
from tests.alerts.rules.drawn import Person, State, by_twin, judged, patiently, persons, readings, rule

KIND = "peak_flow"
ANY = (30.0, None, None, None)


def twin(person: Person, params: PercentOfBest) -> list[State]:
    said = []
    confirmed = [reading for reading in person.readings[KIND] if reading.confirmed]
    for number, now in enumerate(confirmed):
        window = [r for r in confirmed[: number + 1] if r.at >= now.at - timedelta(days=params.best_days)]
        best, since = person.traits.get(params.trait), now.at
        if best is None:
            if len(window) < params.min_readings:
                continue
            best, since = max(r.value for r in window), window[0].at
        for level, share in ((RED, params.red), (AMBER, params.amber), (YELLOW, params.yellow)):
            told = person.traits.get(params.trait) is not None
            if 100 * now.value < share * best and (told or level == YELLOW):
                limit = round(share * best / 100, 9)
                said.append(State(now.at, level, since, now.value, limit, KIND, LOW, True))
                break
        else:
            said.append(State(now.at, NORMAL))
    return said


values = st.sampled_from([190.0, 200.0, 240.0, 250.0, 310.0, 320.0, 390.0, 400.0])
people = persons(
    {KIND: readings(values, hours=240, every=6, most=20, waiting=True)},
    st.just(ANY),
    {"best_peak_flow": st.sampled_from([400.0, 420.0])},
)
numbers = st.builds(
    PercentOfBest,
    trait=st.just("best_peak_flow"),
    yellow=st.just(80.0),
    amber=st.just(60.0),
    red=st.just(50.0),
    best_days=st.sampled_from([2, 28]),
    min_readings=st.integers(1, 6),
)


@patiently
@given(people, numbers)
def test_the_rule_and_its_twin_agree(drawn, params):
    spec = rule("percent_of_best", [KIND], params)
    assert judged(spec, drawn) == by_twin(twin, spec, drawn)


@pytest.mark.parametrize("wrong", [{"trait": "shoe_size"}, {"red": 90.0}, {"min_readings": 0}])
def test_numbers_that_cannot_be_kept_to_are_refused(wrong):
    right = {"trait": "best_peak_flow", "yellow": 80.0, "amber": 60.0, "red": 50.0}
    with pytest.raises(ValueError, match=r"trait|rise|min_readings"):
        PercentOfBest(**{**right, **wrong})
