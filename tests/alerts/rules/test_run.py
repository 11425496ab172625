from __future__ import annotations

import dataclasses
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts import rules
from alerts.episodes import Episode, judge_from, rows
from alerts.moments import RED
from alerts.pathways import load
from alerts.rules.drift import Drift
from alerts.rules.frames import Given
from ingest.catalogue import KINDS
from tests.alerts.rules.drawn import (
    LONG_AFTER,
    LONG_AGO,
    PATIENTS,
    Person,
    Reading,
    bounds_frame,
    enrolments,
    history,
    pauses,
    persons,
    rarely,
    readings,
)

PACKS = load()
EVERYWHERE = tuple(pathway for pathway in PACKS.by_id if pathway != rules.EVERY)
START = datetime(2026, 10, 20, tzinfo=UTC)

# One rule of each type is enough to hold the types to it.
RULES = [
    PACKS.rule(name)
    for name in (
        "every.oxygen_limits",
        "every.systolic_limits",
        "every.pulse_limits",
        "every.glucose_limits",
        "every.fast_pulse",
        "every.oxygen_fall",
        "every.pulse_rise",
        "every.news2_set",
        "heart_failure.weight_rise",
        "heart_failure.weight_loss",
        "heart_failure.weight_trend",
        "heart_failure.weight_and_symptoms",
        "copd.flare_up",
        "copd.oximetry_score",
        "hypertension.average",
        "diabetes.sensor_high",
        "diabetes.sensor_range",
        "diabetes.morning_high",
        "copd.peak_flow",
        "copd.fev1_fall",
        "copd.overdue",
        "virtual_ward.overdue",
    )
]
# A drift as in the packs, on a usual that the drawn days are long enough for.
DRIFT = PACKS.rule("heart_failure.drift")
SHORT = replace(DRIFT.params_as(Drift), usual_days=6, apart_days=1, min_days=2, windows=(1, 3), amber=1.5)
RULES.append(replace(DRIFT, params=SHORT, settles_days=2))


def run(
    history_: rules.History, first: datetime, since: datetime | pd.DataFrame, at: datetime
) -> dict[str, list[Episode]]:
    """Everyone is on every pathway, from `first` on."""
    everyone = enrolments([(patient, pathway, first, None) for patient in PATIENTS for pathway in EVERYWHERE])
    found = rules.run(
        RULES, history_, PACKS.bounds_frame(EVERYWHERE, PATIENTS), everyone, pauses(), since=since, at=at
    )
    assert found.failures.empty
    return {rule: list(rows(frame)) for rule, frame in found.episodes.items()}


def drawn(*values: float) -> st.SearchStrategy[list[Reading]]:
    return readings(st.sampled_from(values), hours=24 * 12, every=4, most=25, waiting=True)


people = persons(
    {
        "systolic": drawn(85, 120, 160, 185, 210),
        "heart_rate": drawn(70, 102, 115, 135),
        "oxygen_saturation": drawn(82, 86, 90, 95),
        "body_weight": drawn(80, 81, 83),
        "interstitial_glucose": drawn(7, 16),
        "breathlessness": drawn(1, 2),
        "sputum": drawn(0, 1, 3),
        "glucose": drawn(6, 11, 14),
        "peak_flow": drawn(180, 250, 400),
        "fev1": drawn(1.4, 1.41, 1.2),
        "respiratory_rate": drawn(18, 22, 26),
        "supplemental_oxygen": drawn(0, 2),
        "body_temperature": drawn(36.5, 38.4),
    },
    st.just((None,) * 4),
)


@rarely
@given(people, st.data())
def test_judging_a_window_afresh_gives_what_judging_everything_gives(person, data):
    """The heart of it: late, corrected and retracted readings leave the same episodes as if always known."""
    first = min((r.at for p in person for kind in p.readings.values() for r in kind), default=START)
    change = {patient: first + timedelta(hours=data.draw(st.integers(0, 24 * 12))) for patient in PATIENTS}
    chance = data.draw(st.randoms(use_true_random=False))
    before = [_with_gaps(p, change[patient], chance) for patient, p in zip(PATIENTS, person, strict=True)]
    at = first + timedelta(days=14)
    known = run(history(before), first, first, at)
    whole = run(history(person), first, first, at)

    changed = pd.DataFrame(
        {"patient_id": list(change), "since": pd.Series(list(change.values())).astype("datetime64[us, UTC]")}
    )
    on_record = [
        (e.patient_id, rule, e.started_at, e.settled_at) for rule, found in known.items() for e in found
    ]
    frame = pd.DataFrame(on_record, columns=["patient_id", "rule", "started_at", "settled_at"])
    moment = "datetime64[us, UTC]"
    since = judge_from(
        changed, frame.astype({"patient_id": "int64", "started_at": moment, "settled_at": moment})
    )
    again = run(_only_needed(history(person), since), first, since, at)
    starts = {(row.patient_id, row.rule): row.since.to_pydatetime() for row in since.itertuples()}
    for rule, found in whole.items():
        kept = [
            e
            for e in known[rule]
            if e.started_at < starts.get((e.patient_id, rule), starts[e.patient_id, ""])
        ]
        assert sorted(kept + again[rule], key=_key) == found, rule


def _key(episode: Episode) -> tuple[int, datetime]:
    return episode.patient_id, episode.started_at


def _with_gaps(person: Person, since: datetime, chance: random.Random) -> Person:
    """What was known before: some of what was measured from `since` on was missing, or had another value."""
    return Person(
        {
            kind: [
                Reading(r.at, chance.choice([r.value, 60.0]), r.confirmed) if r.at >= since else r
                for r in every
                if r.at < since or chance.random() > 0.5
            ]
            for kind, every in person.readings.items()
        },
        person.bounds,
    )


def _only_needed(whole: dict[int, pd.DataFrame], since: pd.DataFrame) -> dict[int, pd.DataFrame]:
    """What a checker would load: from the earliest moment to judge, less the lookback."""
    lookback = max(spec.lookback for spec in PACKS.rules)
    earliest = since.groupby("patient_id")["since"].min() - lookback
    return {
        kind: frame[frame["measured_at"] >= frame["patient_id"].map(earliest)].reset_index(drop=True)
        for kind, frame in whole.items()
    }


@rarely
@given(people, st.integers(0, 24 * 12))
def test_what_is_measured_later_changes_no_earlier_moment(person, hours):
    """So an episode that started by then stands as it stood, but for what has happened to it since."""
    first = min((r.at for p in person for kind in p.readings.values() for r in kind), default=START)
    at = first + timedelta(hours=hours)
    cut = [
        Person({kind: [r for r in every if r.at <= at] for kind, every in p.readings.items()}, p.bounds)
        for p in person
    ]
    assert run(history(person), first, first, at) == run(history(cut), first, first, at)


def test_a_patient_on_whom_a_rule_fails_is_named_and_the_others_are_judged(monkeypatch):
    spec = PACKS.rule("every.temperature_limits")
    kind = spec.kinds[0]
    people_ = [Person({kind: [Reading(START, 39.9)]}, {kind: (35.0, None, 38.0, 39.0)}) for _ in PATIENTS]
    limits = rules.TYPES["limits"]

    def states(spec: rules.RuleSpec, given: Given) -> pd.DataFrame:
        if given.applies[given.patients == PATIENTS[1]].any():
            raise OverflowError("39.9 of a patient")
        return limits.states(spec, given)

    monkeypatch.setitem(rules.TYPES, "limits", dataclasses.replace(limits, states=states))
    found = rules.run(
        [spec], history(people_), bounds_frame(people_), enrolments(), pauses(), since=LONG_AGO, at=LONG_AFTER
    )
    assert [e.patient_id for e in rows(found.episodes[spec.id])] == [PATIENTS[0], PATIENTS[2]]
    assert found.failures.to_dict("records") == [
        {"patient_id": PATIENTS[1], "rule": spec.id, "error": "OverflowError"}
    ]


def test_a_rule_of_a_pathway_is_only_for_those_enrolled_on_it():
    kind = "body_weight"
    people_ = [
        Person({kind: [Reading(START, 80.0), Reading(START + timedelta(days=2), 85.0)]}, {}) for _ in PATIENTS
    ]
    found = rules.run(
        [PACKS.rule("heart_failure.weight_rise")],
        history(people_),
        bounds_frame(people_),
        enrolments([(PATIENTS[1], "heart_failure", START, None), (PATIENTS[2], "copd", START, None)]),
        pauses(),
        since=LONG_AGO,
        at=LONG_AFTER,
    )
    assert [e.patient_id for e in rows(found.episodes["heart_failure.weight_rise"])] == [PATIENTS[1]]


def test_only_patients_named_in_since_are_judged_each_from_their_own_moment():
    spec = PACKS.rule("every.temperature_limits")
    kind = spec.kinds[0]
    hot = [Reading(START + timedelta(days=day), 39.9) for day in range(3)]
    people_ = [Person({kind: hot}, {kind: (35.0, None, 38.0, 39.0)}) for _ in PATIENTS]
    since = pd.DataFrame(
        {
            "patient_id": [PATIENTS[0], PATIENTS[2], PATIENTS[2]],
            "rule": ["", "", spec.id],
            "since": pd.Series([START, START, START + timedelta(days=2)]).astype("datetime64[us, UTC]"),
        }
    )
    found = rules.run(
        [spec], history(people_), bounds_frame(people_), enrolments(), pauses(), since=since, at=LONG_AFTER
    )
    told = [(e.patient_id, e.started_at, e.moments) for e in rows(found.episodes[spec.id])]
    assert told == [(PATIENTS[0], START, 3), (PATIENTS[2], START + timedelta(days=2), 1)]


def test_nothing_at_all_is_nothing_found():
    found = rules.run(
        PACKS.rules, {}, PACKS.bounds_frame([], []), enrolments(), pauses(), since=LONG_AGO, at=LONG_AFTER
    )
    assert all(frame.empty for frame in found.episodes.values())
    assert found.failures.empty


@pytest.mark.parametrize("spec", PACKS.rules, ids=lambda spec: spec.id)
def test_every_rule_speaks_of_an_episode_and_shows_its_steps(spec):
    kind = KINDS[spec.kinds[0]]
    evidence = pd.DataFrame(
        {
            "kind": [kind.id] * 20,
            "measured_at": pd.date_range(START, periods=20, freq="D", tz="UTC").as_unit("us"),
            "value": [1.0] * 20,
            "confirmed": [True] * 20,
        }
    )
    episode = Episode(
        patient_id=1, started_at=START, last_at=START, settled_at=None, level=RED, since=START, kind=kind.id,
        evidence_at=START + timedelta(days=19), figure=1.0, limit=1.0, side=1, confirmed=False, moments=1,
    )  # fmt: skip
    said = rules.sentence(spec, episode)
    assert said.endswith(".")
    assert said[0].isupper()
    assert rules.arithmetic(spec, episode, evidence)
