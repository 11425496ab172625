from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.moments import AMBER, HIGH, NEUTRAL, NORMAL
from alerts.rules.sign import Sign
from alerts.rules.signs import Signs
from ingest.catalogue import KINDS
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

WEIGHT = Sign(kind="body_weight", rise=1.0, days=2, must=True)
BREATH = Sign(kind="breathlessness", answers=("worse",))
MORE = Sign(kind="sputum", answers=("more_volume", "both"))
COLOUR = Sign(kind="sputum", answers=("changed_colour", "both"))
LOW = Sign(kind="oxygen_saturation", at_or_below=92)
FAST = Sign(kind="heart_rate", at_or_above=100, must=True)


def shown_since(sign: Sign, history: list[Reading], now: Reading) -> datetime | None:
    """Since when this reading shows the sign; None: it does not."""
    if sign.answers is not None:
        return now.at if KINDS[sign.kind].answers[int(now.value)] in sign.answers else None
    if sign.rise is not None:
        first = local_date(now.at) - timedelta(days=sign.days)
        window = [r for r in history if r.at <= now.at and local_date(r.at) >= first]
        lowest = min(window, key=lambda r: (round(r.value, 1), r.at))
        return lowest.at if round(now.value - lowest.value, 1) > sign.rise else None
    if sign.at_or_above is not None:
        return now.at if now.value >= sign.at_or_above else None
    return now.at if now.value <= sign.at_or_below else None


def twin(person: Person, params: Signs) -> list[State]:
    confirmed = {
        kind: [r for r in person.readings[kind] if r.confirmed] for kind in {s.kind for s in params.signs}
    }
    said, bad = [], []  # bad: local day and since when, of every moment with signs enough
    for at in sorted({r.at for every in confirmed.values() for r in every}):
        found, open_ = [], 0
        for sign in params.signs:
            window = [
                r for r in confirmed[sign.kind] if at - timedelta(hours=params.within_hours) <= r.at <= at
            ]
            since = shown_since(sign, confirmed[sign.kind], window[-1]) if window else None
            if since is not None:
                found.append((sign, since))
            open_ += not window
            if sign.must and window and since is None:
                open_ -= 1_000
        possible = len(found) + open_ >= params.needs
        missing = any(sign.must and sign not in [s for s, _ in found] for sign in params.signs)
        count = 0 if missing else len(found)
        if count < params.needs:
            said.append(State(at, NEUTRAL if possible else NORMAL))
            continue
        today = local_date(at)
        since = min(s for _, s in found)
        window = [b for b in bad if today - timedelta(days=params.of_days - 1) <= b[0] < today]
        bad.append((today, since))
        if len({day for day, _ in window}) + 1 < params.days:
            said.append(State(at, NEUTRAL))
            continue
        first = [s for _, s in window][:1]
        kind = params.signs[0].kind
        said.append(State(at, AMBER, min([since, *first]), count, params.needs, kind, HIGH, True))
    return said


def drawn(*values: float) -> st.SearchStrategy[list[Reading]]:
    return readings(st.sampled_from(values), hours=96, every=6, most=12, waiting=True)


people = persons(
    {
        "body_weight": drawn(80.0, 80.6, 81.0, 81.1, 82.3),
        "breathlessness": drawn(0, 1, 2),
        "sputum": drawn(0, 1, 2, 3),
        "oxygen_saturation": drawn(91, 92, 93, 96),
        "heart_rate": drawn(70, 99, 100, 120),
    },
    st.just((None,) * 4),
)
numbers = st.builds(
    lambda signs, needs, within, days, more: Signs(
        says="some of these",
        signs=tuple(signs),
        needs=needs,
        within_hours=within,
        days=days,
        of_days=days + more,
    ),
    st.lists(st.sampled_from([WEIGHT, BREATH, MORE, COLOUR, LOW, FAST]), min_size=3, max_size=4, unique=True),
    st.integers(2, 3),
    st.sampled_from([6, 12, 24]),
    st.integers(1, 2),
    st.integers(0, 1),
)


@patiently
@given(people, numbers)
def test_the_rule_and_its_twin_agree(drawn_people, params):
    spec = rule("signs", params.kinds, params, severity=AMBER)
    any_bound = dict.fromkeys(params.kinds, (1.0, None, None, None))
    bounded = [Person({kind: p.readings[kind] for kind in params.kinds}, any_bound) for p in drawn_people]
    assert judged(spec, bounded) == by_twin(twin, spec, bounded)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"kind": "sugar", "rise": 1, "days": 2}, "not in the catalogue"),
        ({"kind": "sputum"}, "exactly one"),
        ({"kind": "sputum", "answers": ("green",)}, "are normal, more_volume"),
        ({"kind": "body_weight", "rise": 1}, "goes with days"),
        ({"kind": "body_weight", "answers": ("more",)}, "are none"),
    ],
)
def test_a_sign_that_cannot_be_read_is_refused(wrong, said):
    with pytest.raises(ValueError, match=said):
        Sign(**wrong)


def test_a_sign_says_itself_in_words():
    assert str(MORE) == "sputum today “more volume” or “both”"
    assert str(WEIGHT) == "weight up more than 1 kg within 2 days"
    assert str(LOW) == "oxygen saturation at or below 92 %"
    assert str(FAST) == "heart rate at or above 100 /min"


def test_an_answer_missing_so_far_settles_nothing():
    at = datetime(2026, 11, 20, 8, tzinfo=UTC)
    params = Signs(says="some", signs=(BREATH, MORE), needs=2, within_hours=12)
    person = Person(
        {
            "breathlessness": [Reading(at, 2), Reading(at + timedelta(days=1), 1)],
            "sputum": [Reading(at + timedelta(minutes=1), 0)],
        },
        {"sputum": (1.0, None, None, None)},
    )
    spec = rule("signs", params.kinds, params, severity=AMBER)
    assert [state.level for state in judged(spec, [person])[3]] == [NEUTRAL, NORMAL, NORMAL]
