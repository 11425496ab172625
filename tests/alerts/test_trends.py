"""The cohort: who drifts, who stopped sending, how much of what is due comes."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from alerts import pathways, trends
from alerts.trends import Cohort
from foundation.database import transaction
from ingest import recents
from ingest.catalogue import KINDS
from people.tables import Team
from people.viewer import OWNER
from tests import rows
from tests.builders import a_patient, a_staff, a_team, viewer_for

pytestmark = pytest.mark.storage

TODAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LONG_AGO = date(2026, 1, 1)
PACKS = pathways.load()
DAILY = {"body_weight": 80.0, "systolic": 130.0, "heart_rate": 70.0}  # what heart failure asks for


def days(patient, values, back):
    """Rows of days: values by kind, on these days before today."""
    with transaction(OWNER) as session:
        for kind, value in values.items():
            number = KINDS[kind].id
            for n in back:
                total = value(n) if callable(value) else value
                given = {
                    "patient_id": patient.id,
                    "kind": number,
                    "day": TODAY - timedelta(days=n),
                    "readings": 1,
                }
                rows.add(session, "rollup_day", **given, total=total, lowest=total, highest=total)
            recents.sum_up(session.connection(), [(patient.id, number)])


def see(staff, what, cohort=None):
    with transaction(viewer_for(staff)) as session:
        return what(session, cohort or Cohort(TODAY))


def drifting(staff, **more):
    return [
        (row.patient_id, row.kind)
        for row in see(staff, lambda s, c: trends.drifting(s, c, 50), Cohort(TODAY, **more))
    ]


def silent(staff):
    return see(staff, lambda s, c: trends.silent(s, c, PACKS, 50))


def adherence(staff, **more):
    return see(staff, lambda s, c: trends.adherence(s, c, PACKS), Cohort(TODAY, **more))


def wavy(level, step):
    """A level that wavers by one, and steps in the last 7 days."""
    return lambda n: level + math.cos(n * 2.5) + (step if n < 7 else 0)


def test_who_moved_furthest_from_their_own_usual_comes_first(database):
    team = a_team()
    far, near, steady, better = (a_patient(team, pathways=["copd"]) for _ in range(4))
    days(far, {"systolic": wavy(130, 20)}, range(35))
    days(near, {"systolic": wavy(130, 3)}, range(35))
    days(steady, {"systolic": wavy(130, 0)}, range(35))
    days(better, {"systolic": wavy(130, -20), "oxygen_saturation": wavy(92, 4)}, range(35))
    assert drifting(a_staff("coordinator", team)) == [(far.id, 1), (near.id, 1)]


@pytest.mark.parametrize(
    ("kind", "step", "drifts"),
    [("oxygen_saturation", -4, True), ("oxygen_saturation", 4, False), ("body_weight", -4, True), ("body_weight", 4, True),
     ("peak_flow", -50, True), ("breathlessness", 2, False)],
)  # fmt: skip
def test_only_a_change_for_the_worse_is_drift(database, kind, step, drifts):
    patient = a_patient()
    days(patient, {kind: wavy(80, step)}, range(35))
    assert bool(drifting(a_staff("coordinator", team_of(patient)))) == drifts


def team_of(patient):
    with transaction(OWNER) as session:
        return session.get(Team, patient.team_id)


def test_few_days_or_old_ones_are_no_drift(database):
    team = a_team()
    few, old, device = a_patient(team), a_patient(team), a_patient(team)
    days(few, {"systolic": wavy(130, 30)}, [0, 1, *range(7, 35)])
    days(old, {"systolic": lambda n: wavy(130, 30)(n - 7)}, range(7, 42))
    days(device, {"systolic": lambda n: 130.4 if n < 7 else 130.0}, range(35))  # no spread at all
    assert drifting(a_staff("coordinator", team)) == []


def test_drift_can_be_narrowed_down_to_a_team_or_a_pathway(database):
    here, there = a_team(), a_team()
    one, other = a_patient(here, pathways=["copd"]), a_patient(there, pathways=["hypertension"])
    for patient in (one, other):
        days(patient, {"systolic": wavy(130, 20)}, range(35))
    staff = a_staff("coordinator", here, more_teams=[there])
    assert len(drifting(staff)) == 2
    assert drifting(staff, team=there.id) == [(other.id, 1)]
    assert drifting(staff, pathway="copd") == [(one.id, 1)]


def test_nothing_is_seen_of_patients_of_other_teams(database):
    patient = a_patient(pathways=["heart_failure"], enrolled_on=LONG_AGO)
    days(patient, DAILY | {"systolic": wavy(130, 20)}, range(3, 35))
    stranger = a_staff("coordinator")
    assert drifting(stranger) == []
    assert silent(stranger) == []
    assert adherence(stranger) == trends.Adherence({}, {}, ())


def test_adherence_counts_the_days_on_which_all_came_that_was_asked_for(database):
    team = a_team()
    patient = a_patient(team, pathways=["heart_failure"], enrolled_on=LONG_AGO)
    days(patient, DAILY, range(1, 15))
    days(patient, {"body_weight": 80.0}, range(15, 29))  # the rest did not come
    seen = adherence(a_staff("coordinator", team))
    assert seen.by_pathway == {"heart_failure": trends.Share(1, 14, 28)}
    assert seen.by_team == {team.id: trends.Share(1, 14, 28)}
    assert [day for day, _, _ in seen.by_day] == [TODAY - timedelta(days=n) for n in range(28, 0, -1)]
    assert [(got, due) for _, got, due in seen.by_day] == [(0, 1)] * 14 + [(1, 1)] * 14


def test_a_day_on_which_one_kind_never_came_does_not_count(database):
    patient = a_patient(pathways=["heart_failure"], enrolled_on=LONG_AGO)
    days(patient, {"body_weight": 80.0, "systolic": 130.0}, range(1, 29))
    assert adherence(a_staff("coordinator", team_of(patient))).by_pathway["heart_failure"] == trends.Share(
        1, 0, 28
    )


def test_where_any_of_two_kinds_will_do_either_counts(database):
    patient = a_patient(pathways=["diabetes"], enrolled_on=LONG_AGO)
    days(patient, {"glucose": 7.0}, range(1, 11))
    days(patient, {"interstitial_glucose": 7.0}, range(6, 16))
    assert adherence(a_staff("coordinator", team_of(patient))).by_pathway["diabetes"].received == 15


def test_today_is_not_counted_yet(database):
    patient = a_patient(pathways=["diabetes"], enrolled_on=LONG_AGO)
    days(patient, {"glucose": 7.0}, [0, 1])
    assert adherence(a_staff("coordinator", team_of(patient))).by_pathway["diabetes"] == trends.Share(
        1, 1, 28
    )


def test_days_before_the_enrolment_after_it_or_in_a_pause_are_not_expected(database):
    team = a_team()
    a_patient(team, pathways=["diabetes"], enrolled_on=TODAY - timedelta(days=5))
    away = a_patient(team, pathways=["diabetes"], enrolled_on=LONG_AGO)
    gone = a_patient(team, pathways=["diabetes"], enrolled_on=LONG_AGO)
    with transaction(OWNER) as session:
        session.execute(
            text("UPDATE enrolment SET ended_on = :day WHERE patient_id = :p"),
            {"day": TODAY - timedelta(days=27), "p": gone.id},
        )
        pause = {"starts_at": NOON - timedelta(days=10), "ends_at": NOON - timedelta(days=8)}
        rows.add(session, "pause", patient_id=away.id, **pause)
    assert adherence(a_staff("coordinator", team)).by_pathway["diabetes"] == trends.Share(3, 0, 5 + 25 + 2)


def test_a_monthly_week_is_expected_on_its_days_alone(database):
    patient = a_patient(pathways=["hypertension"], enrolled_on=LONG_AGO)
    asked = [n for n in range(1, 29) if (TODAY - timedelta(days=n)).day <= 7]
    days(patient, {"systolic": 130.0, "diastolic": 80.0}, asked[:3])
    assert adherence(a_staff("coordinator", team_of(patient))).by_pathway["hypertension"] == trends.Share(
        1, 3, 7
    )


def test_the_longest_silent_come_first_with_what_they_missed(database):
    team = a_team()
    never, week, yesterday, now = (
        a_patient(team, pathways=["heart_failure"], enrolled_on=LONG_AGO) for _ in range(4)
    )
    days(week, DAILY, range(7, 30))
    days(yesterday, DAILY, range(1, 30))
    days(now, {"body_weight": 80.0}, [0])
    found = silent(a_staff("coordinator", team))
    assert [(one.patient_id, one.last_day, one.missed) for one in found] == [
        (never.id, None, 28),
        (week.id, TODAY - timedelta(days=7), 6),
    ]
    assert [one.id for one in found[0].expected] == ["heart_failure.daily"]


def test_every_time_of_a_day_that_was_asked_for_is_missed(database):
    patient = a_patient(pathways=["virtual_ward"], enrolled_on=LONG_AGO)
    days(patient, {"oxygen_saturation": 96.0, "heart_rate": 70.0}, range(3, 10))
    (one,) = silent(a_staff("coordinator", team_of(patient)))
    assert one.missed == 2 * 3


def test_who_is_not_asked_is_not_silent(database):
    patient = a_patient(pathways=["hypertension"], enrolled_on=LONG_AGO)
    days(
        patient,
        {"systolic": 130.0, "diastolic": 80.0},
        [n for n in range(8, 30) if (TODAY - timedelta(days=n)).day <= 7],
    )
    assert silent(a_staff("coordinator", team_of(patient))) == []
