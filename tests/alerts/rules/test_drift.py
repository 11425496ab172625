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
from alerts.rules import TYPES, RuleSpec
from alerts.rules.batch import applies_to, gather
from alerts.rules.drift import Drift
from alerts.rules.limits import Limits
from alerts.rules.signals import Signal
from ingest.catalogue import KINDS
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
    Signal(kind="body_weight", harm="up", spread=0.5, weight=1.3),
    Signal(kind="oxygen_saturation", harm="down", spread=1.2),
    Signal(kind="breathlessness", harm="up", spread=0.4, weight=0.7),
)
KINDS_LOOKED_AT = [signal.kind for signal in SIGNALS]
_AT = datetime(2026, 11, 20, 8, tzinfo=UTC)


def twin(person: Person, params: Drift, pauses_end: list[datetime]) -> list[State]:
    """Each moment by itself: each kind's usual, its days since, and how far they lie from it together."""
    days = {kind: daily(person.readings[kind], kind) for kind in params.kinds}
    moments = sorted({r.at for kind in params.kinds for r in person.readings[kind] if r.confirmed})
    said = []
    for moment in moments:
        today = local_date(moment)
        ended = [end for end in pauses_end if end <= moment]
        first = local_date(max(ended)) + timedelta(days=1) if ended else local_date(LONG_AGO)
        known = {}
        for signal in params.signals:
            newest = today - timedelta(days=params.apart_days)
            oldest = max(first, newest - timedelta(days=params.usual_days - 1))
            before = usual_of(days[signal.kind], oldest, newest)
            if len(before) >= params.min_days:
                known[signal.kind] = _looked_back(person, params, signal, days, before, first, moment)
        if not known:
            continue
        farthest = max(_standard_errors(params, known, window, today) for window in params.windows)
        lately = {kind: _lately(away, today) for kind, (_, _, away) in known.items()}
        together = sum(mean >= 0.5 for mean in lately.values()) >= params.agree or farthest >= params.alone
        bounds = [(YELLOW, params.yellow), (AMBER, params.amber)]
        given_ = [(level, bound) for level, bound in bounds if bound is not None]
        level = NEUTRAL if farthest >= params.settle * given_[0][1] else NORMAL
        for one, bound in given_:
            level = one if together and farthest >= bound else level
        if level <= NORMAL:
            said.append(State(moment, level))
            continue
        kind = max(known, key=lambda kind: lately[kind])
        value, middle, _ = known[kind]
        since = max([moment - params.lookback, *ended])
        side = LOW if next(s.harm for s in params.signals if s.kind == kind) == "down" else HIGH
        said.append(State(moment, level, since, round(value, 9), round(middle, 9), kind, side, True))
    return said


def _looked_back(person, params, signal, days, before, first, moment):
    """The last daily value, the usual, and for each day of the longest window its spreads towards harm."""
    today = local_date(moment)
    answers = KINDS[signal.kind].answers is not None
    middle, spread = middle_and_spread(before, signal.spread, answers=answers)
    spread *= math.sqrt(1 + 1.86 * 4 / len(before))
    oldest = today - timedelta(days=max(params.windows) - 1)
    recent = {day: value for day, value in days[signal.kind].items() if max(oldest, first) <= day < today}
    own = [r for r in person.readings[signal.kind] if r.confirmed and r.at <= moment]
    own_day = [as_shown(r.value, signal.kind) for r in own if local_date(r.at) == today]
    if own_day:
        recent[today] = statistics.median(own_day)
    sign = 1 if signal.harm == "up" else -1
    away = {
        day: min(max((value - middle) / spread * sign, -params.most), params.most)
        for day, value in recent.items()
    }
    return (recent[max(recent)] if recent else math.nan), middle, away


def _standard_errors(params, known, window, today):
    total, square = 0.0, 0.0
    for signal in params.signals:
        if signal.kind not in known:
            continue
        away = known[signal.kind][2]
        own = [away[day] for day in away if day > today - timedelta(days=window)]
        alike = 1 + 0.86 * (min(max(len(own), 1), 5) - 1) / 4
        total += signal.weight * sum(own)
        square += signal.weight**2 * len(own) * alike
    return total / math.sqrt(square) if square else -math.inf


def _lately(away, today):
    own = [value for day, value in away.items() if day > today - timedelta(days=3)]
    return statistics.fmean(own) if own else -math.inf


people = persons(
    {
        "body_weight": day_by_day(
            st.sampled_from([79.6, 80.0, 80.4]), st.sampled_from([80.0, 81.0, 82.4, 78.0]), least=0, most=22
        ),
        "oxygen_saturation": day_by_day(
            st.sampled_from([94.0, 95.0, 97.0]), st.sampled_from([96.0, 93.0, 90.0]), least=0, most=22
        ),
        "breathlessness": day_by_day(
            st.sampled_from([0.0, 1.0]), st.sampled_from([0.0, 2.0, 3.0]), least=0, most=22
        ),
    },
    st.just(ALWAYS),
)


def bounds_drawn(two: tuple[float | None, float | None], **others: object) -> Drift:
    return Drift(signals=SIGNALS, yellow=two[0], amber=two[1], **others)


numbers = st.builds(
    bounds_drawn,
    st.sampled_from([(None, 2.5), (1.0, 2.0), (1.5, None)]),
    windows=st.sampled_from([(1,), (2, 4, 7), (1, 9)]),
    agree=st.integers(1, 3),
    alone=st.sampled_from([2.2, 99.0]),
    settle=st.sampled_from([0.5, 1.0]),
    most=st.sampled_from([1.5, 3.5]),
    usual_days=st.sampled_from([8, 56]),
    apart_days=st.sampled_from([1, 3, 8]),
    min_days=st.sampled_from([3, 7]),
)
ends = st.lists(st.tuples(st.sampled_from(PATIENTS), st.integers(-24 * 12, 24 * 6)), max_size=3)


def paused(drawn_ends: list[tuple[int, int]]) -> list[tuple[int, datetime, datetime]]:
    moments = [(patient, CHANGE + timedelta(hours=hours)) for patient, hours in drawn_ends]
    return [(patient, end - timedelta(days=2), end) for patient, end in moments]


@settings(patiently, max_examples=60)
@given(people, numbers, ends)
def test_the_rule_and_its_twin_agree(drawn, params, drawn_ends):
    spec = rule("drift", KINDS_LOOKED_AT, params)
    away = paused(drawn_ends)
    expected = {
        patient: twin(person, params, [end for one, _, end in away if one == patient])
        for patient, person in zip(PATIENTS, drawn, strict=True)
    }
    assert judged(spec, drawn, paused=pauses(away)) == expected


def shorter(spec: RuleSpec, drawn: list[Person], hours: list[int]) -> None:
    """The rule says the same from some moments on, whether it sees its window or everything."""
    told = gather(history(drawn), bounds_frame(drawn), enrolments(), pauses(), LONG_AGO, LONG_AFTER)
    since = moment_micros(CHANGE) + np.array(hours) * 3_600_000_000
    applies = applies_to(spec, told)
    whole = TYPES[spec.type].states(spec, told.for_rule(applies, since))
    window = TYPES[spec.type].states(spec, told.for_rule(applies, since, spec.lookback // MICROSECOND))
    pd.testing.assert_frame_equal(window.reset_index(drop=True), whole.reset_index(drop=True))


hours_drawn = st.lists(st.integers(-24 * 4, 24 * 6), min_size=3, max_size=3)


@patiently
@given(people, numbers, hours_drawn)
def test_a_drift_needs_no_more_than_its_lookback(drawn, params, hours):
    shorter(rule("drift", KINDS_LOOKED_AT, replace(params, usual_days=8)), drawn, hours)


long_pressures = day_by_day(
    st.sampled_from([92.0, 110.0, 165.0, 175.0]),
    st.sampled_from([75.0, 85.0, 180.0, 190.0, 205.0]),
    least=40,
    most=52,
)
pulses = day_by_day(st.sampled_from([75.0, 85.0]), st.sampled_from([110.0, 165.0]), least=8, most=12)
own_limits = st.builds(
    Limits,
    needs_amber_low=st.integers(1, 2),
    needs_amber_high=st.integers(1, 3),
    alone_high=st.sampled_from([0, 10]),
    own_low=st.just(15),
    own_high=st.just(15),
    spread=st.just(8.0),
    inside=st.sampled_from([0, 5]),
    mistaken_for=st.sampled_from([None, "heart_rate"]),
)


@settings(patiently, max_examples=40)
@given(
    persons({"systolic": long_pressures, "heart_rate": pulses}, st.just((80.0, 90.0, 180.0, 200.0))),
    own_limits,
    hours_drawn,
)
def test_moved_limits_need_no_more_than_their_lookback(drawn, params, hours):
    shorter(rule("limits", ["systolic"], params), drawn, hours)


@settings(patiently, max_examples=30)
@given(people, numbers, ends)
def test_what_is_said_of_one_patient_does_not_depend_on_the_others(drawn, params, drawn_ends):
    for spec in (
        rule("drift", KINDS_LOOKED_AT, params),
        rule(
            "limits",
            ["oxygen_saturation"],
            Limits(own_low=4, spread=1.3, alone_low=2, inside=1, mistaken_for="body_weight"),
        ),
    ):
        away = pauses(paused(drawn_ends))
        together = judged(spec, drawn, paused=away)
        nobody = Person({kind: [] for kind in KINDS_LOOKED_AT}, {})
        for number, patient in enumerate(PATIENTS):
            alone = [one if at == number else nobody for at, one in enumerate(drawn)]
            assert judged(spec, alone, paused=away)[patient] == together[patient]


def lasting(value: float, days: int, last: float, last_days: int, kind: str) -> Person:
    at = [_AT - timedelta(days=day) for day in range(days + last_days - 1, -1, -1)]
    return Person(
        {kind: [Reading(one, value if n < days else last) for n, one in enumerate(at)]}, {kind: ALWAYS}
    )


def levels(person: Person, **told: object) -> list[int]:
    kind = next(iter(person.readings))
    signal = Signal(kind=kind, harm="up", spread=0.5)
    params = Drift(**{"signals": (signal,), "windows": (2, 4, 7), "amber": 3.4} | told)
    return [state.level for state in judged(rule("drift", [kind], params), [person])[3]]


def test_a_kilogram_more_for_some_days_is_a_drift_and_one_far_day_is_not():
    assert levels(lasting(80.0, 30, 81.0, 6, "body_weight"))[-1] == AMBER
    assert AMBER not in levels(lasting(80.0, 30, 95.0, 1, "body_weight"))


def test_the_sentence_tells_the_usual_as_the_evidence_has_it_after_a_pause_too():
    """What was before the pause is no evidence, and what is told from the evidence is what was judged."""
    weights = [(60, 90.0), (59, 90.0), *((day, 80.0 + day % 2 / 5) for day in range(30, 5, -1))]
    later = [(day, 82.0) for day in range(5, -1, -1)]
    readings = [Reading(_AT - timedelta(days=day), value) for day, value in weights + later]
    person = Person({"body_weight": readings}, {"body_weight": ALWAYS})
    signal = Signal(kind="body_weight", harm="up", spread=0.5)
    spec = rule("drift", ["body_weight"], Drift(signals=(signal,), windows=(2, 4, 7), amber=3.4))
    end = _AT - timedelta(days=30, minutes=30)
    away = pauses([(PATIENTS[0], end - timedelta(days=20), end)])
    found = rules.run(
        [spec],
        history([person]),
        bounds_frame([person]),
        enrolments(),
        away,
        since=LONG_AGO,
        at=_AT + timedelta(days=1),
    )
    (episode,) = rows(found.episodes[spec.id])
    own = evidence.of(spec, episode, history([person]))
    assert episode.since == end
    said = rules.sentence(spec, episode, own)
    assert said.startswith(
        "Weight 82.0 kg, 1.9 kg above this person's usual of 80.1 kg (18 days), drifting for"
    ), said
    assert f"usual {episode.limit:.1f}" in rules.arithmetic(spec, episode, own)[0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"amber": None},
        {"yellow": 4.0},
        {"amber": 0},
        {"windows": (0, 2)},
        {"apart_days": 0},
        {"min_days": 0},
        {"usual_days": 6},
        {"agree": 2},
        {"settle": 0},
        {"most": 0},
    ],
)
def test_numbers_that_cannot_be_kept_to_are_refused(wrong):
    with pytest.raises(ValueError, match=r"give yellow|more than 0|1 or more|agree counts"):
        Drift(**{"signals": (SIGNALS[0],), "windows": (2,), "amber": 3.0} | wrong)


@pytest.mark.parametrize(
    "wrong", [{"kind": "sugar"}, {"harm": "sideways"}, {"spread": 0}, {"weight": 0}], ids=lambda one: next(iter(one))
)  # fmt: skip
def test_a_signal_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match=r"catalogue|up or down"):
        Signal(**{"kind": "body_weight", "harm": "up", "spread": 1.0} | wrong)
