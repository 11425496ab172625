"""A rule is given its own window of the history, and what rules share is worked out once: neither changes what it says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import median

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from alerts.episodes import episodes
from alerts.moments import EPOCH, FOREVER, MICROSECOND, moment_micros
from alerts.pathways import load
from alerts.rules import EVERY, TYPES, run
from alerts.rules.batch import applies_to, gather, starts
from alerts.rules.frames import Given
from alerts.rules.medians import medians
from tests.alerts.rules.drawn import (
    LONG_AFTER,
    PATIENTS,
    Person,
    Reading,
    enrolments,
    history,
    local_date,
    patiently,
    pauses,
    persons,
    readings,
)

PACKS = load()
PATHWAYS = tuple(pathway for pathway in PACKS.by_id if pathway != EVERY)
BOUNDS = PACKS.bounds_frame(PATHWAYS, PATIENTS)
AT = datetime(2027, 4, 20, tzinfo=UTC)
KIND = "body_weight"
EACH_TYPE = list({spec.type: spec for spec in sorted(PACKS.rules, key=lambda spec: spec.lookback)}.values())


def drawn(*values: float) -> st.SearchStrategy[list[Reading]]:
    return readings(st.sampled_from(values), hours=24 * 20, every=6, most=30, waiting=True)


people = persons(
    {
        "systolic": drawn(85, 120, 150, 185),
        "diastolic": drawn(60, 95, 112),
        "heart_rate": drawn(70, 102, 135),
        "oxygen_saturation": drawn(82, 88, 95),
        "body_weight": drawn(80, 81, 83),
        "interstitial_glucose": drawn(7, 16),
        "glucose": drawn(3.2, 7),
    },
    st.just((None,) * 4),
)


def everything(person: list[Person]) -> Given:
    first = min((r.at for p in person for kind in p.readings.values() for r in kind), default=AT)
    everyone = enrolments([(patient, pathway, first, None) for patient in PATIENTS for pathway in PATHWAYS])
    told = gather(history(person), BOUNDS, everyone, pauses(), first, LONG_AFTER)
    return replace(told, at=moment_micros(first + timedelta(days=24)))


@patiently
@given(person=people, hours=st.lists(st.integers(0, 24 * 22), min_size=3, max_size=3))
def test_a_rule_says_the_same_of_a_moment_whether_it_sees_its_window_or_everything(person, hours):
    told = everything(person)
    first = min((int(s.readings.at.min()) for s in told.series.values() if len(s)), default=moment_micros(AT))
    since = first + np.array(hours) * 3_600_000_000
    for spec in EACH_TYPE:
        applies = applies_to(spec, told)
        whole = TYPES[spec.type].states(spec, told.for_rule(applies, since))
        window = TYPES[spec.type].states(spec, told.for_rule(applies, since, spec.lookback // MICROSECOND))
        assert window.reset_index(drop=True).equals(whole.reset_index(drop=True)), spec.type


@patiently
@given(person=people, hours=st.lists(st.integers(0, 24 * 22), min_size=3, max_size=3))
def test_whom_a_run_leaves_out_has_no_episode(person, hours):
    """Those from whom nothing of the rule's kinds came, and those who are in breach nowhere."""
    first = min((r.at for p in person for kind in p.readings.values() for r in kind), default=AT)
    everyone = enrolments([(patient, pathway, first, None) for patient in PATIENTS for pathway in PATHWAYS])
    since = pd.DataFrame({"patient_id": PATIENTS, "since": [first + timedelta(hours=hour) for hour in hours]})
    since["since"] = since["since"].astype("datetime64[us, UTC]")
    at = first + timedelta(days=24)
    told = (history(person), BOUNDS, everyone, pauses())
    found = run(EACH_TYPE, *told, since=since, at=at).episodes
    given_ = gather(*told, since, at)
    for spec in EACH_TYPE:
        own = given_.for_rule(applies_to(spec, given_), starts(given_.patients, since).of(spec.id))
        states = TYPES[spec.type].states(spec, replace(own, at=moment_micros(at)))
        every = episodes(states, spec.settles_after, spec.settles_days)
        assert found[spec.id].reset_index(drop=True).equals(every.reset_index(drop=True)), spec.type


@patiently
@given(persons({KIND: drawn(80, 80.1, 81.4, 83)}, st.just((None,) * 4)), st.integers(-24, 24 * 21))
def test_the_median_of_each_whole_day_of_the_window(person, hours):
    told = everything(person)
    first = min((r.at for p in person for r in p.readings[KIND]), default=AT)
    reach = first + timedelta(hours=hours)
    every = np.ones(len(told.patients), dtype=bool)
    cut = told.for_rule(every, np.full(len(told.patients), moment_micros(reach)), 0)
    daily = cut.daily(KIND)
    days = [EPOCH.date() + timedelta(days=day) for day in daily.day.tolist()]
    found = list(
        zip(
            told.patients[daily.patient].tolist(),
            days,
            daily.median.tolist(),
            daily.count.tolist(),
            strict=True,
        )
    )
    assert found == [
        (patient, day, median(of_day), len(of_day))
        for patient, one in zip(PATIENTS, person, strict=True)
        for day in sorted({local_date(r.at) for r in one.readings[KIND]})
        if day > local_date(reach - MICROSECOND)
        and (of_day := [r.value for r in one.readings[KIND] if r.confirmed and local_date(r.at) == day])
    ]


def test_what_rules_share_of_a_kind_is_worked_out_once():
    told = everything([person_with(80.0, 81.0), person_with(82.0), person_with()])
    every = np.ones(len(told.patients), dtype=bool)
    one, other = (told.for_rule(every, told.since, lookback) for lookback in (0, FOREVER // 4))
    one.daily(KIND)
    assert one.series is other.series
    shared = next(iter(told.series.values())).confirmed
    assert shared.daily is shared.daily


def person_with(*values: float) -> Person:
    return Person({KIND: [Reading(AT + timedelta(days=day), value) for day, value in enumerate(values)]}, {})


stretches = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=40)


@patiently
@given(st.lists(st.integers(-5, 5), min_size=30, max_size=40), stretches, st.integers(1, 4))
def test_medians_of_stretches_few_or_many(values, drawn_stretches, at_least):
    value = np.array(values, dtype=np.float64)
    start = np.array([min(two) for two in drawn_stretches], dtype=np.int64)
    end = np.array([max(two) for two in drawn_stretches], dtype=np.int64)
    found = medians(value, start, end, at_least)
    expected = [median(values[a:b]) if b - a >= at_least else np.nan for a, b in zip(start, end, strict=True)]
    assert np.array_equal(found, np.array(expected, dtype=np.float64), equal_nan=True)
