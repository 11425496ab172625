from __future__ import annotations

import statistics
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.moments import AMBER, HIGH, NEUTRAL, NORMAL, RED, YELLOW
from alerts.rules.news2 import PARTS, News2
from alerts.scores import news2
from tests.alerts.rules.drawn import (
    Person,
    Reading,
    State,
    by_twin,
    judged,
    local_date,
    patiently,
    rule,
)


def twin(person: Person, params: News2) -> list[State]:
    confirmed = {kind: [r for r in person.readings.get(kind, []) if r.confirmed] for kind in PARTS.values()}
    said: list[State] = []
    totals: list[tuple[datetime, datetime, int]] = []  # at, since, total
    for at in sorted({r.at for every in confirmed.values() for r in every}):
        if "born" in person.traits and age(person.traits["born"], at) < params.youngest:
            continue
        fresh = {}
        for part, kind in PARTS.items():
            window = [
                r for r in confirmed[kind] if at - timedelta(minutes=params.within_minutes) <= r.at <= at
            ]
            if window:
                fresh[part] = window[-1]
        if len(fresh) >= params.least_parts:
            oldest, newest = at - timedelta(days=params.usual_days), at - timedelta(hours=params.apart_hours)
            base = [total for total in totals if oldest <= total[0] <= newest]
            score = scored(fresh, person.traits)
            if score.total is not None:
                totals.append((at, min(r.at for r in fresh.values()), score.total))
            said.append(state(at, fresh, score, base, params))
    return said


def scored(fresh: dict[str, Reading], traits: dict[str, float]) -> news2.Score:
    values: dict[str, float | None] = {part: fresh[part].value if part in fresh else None for part in PARTS}
    oxygen = values.pop("o2")
    scale = 2 if traits.get("oxygen_scale") == 2 else 1
    return news2.score(**values, o2=None if oxygen is None else oxygen > 0, scale=scale)


def state(
    at: datetime,
    fresh: dict[str, Reading],
    score: news2.Score,
    base: list[tuple[datetime, datetime, int]],
    params: News2,
) -> State:
    since = min(r.at for r in fresh.values())
    usual = statistics.median([total for _, _, total in base]) if len(base) >= params.min_totals else None
    threes = [part for part in PARTS if getattr(score.parts, part) == 3]
    if score.partial >= 5:
        limit = 7 if score.partial >= 7 else 5
        return State(at, RED, since, score.partial, limit, "news2", HIGH, True)
    if threes:
        return State(at, AMBER, since, fresh[threes[0]].value, 3, PARTS[threes[0]], HIGH, True)
    if score.total is None:
        return State(at, NEUTRAL)
    if usual is not None and score.total - usual >= params.rise:
        return State(at, AMBER, base[0][1], score.total, usual + params.rise, "news2", HIGH, True)
    if score.total >= 1:
        return State(at, YELLOW, since, score.total, 1, "news2", HIGH, True)
    return State(at, NORMAL)


def age(born: float, at: datetime) -> int:
    birth, today = date(1970, 1, 1) + timedelta(days=int(born)), local_date(at)
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))


VALUES = {
    "respiratory_rate": [16, 16, 16, 10, 22, 26],
    "oxygen_saturation": [96, 96, 96, 94, 90, 84],
    "supplemental_oxygen": [0.0, 0.0, 2.0],
    "systolic": [128, 128, 128, 104, 88],
    "heart_rate": [78, 78, 78, 95, 120],
    "consciousness": [0, 0, 0, 0, 1],
    "body_temperature": [36.6, 36.6, 36.6, 38.5, 35.0],
}
START = datetime(2026, 10, 23, 22, tzinfo=UTC)


@st.composite
def sets(draw: st.DrawFn) -> dict[str, list[Reading]]:
    """Several sets, most of them whole, in which each reading is a few minutes after the last."""
    found: dict[str, list[Reading]] = {kind: [] for kind in VALUES}
    for nth in range(draw(st.integers(0, 7))):
        at = START + timedelta(hours=8 * nth)
        for kind, values in VALUES.items():
            if draw(st.integers(0, 9)) == 0:
                continue
            at += timedelta(minutes=draw(st.sampled_from([0, 0, 0, 5, 40])))
            confirmed = draw(st.sampled_from([True] * 9 + [False]))
            found[kind].append(Reading(at, float(draw(st.sampled_from(values))), confirmed))
    return found


people = st.lists(
    st.builds(
        Person,
        sets(),
        st.just(dict.fromkeys(VALUES, (1.0, None, None, None))),
        st.fixed_dictionaries(
            {},
            optional={
                "oxygen_scale": st.sampled_from([1.0, 2.0]),
                "born": st.sampled_from([0.0, 14907.0, 15000.0]),
            },
        ),
    ),
    min_size=3,
    max_size=3,
)
numbers = st.builds(
    News2,
    least_parts=st.sampled_from([1, 3, 5, 7]),
    within_minutes=st.sampled_from([30, 60]),
    rise=st.sampled_from([1, 2]),
    usual_days=st.sampled_from([1, 28]),
    apart_hours=st.sampled_from([0, 12]),
    min_totals=st.integers(1, 3),
)


@patiently
@given(people, numbers)
def test_the_rule_and_its_twin_agree(drawn, params):
    spec = rule("news2", params.kinds, params)
    assert judged(spec, drawn) == by_twin(twin, spec, drawn)


@pytest.mark.parametrize(
    "wrong", [{"least_parts": 8}, {"within_minutes": 0}, {"rise": 0}, {"apart_hours": 999}]
)
def test_numbers_that_cannot_be_kept_to_are_refused(wrong):
    with pytest.raises(ValueError, match=r"least_parts|rise"):
        News2(**wrong)
