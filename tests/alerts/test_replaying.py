"""What is raised as readings come: the fast way, held against a check of everything after each arrival."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts import pathways, replaying
from alerts.arrived import Checks, Cohort, Values, out_of_order
from alerts.episodes import rows
from alerts.moments import DAY, FOREVER, HOUR, MINUTE, NEVER, as_moment, as_utc, moment_micros
from alerts.rules import run
from alerts.rules.slots import slots_between
from ingest.catalogue import KINDS
from ingest.times import FUTURE_ALLOWED

START = datetime(2026, 11, 2, tzinfo=UTC)
BEGIN = moment_micros(START)
DAYS = 9
UNTIL = BEGIN + DAYS * DAY
PACKS = pathways.load()
BY_VALUE = ["every.oxygen_limits", "every.pulse_limits", "heart_failure.weight_rise"]
BY_TIME = ["virtual_ward.overdue"]
PATHWAYS = ("heart_failure", "virtual_ward")
VALUES = {
    "oxygen_saturation": [84, 91, 92, 97],
    "heart_rate": [44, 72, 112, 125],
    "body_weight": [80.0, 81.1, 82.3, 83.0],
}

reading = st.sampled_from(sorted(VALUES)).flatmap(
    lambda kind: st.tuples(
        st.just(kind),
        st.integers(0, DAYS * 12 - 1),  # measured: two-hour steps since START
        st.sampled_from(VALUES[kind]),
        st.sampled_from([0, 0, 0, 0, 1, 5, 30]),  # seen so many two-hour steps later
        st.sampled_from([0, 0, 0, 0, 0, 0, 3, 20]),  # and, if not 0, retracted so much later
    )
)
histories = st.lists(reading, min_size=1, max_size=14, unique_by=lambda one: one[:2])
cohorts = st.lists(histories, min_size=1, max_size=3)


def cohort_of(drawn, checks: Checks) -> Cohort:
    told = []
    for patient, history in enumerate(drawn, 1):
        for kind, step, value, delay, life in history:
            at = BEGIN + step * 2 * HOUR + 17 * MINUTE
            seen = at + delay * 2 * HOUR
            gone = seen + life * 2 * HOUR if life else FOREVER
            if seen <= UNTIL:
                told.append((KINDS[kind].id, patient, at, value, seen, gone if gone <= UNTIL else FOREVER))
    kinds = {}
    for kind in sorted({row[0] for row in told}):
        own = sorted(row[1:] for row in told if row[0] == kind)
        patient, at, value, seen, gone = (np.array(column) for column in zip(*own, strict=True))
        looked = checks.looking(seen)
        left = np.where(gone == FOREVER, FOREVER, checks.looking(np.minimum(gone, UNTIL)))
        kept = left > looked  # came and went between two checks: none saw it
        kinds[kind] = Values(
            patient.astype(np.int64)[kept],
            at.astype(np.int64)[kept],
            value.astype(np.float64)[kept],
            np.ones(kept.sum(), dtype=bool),
            looked[kept],
            left[kept],
        )
    patients = np.arange(1, len(drawn) + 1)
    goes_on, never = as_utc(np.full(2 * len(patients), NEVER)), as_utc(np.empty(0, np.int64))
    enrolled = pd.DataFrame(
        {
            "patient_id": np.repeat(patients, 2),
            "pathway": list(PATHWAYS) * len(patients),
            "enrolled_at": as_utc(np.full(2 * len(patients), BEGIN + 5 * HOUR)),
            "ended_at": goes_on,
        }
    )
    pauses = pd.DataFrame({"patient_id": np.empty(0, np.int64), "starts_at": never, "ends_at": never})
    bounds = PACKS.bounds_frame(["every", *PATHWAYS], patients.tolist())
    return Cohort(patients, kinds, bounds, enrolled, pauses)


def naively(spec, cohort: Cohort, checks: Checks):
    """Everything known judged from the beginning at every moment at which anything came, went or fell due."""
    moments = {UNTIL}
    for values in cohort.kinds.values():
        moments |= {int(at) for column in (values.seen, values.gone) for at in column if at <= UNTIL}
    if spec.schedule is not None:
        due = slots_between(spec.schedule, BEGIN, UNTIL).deadline
        moments |= {int(at) for at in checks.looking(due[due <= UNTIL])}
    found = []
    for patient in cohort.patients.tolist():
        one = cohort.only(np.array([patient]))
        standing, taken_back = [], []
        for moment in sorted(moments):
            known = {
                kind: values.where((values.seen <= moment) & (values.gone > moment))
                for kind, values in one.kinds.items()
            }
            came = run(
                [spec], replaying.history(known), one.bounds, one.enrolled, one.pauses,
                since=as_moment(BEGIN), at=as_moment(moment), ahead=FUTURE_ALLOWED,
            )  # fmt: skip
            now = []
            for episode in rows(came.episodes[spec.id]):
                goes_on = [
                    at for before, at in standing
                    if before.started_at <= episode.last_at and episode.started_at <= before.last_at
                ]  # fmt: skip
                now.append((episode, min(goes_on, default=as_moment(moment))))
            taken_back += [
                (before, at, True) for before, at in standing
                if not any(before.started_at <= one.last_at and one.started_at <= before.last_at for one, _ in now)
            ]  # fmt: skip
            standing = now
        found += [(spec.id, patient, *told) for told in taken_back]
        found += [(spec.id, patient, episode, at, False) for episode, at in standing]
    return sorted(map(shown, found))


def shown(told):
    rule, patient, episode, at, withdrawn = told
    settled = episode.settled_at or datetime(9999, 1, 1, tzinfo=UTC)
    return rule, patient, episode.started_at, episode.last_at, settled, episode.level, at, withdrawn


def quickly(specs, cohort: Cohort, checks: Checks):
    frame = replaying.replay(specs, cohort, BEGIN, checks).raised
    more = zip(frame["rule"], frame["raised_at"], frame["withdrawn"], strict=True)
    return sorted(
        shown((rule, episode.patient_id, episode, at.to_pydatetime(), bool(withdrawn)))
        for episode, (rule, at, withdrawn) in zip(rows(frame), more, strict=True)
    )


@pytest.mark.parametrize("every", [None, DAY], ids=["at every arrival", "once a day"])
@pytest.mark.parametrize("rule", [*BY_VALUE, *BY_TIME])
@settings(max_examples=8, deadline=None)
@given(drawn=cohorts)
def test_the_fast_way_raises_what_a_check_after_each_arrival_raises_and_when(every, rule, drawn):
    checks = Checks(UNTIL, every)
    cohort = cohort_of(drawn, checks)
    spec = PACKS.rule(rule)
    own = replace(
        cohort,
        kinds={KINDS[k].id: cohort.kinds[KINDS[k].id] for k in spec.kinds if KINDS[k].id in cohort.kinds},
    )
    assert quickly([spec], own, checks) == naively(spec, own, checks)


@settings(max_examples=5, deadline=None)
@given(drawn=cohorts)
def test_several_rules_at_once_raise_what_each_would_alone(drawn):
    checks = Checks(UNTIL)
    cohort = cohort_of(drawn, checks)
    specs = [PACKS.rule(rule) for rule in [*BY_VALUE, *BY_TIME]]
    alone = [told for spec in specs for told in naively(spec, cohort, checks)]
    assert quickly(specs, cohort, checks) == sorted(alone)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def test_readings_that_come_in_one_go_are_in_order_though_they_waited_for_days():
    drawn = [[("heart_rate", step, 72, 30 - step, 0) for step in range(0, 24, 4)]]
    checks = Checks(UNTIL)
    specs = [PACKS.rule("every.pulse_limits")]
    assert not len(out_of_order(specs, cohort_of(drawn, checks), BEGIN, checks))


def test_a_reading_that_comes_after_a_later_one_puts_its_patient_apart_and_nobody_else():
    on_time = [("heart_rate", step, 72, 0, 0) for step in range(0, 24, 4)]
    late = [*on_time, ("heart_rate", 5, 72, 6, 0)]
    checks = Checks(UNTIL)
    specs = [PACKS.rule("every.pulse_limits")]
    assert out_of_order(specs, cohort_of([on_time, late, on_time], checks), BEGIN, checks).tolist() == [2]


def test_checked_once_a_day_nothing_is_late_that_came_before_the_day_was_over():
    drawn = [[*(("heart_rate", step, 72, 0, 0) for step in range(0, 24, 4)), ("heart_rate", 5, 72, 6, 0)]]
    checks = Checks(UNTIL, DAY)
    specs = [PACKS.rule("every.pulse_limits")]
    assert not len(out_of_order(specs, cohort_of(drawn, checks), BEGIN, checks))


def test_an_alert_is_raised_when_the_reading_came_and_stays_when_it_was_taken_back():
    drawn = [[("oxygen_saturation", 10, 84, 3, 6)]]
    checks = Checks(UNTIL)
    (told,) = quickly([PACKS.rule("every.oxygen_limits")], cohort_of(drawn, checks), checks)
    assert told[2] == at(20) + timedelta(minutes=17)
    assert told[6] == at(26) + timedelta(minutes=17)
    assert told[7] is True
