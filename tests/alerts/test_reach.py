from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from alerts.pathways import load
from alerts.reach import Reach
from ingest.catalogue import KINDS
from ingest.rollups import day_start

PACKS = load()
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
HOURS = st.integers(0, 24 * 400)


def ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


@given(
    st.dictionaries(st.integers(1, 40), HOURS, min_size=1),
    st.dictionaries(st.tuples(st.integers(1, 40), st.sampled_from(PACKS.rules)), HOURS),
)
def test_each_patient_is_read_as_far_back_as_each_rule_needs(changed, earlier):
    news = {patient: ago(hours) for patient, hours in changed.items()}
    judged = {
        (patient, spec.id): news[patient] - timedelta(hours=hours)
        for (patient, spec), hours in earlier.items()
        if patient in news
    }
    needed = Reach(PACKS.rules).needed(news, judged, NOW)
    for patient, moment in news.items():
        for kind in KINDS.values():
            assert needed.since(patient, kind.id) <= day_start(moment)
        for spec in PACKS.rules:
            start = judged.get((patient, spec.id), moment)
            for name in spec.reads:
                assert needed.since(patient, KINDS[name].id) <= start - spec.lookback


@given(st.dictionaries(st.integers(1, 40), HOURS, min_size=1))
def test_every_kind_of_every_patient_is_read_by_one_sweep(changed):
    needed = Reach(PACKS.rules).needed({patient: ago(hours) for patient, hours in changed.items()}, {}, NOW)
    swept = [(patient, kind) for one in needed.sweeps for patient in one.patients for kind in one.kinds]
    assert sorted(swept) == sorted((patient, kind.id) for patient in changed for kind in KINDS.values())


def test_one_late_reading_does_not_have_the_year_of_the_others_read():
    needed = Reach(PACKS.rules).needed({1: ago(24 * 365), 2: ago(1), 3: ago(20)}, {}, NOW)
    weight = KINDS["body_weight"].id
    assert needed.since(1, weight) < ago(24 * 365)
    assert needed.since(2, weight) == needed.since(3, weight) > ago(24 * 100)


def test_a_long_episode_has_its_own_kinds_read_from_further_back_and_no_others():
    started = ago(24 * 100)
    needed = Reach(PACKS.rules).needed({1: ago(1)}, {(1, "heart_failure.weight_rise"): started}, NOW)
    assert needed.since(1, KINDS["body_weight"].id) < started
    assert needed.since(1, KINDS["systolic"].id) > started


def test_an_episode_of_a_rule_that_is_in_no_pack_any_more_asks_for_nothing():
    assert not Reach(PACKS.rules).needed({1: ago(1)}, {(1, "gone.rule"): ago(9_000)}, NOW).further
