"""Who is unprotected: each way to be so is found, and who is protected is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from alerts import thresholds, unprotected
from alerts.pathways import load
from alerts.rules import EVERY
from foundation.database import transaction
from ingest.catalogue import KINDS
from people import teams
from people.viewer import OWNER
from tests import builders, rows
from tests.builders import NOW

pytestmark = pytest.mark.storage

PACKS = load()
TODAY = NOW.date()
DAY = timedelta(days=1)


@pytest.fixture
def team(database):
    return builders.a_team("Riverside")


@pytest.fixture
def lead(team):
    return builders.viewer_for(builders.a_staff("lead", team))


def a_patient(team, pathway="copd", enrolled_on=date(2026, 1, 1), name="Ada Madeup", *, seeded=True):
    one = builders.a_patient(team, pathways=[pathway], enrolled_on=enrolled_on, name=name)
    if seeded:
        with transaction(OWNER) as session:
            thresholds.seed(session, [one.id], PACKS, NOW - 100 * DAY)
    return one


def sent(patient, kind, days_ago=1):
    about = {"kind": KINDS[kind].id, "last_day": TODAY - days_ago * DAY}
    with transaction(OWNER) as session:
        rows.add(session, "rollup_recent", patient_id=patient.id, **about)


def asked(viewer, question):
    with transaction(viewer) as session:
        found = question(session)
    assert found.count == len(found.patients)
    return {(one.patient_id, one.about) for one in found.patients}


# ---------------------------------------------------------------- a kind that nothing checks


def unchecked(viewer, specs=PACKS.rules):
    return asked(viewer, lambda session: unprotected.unchecked(session, specs, None, TODAY))


def test_a_kind_without_bounds_or_a_rule_of_its_pathway_is_unchecked(team, lead):
    patient = a_patient(team)
    for kind in ("oxygen_saturation", "sputum", "peak_flow", "steps"):
        sent(patient, kind)
    # Sputum is looked at by rules of the pathway without any bounds; of peak flow and steps there is neither.
    flare_up = replace(PACKS.rule("copd.flare_up"), kinds=("sputum",))
    specs = [flare_up, *(spec for spec in PACKS.rules if spec.pathway == EVERY)]
    assert unchecked(lead, specs) == {(patient.id, ("peak_flow", "steps"))}
    with transaction(OWNER) as session:
        rows.add(
            session,
            "threshold",
            patient_id=patient.id,
            kind=KINDS["peak_flow"].id,
            red_low=200,
            source="copd@1",
        )
    assert unchecked(lead, specs) == {(patient.id, ("steps",))}


def test_a_kind_whose_rule_is_retired_is_unchecked(team, lead):
    patient = a_patient(team)
    sent(patient, "oxygen_saturation")
    left = [spec for spec in PACKS.rules if "oxygen_saturation" not in spec.kinds]
    assert unchecked(lead) == set()
    assert unchecked(lead, left) == {(patient.id, ("oxygen_saturation",))}


def test_what_was_sent_long_ago_is_not_missed_by_a_rule(team, lead):
    patient = a_patient(team)
    sent(patient, "steps", days_ago=28)
    assert unchecked(lead) == set()


def test_a_pathway_that_has_ended_protects_no_more(team, lead):
    patient = a_patient(team, seeded=False)
    sent(patient, "sputum")
    assert unchecked(lead) == set()
    with transaction(OWNER) as session:
        session.execute(text("UPDATE enrolment SET ended_on = :day"), {"day": TODAY - DAY})
    assert unchecked(lead) == {(patient.id, ("sputum",))}


def test_limits_on_a_pathway_protect_only_where_there_are_bounds(team, lead):
    patient = a_patient(team, seeded=False)
    sent(patient, "oxygen_saturation")
    limits = replace(PACKS.rule("every.oxygen_limits"), id="copd.oxygen_limits", pathway="copd")
    assert unchecked(lead, [limits]) == {(patient.id, ("oxygen_saturation",))}
    with transaction(OWNER) as session:
        thresholds.seed(session, [patient.id], PACKS, NOW)
    assert unchecked(lead, [limits]) == set()


# ---------------------------------------------------------------- reviews, pauses


def test_bounds_and_traits_past_their_review_are_named_once_a_patient(team, lead):
    patient = a_patient(team)
    about = {"patient_id": patient.id, "set_by": lead.id, "reason": "So."}
    with transaction(OWNER) as session:
        session.execute(text("DELETE FROM threshold"))
        rows.add(
            session,
            "threshold",
            **about,
            kind=KINDS["systolic"].id,
            source="person",
            red_low=80,
            review_on=TODAY - DAY,
        )
        rows.add(
            session,
            "threshold",
            **about,
            kind=KINDS["heart_rate"].id,
            source="person",
            red_low=40,
            review_on=TODAY,
        )
        rows.add(session, "trait", **about, name="dry_weight", value=70, review_on=TODAY - 9 * DAY)
    with transaction(lead) as session:
        found = unprotected.past_review(session, lead.teams, TODAY)
    (one,) = found.patients
    assert (found.count, one.patient_id, set(one.about), one.due) == (
        1,
        patient.id,
        {"systolic", "dry_weight"},
        TODAY - 9 * DAY,
    )


def pause(patient, starts, ends):
    """In days from now."""
    with transaction(OWNER) as session:
        rows.add(
            session, "pause", patient_id=patient.id, starts_at=NOW + starts * DAY, ends_at=NOW + ends * DAY
        )


@pytest.mark.parametrize(
    ("pauses", "long"),
    [
        ([(-29, 1)], True),
        ([(-28, 1)], False),
        ([(-60, -1)], False),  # over
        ([(1, 60)], False),  # to come
        ([(-40, -20), (-20, 5)], True),  # one after the other
        ([(-40, -20), (-19, 5)], False),  # a day between them
        ([(-40, 2), (-30, -10)], True),  # one within the other
    ],
)
def test_a_pause_of_more_than_28_days_is_found_also_in_parts(team, lead, pauses, long):
    patient = a_patient(team)
    for starts, ends in pauses:
        pause(patient, starts, ends)
    found = asked(lead, lambda session: unprotected.long_paused(session, None, NOW))
    assert found == ({(patient.id, ())} if long else set())


# ---------------------------------------------------------------- teams


def test_a_team_where_nobody_can_act_is_told_of_to_whoever_is_in_another(team, lead):
    alone = builders.a_team("Left Alone")
    patient = a_patient(alone)
    builders.a_staff("lead", alone)  # looks, and cannot act
    gone = builders.a_staff("clinician", alone)
    builders.a_staff("clinician", team)
    with transaction(OWNER) as session:
        rows.add(session, "alert", patient_id=patient.id, team_id=alone.id)
        teams.disable_staff(session, gone.id, by=OWNER, at=NOW)
    with transaction(lead) as session:
        told = unprotected.teams_alone(session)
    assert told == (unprotected.TeamAlone(alone.id, "Left Alone", 1, 1),)
    with transaction(builders.viewer_for(patient)) as session:
        assert unprotected.teams_alone(session) == ()
    builders.a_staff("clinician", alone)
    with transaction(lead) as session:
        assert unprotected.teams_alone(session) == ()


# ---------------------------------------------------------------- expected and never sent


def never(viewer, today=TODAY):
    return asked(viewer, lambda session: unprotected.never_sent(session, PACKS, None, today))


def test_kinds_that_are_expected_and_never_came_are_named(team, lead):
    patient = a_patient(team)
    sent(patient, "oxygen_saturation", days_ago=27)
    assert never(lead) == {(patient.id, ("heart_rate", "breathlessness", "sputum"))}


def test_what_came_before_the_last_28_days_did_not_come(team, lead):
    patient = a_patient(team, "heart_failure")
    sent(patient, "body_weight", days_ago=29)
    sent(patient, "systolic")
    sent(patient, "heart_rate", days_ago=0)
    assert never(lead) == {(patient.id, ("body_weight",))}


def test_where_any_of_several_kinds_will_do_one_is_enough(team, lead):
    patient = a_patient(team, "diabetes")
    assert never(lead) == {(patient.id, ("glucose", "interstitial_glucose"))}
    sent(patient, "interstitial_glucose")
    assert never(lead) == set()


def test_who_was_enrolled_today_or_is_paused_or_not_asked_yet_is_not_behind(team, lead):
    a_patient(team, enrolled_on=TODAY)
    paused = a_patient(team)
    pause(paused, -60, 60)
    a_patient(team, "hypertension", enrolled_on=TODAY - 5 * DAY)  # asked in the first week of a month
    assert never(lead) == set()


def test_of_patients_of_others_nothing_is_told(team, lead):
    elsewhere = a_patient(builders.a_team())
    sent(elsewhere, "steps")
    pause(elsewhere, -60, 60)
    assert unchecked(lead) == never(lead) == set()
    assert asked(lead, lambda session: unprotected.long_paused(session, None, NOW)) == set()
