from __future__ import annotations

import math
import statistics
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import evidence, rules
from alerts.episodes import rows
from alerts.moments import AMBER, HIGH, LOW, MICROSECOND, NEUTRAL, NORMAL, YELLOW, moment_micros
from alerts.rules import TYPES
from alerts.rules.batch import applies_to, gather
from alerts.rules.cusum import Cusum
from alerts.rules.outcomes import outcomes
from alerts.rules.signals import Signal
from tests.alerts.rules.drawn import (
    CHANGE,
    LONG_AFTER,
    LONG_AGO,
    PATIENTS,
    Person,
    Reading,
    State,
    bounds_frame,
    day_by_day,
    enrolments,
    history,
    judged,
    local_date,
    patiently,
    pauses,
    persons,
    rule,
)
from tests.alerts.rules.naive import as_shown, daily, middle_and_spread, usual_of

ALWAYS = (None, 1.0, None, None)  # some bound, so that a rule for everyone is about them
SIGNALS = (
    Signal(kind="body_weight", harm="up", spread=0.5),
    Signal(kind="oxygen_saturation", harm="down", spread=1.2),
    Signal(kind="breathlessness", harm="up", spread=0.4),
)
KINDS_LOOKED_AT = [signal.kind for signal in SIGNALS]
_AT = datetime(2026, 11, 20, 8, tzinfo=UTC)


def twin(person: Person, params: Cusum, pauses_end: list[datetime]) -> list[State]:
    """Each moment by itself: each kind's usual, and its sum over the days since."""
    days = {kind: daily(person.readings[kind], kind) for kind in params.kinds}
    moments = sorted({r.at for kind in params.kinds for r in person.readings[kind] if r.confirmed})
    said = []
    for moment in moments:
        ended = [end for end in pauses_end if end <= moment]
        first = local_date(max(ended)) + timedelta(days=1) if ended else local_date(LONG_AGO)
        newest = local_date(moment) - timedelta(days=params.apart_days)
        oldest = max(first, newest - timedelta(days=params.usual_days - 1))
        sums = {}
        for signal in params.signals:
            before = usual_of(days[signal.kind], oldest, newest)
            recent = _recent(person, params, signal.kind, days[signal.kind], first, moment)
            if len(before) >= params.min_days and recent:
                sums[signal] = (
                    _sum(params, signal, before, recent),
                    statistics_of(before, signal)[0],
                    recent,
                )
        if not sums:
            continue
        beyond = sum(total > params.h for total, _, _ in sums.values())
        greatest = max(sums, key=lambda signal: sums[signal][0])
        total, middle, recent = sums[greatest]
        level = NEUTRAL if total >= params.settle * params.h else NORMAL
        if beyond:
            level = AMBER if beyond >= params.agree else YELLOW
        if level <= NORMAL:
            said.append(State(moment, level))
            continue
        since = max([moment - params.lookback, *ended])
        side = LOW if greatest.harm == "down" else HIGH
        value = recent[max(recent)]
        said.append(State(moment, level, since, round(value, 9), round(middle, 9), greatest.kind, side, True))
    return said


def _recent(person, params, kind, days, first, moment):
    """The daily values that are summed up, the own day so far as it has come."""
    today = local_date(moment)
    oldest = max(first, today - timedelta(days=params.run_days - 1))
    recent = {day: value for day, value in days.items() if oldest <= day < today}
    own = [r for r in person.readings[kind] if r.confirmed and r.at <= moment and local_date(r.at) == today]
    if own:
        recent[today] = statistics.median(as_shown(r.value, kind) for r in own)
    return recent


def statistics_of(before, signal):
    return middle_and_spread(before, signal.spread, answers=signal.kind == "breathlessness")


def _sum(params, signal, before, recent):
    middle, spread = statistics_of(before, signal)
    alike = 1 + 0.86
    scatter = spread * math.sqrt(1 + alike * 4 / len(before))
    total = 0.0
    for day in sorted(recent):
        away = (recent[day] - middle) / scatter * (1 if signal.harm == "up" else -1)
        z = min(max(away, -params.most), params.most) / math.sqrt(alike)
        total = max(0.0, total + z - params.k)
    return total


people = persons(
    {
        "body_weight": day_by_day(
            st.sampled_from([79.6, 80.0, 80.4]), st.sampled_from([80.0, 81.0, 82.4, 84.0]), least=0, most=30
        ),
        "oxygen_saturation": day_by_day(
            st.sampled_from([94.0, 95.0, 97.0]), st.sampled_from([96.0, 91.0, 88.0]), least=0, most=30
        ),
        "breathlessness": day_by_day(
            st.sampled_from([0.0, 1.0]), st.sampled_from([0.0, 2.0, 3.0]), least=0, most=30
        ),
    },
    st.just(ALWAYS),
)


def numbers_drawn(run: tuple[int, int], sum_: tuple[float, float, float], **others: object) -> Cusum:
    k, h, most = sum_
    return Cusum(signals=SIGNALS, run_days=run[0], apart_days=run[1], k=k, h=h, most=most, **others)


numbers = st.builds(
    numbers_drawn,
    st.sampled_from([(1, 1), (3, 3), (4, 6), (7, 7)]),
    st.sampled_from([(1.0, 4.0, 3.5), (0.5, 2.5, 3.5), (0.25, 1.0, 1.6), (0.5, 1.5, 2.5)]),
    agree=st.integers(1, 3),
    settle=st.sampled_from([0.5, 1.0]),
    usual_days=st.sampled_from([28, 35]),
    min_days=st.sampled_from([3, 7]),
)
ends = st.lists(st.tuples(st.sampled_from(PATIENTS), st.integers(-24 * 16, 24 * 6)), max_size=3)


def paused(drawn_ends: list[tuple[int, int]]) -> list[tuple[int, datetime, datetime]]:
    moments = [(patient, CHANGE + timedelta(hours=hours)) for patient, hours in drawn_ends]
    return [(patient, end - timedelta(days=2), end) for patient, end in moments]


@settings(patiently, max_examples=60)
@given(people, numbers, ends)
def test_the_rule_and_its_twin_agree(drawn, params, drawn_ends):
    spec = rule("cusum", KINDS_LOOKED_AT, params)
    away = paused(drawn_ends)
    expected = {
        patient: twin(person, params, [end for one, _, end in away if one == patient])
        for patient, person in zip(PATIENTS, drawn, strict=True)
    }
    assert judged(spec, drawn, paused=pauses(away)) == expected


@patiently
@given(people, numbers, st.lists(st.integers(-24 * 4, 24 * 6), min_size=3, max_size=3))
def test_a_sum_needs_no_more_than_its_lookback(drawn, params, hours):
    spec = rule("cusum", KINDS_LOOKED_AT, params)
    told = gather(history(drawn), bounds_frame(drawn), enrolments(), pauses(), LONG_AGO, LONG_AFTER)
    since = moment_micros(CHANGE) + np.array(hours) * 3_600_000_000
    applies = applies_to(spec, told)
    whole = TYPES["cusum"].states(spec, told.for_rule(applies, since))
    window = TYPES["cusum"].states(spec, told.for_rule(applies, since, spec.lookback // MICROSECOND))
    pd.testing.assert_frame_equal(window.reset_index(drop=True), whole.reset_index(drop=True))


@settings(patiently, max_examples=30)
@given(people, numbers, ends)
def test_what_is_said_of_one_patient_does_not_depend_on_the_others(drawn, params, drawn_ends):
    spec = rule("cusum", KINDS_LOOKED_AT, params)
    away = pauses(paused(drawn_ends))
    together = judged(spec, drawn, paused=away)
    nobody = Person({kind: [] for kind in KINDS_LOOKED_AT}, {})
    for number, patient in enumerate(PATIENTS):
        alone = [one if at == number else nobody for at, one in enumerate(drawn)]
        assert judged(spec, alone, paused=away)[patient] == together[patient]


WEIGHT, PULSE = (
    Signal(kind="body_weight", harm="up", spread=0.5),
    Signal(kind="heart_rate", harm="up", spread=5.5),
)


def lasting(days: int, **told: tuple[float, list[float]]) -> Person:
    """Each kind `days` days at one value, then these; up to _AT."""
    readings = {
        kind: [
            Reading(_AT - timedelta(days=days + len(then) - 1 - number), value)
            for number, value in enumerate([usual] * days + then)
        ]
        for kind, (usual, then) in told.items()
    }
    return Person(readings, dict.fromkeys(told, ALWAYS))


def levels(person: Person, **told: object) -> list[int]:
    params = Cusum(**{"signals": (WEIGHT, PULSE)} | told)
    person = replace(person, readings={"heart_rate": [], "body_weight": []} | person.readings)
    return [state.level for state in judged(rule("cusum", params.kinds, params), [person])[3]]


def test_one_kind_beyond_is_yellow_and_two_at_once_are_amber():
    assert levels(lasting(40, body_weight=(80.0, [82.0] * 5)))[-1] == YELLOW
    both = lasting(40, body_weight=(80.0, [82.0] * 5), heart_rate=(70.0, [90.0] * 5))
    assert levels(both)[-1] == AMBER


def test_one_bad_day_however_far_is_no_signal_nor_does_one_the_other_way_hide_what_builds_up():
    assert levels(lasting(40, body_weight=(80.0, [800.0])))[-1] < YELLOW
    mistyped = [82.0, 82.0, 82.0, 82.0, 28.0]
    assert levels(lasting(40, body_weight=(80.0, mistyped)))[-2:] == [YELLOW, NEUTRAL]
    assert levels(lasting(40, body_weight=(80.0, [*mistyped, 82.0])))[-1] == YELLOW


def test_what_goes_on_does_not_become_its_own_yardstick_within_the_days_that_are_summed_up():
    held = levels(lasting(40, body_weight=(80.0, [82.0] * 14)))
    assert held[-8:] == [YELLOW] * 8


def test_towards_good_is_nothing_and_fewer_days_than_a_usual_needs_are_not_judged():
    assert set(levels(lasting(40, body_weight=(80.0, [74.0] * 9)))) == {NORMAL}
    assert levels(lasting(20, body_weight=(80.0, [84.0] * 7))) == []


def test_where_there_is_no_usual_yet_it_says_what_there_is_and_what_it_needs():
    spec = rule("cusum", ["body_weight"], Cusum(signals=(WEIGHT,)))
    person = lasting(10, body_weight=(80.0, []))
    (now,) = outcomes(
        [spec], history([person]), bounds_frame([person]), enrolments(), pauses(),
        since=_AT - timedelta(days=90), at=_AT + timedelta(hours=1),
    )  # fmt: skip
    assert (now.outcome, now.there.days, now.needs.days, now.needs.within) == ("no_data", 10, 14, 43)


def told(person: Person, params: Cusum, away: pd.DataFrame) -> tuple[str, list[str]]:
    """The sentence and the arithmetic of the one episode."""
    spec = rule("cusum", params.kinds, params)
    every = {kind: person.readings.get(kind, []) for kind in params.kinds}
    person = replace(person, readings=every)
    found = rules.run(
        [spec], history([person]), bounds_frame([person]), enrolments(), away,
        since=LONG_AGO, at=_AT + timedelta(days=1),
    )  # fmt: skip
    (episode,) = rows(found.episodes[spec.id])
    own = evidence.of(spec, episode, history([person]))
    return rules.sentence(spec, episode, own), rules.arithmetic(spec, episode, own)


def test_the_sentence_and_the_arithmetic_tell_what_was_judged_from_the_evidence_alone():
    person = lasting(40, body_weight=(80.0, [80.5, 82.0, 82.0, 82.0]), heart_rate=(70.0, [78.0] + [80.0] * 4))
    said, steps = told(person, Cusum(signals=(WEIGHT, PULSE)), pauses())
    assert said == (
        "Heart rate 80 /min, 10 /min above this person's usual of 70 /min (28 days), building up for 5 days; "
        "with it weight 82.0 kg, 2.0 kg above 80.0 kg, by 08:00 on 20 Nov 2026."
    )
    far = "last 7 days in widened spreads towards harm"
    assert steps == [
        f"Weight: usual 80, spread 0.22 kg, of 28 days; {far}: +0.0, +0.0, +0.0, +1.5, +2.6, +2.6, +2.6",
        "Weight: what exceeds 1 a day, added up over 14 days and never below 0: 5.2, limit 4",
        f"Heart rate: usual 70, spread 2.5 /min, of 28 days; {far}: +0.0, +0.0, +2.1, +2.6, +2.6, +2.6, +2.6",
        "Heart rate: what exceeds 1 a day, added up over 14 days and never below 0: 7.4, limit 4",
        "2 of 2 sums above 4: amber (amber from 2 at once)",
    ]


def test_what_was_before_a_pause_is_neither_usual_nor_summed_up():
    weights = [(60, 70.0), (59, 70.0), *((day, 80.0) for day in range(40, 5, -1))]
    later = [(day, 82.0) for day in range(5, -1, -1)]
    readings = [Reading(_AT - timedelta(days=day), value) for day, value in weights + later]
    person = Person({"body_weight": readings}, {"body_weight": ALWAYS})
    end = _AT - timedelta(days=33, minutes=30)
    away = pauses([(PATIENTS[0], end - timedelta(days=20), end)])
    said, steps = told(person, Cusum(signals=(WEIGHT,)), away)
    assert said.startswith(
        "Weight 82.0 kg, 2.0 kg above this person's usual of 80.0 kg (16 days), building"
    ), said
    assert steps[0].startswith("Weight: usual 80, spread")


@pytest.mark.parametrize(
    "wrong",
    [
        {"signals": ()},
        {"signals": (Signal(kind="body_weight", harm="up", spread=0.5, weight=1.3),)},
        {"k": 0},
        {"h": 0},
        {"settle": 0},
        {"most": 1.0},
        {"most": 7.0},
        {"run_days": 0},
        {"apart_days": 13},
        {"usual_days": 27},
        {"min_days": 0},
        {"min_days": 29},
        {"agree": 0},
        {"agree": 4},
    ],
)
def test_numbers_that_cannot_be_kept_to_are_refused(wrong):
    with pytest.raises(ValueError, match=r"give signals|more than|or more|agree counts"):
        Cusum(**{"signals": SIGNALS} | wrong)


def test_the_severities_it_gives_follow_from_how_many_must_agree():
    assert Cusum(signals=SIGNALS).gives == (YELLOW, AMBER)
    assert Cusum(signals=SIGNALS, agree=1).gives == (AMBER,)
    assert Cusum(signals=(WEIGHT,)).gives == (YELLOW,)
