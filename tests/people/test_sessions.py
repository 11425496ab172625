from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from foundation.database import transaction
from people import sessions, teams
from people.tables import Audit, WebSession
from people.viewer import DOOR, OWNER
from tests.builders import NOW, a_patient, a_staff, a_team, viewer_for


def a_session(person, *, stage="full", at=NOW):
    kind = "staff" if hasattr(person, "role") else "patient"
    with transaction(DOOR) as session:
        return sessions.start(session, kind, person.id, stage, at=at)


def after(minutes):
    return NOW + timedelta(minutes=minutes)


def test_a_session_is_its_persons(database):
    patient, staff = a_patient(), a_staff("lead")
    for person in (patient, staff):
        assert sessions.seen(a_session(person), NOW).viewer == viewer_for(person)


def test_the_database_holds_nothing_of_a_cookie_but_its_hash(database):
    cookie = a_session(a_patient())
    assert len(cookie) * 6 >= 256
    with transaction(OWNER) as session:
        kept = session.execute(select(WebSession.__table__)).one()
    assert cookie not in repr(kept)
    assert len(kept.hash) == 32


def test_a_session_ends_after_thirty_minutes_without_its_person(database):
    cookie = a_session(a_patient())
    assert sessions.seen(cookie, after(29.99), extend=False) is not None
    assert sessions.seen(cookie, after(30), extend=False) is None


def test_whoever_does_something_stays_signed_in(database):
    cookie = a_session(a_patient())
    for minute in (20, 40, 60, 80):
        assert sessions.seen(cookie, after(minute)) is not None


def test_a_page_that_asks_by_itself_keeps_nobody_signed_in(database):
    cookie = a_session(a_patient())
    for minute in range(30):
        assert sessions.seen(cookie, after(minute), extend=False) is not None
    assert sessions.seen(cookie, after(30), extend=False) is None


def test_a_session_ends_after_twelve_hours_whatever_its_person_does(database):
    cookie = a_session(a_patient())
    for minute in range(0, 12 * 60, 20):
        assert sessions.seen(cookie, after(minute)) is not None
    assert sessions.seen(cookie, after(12 * 60)) is None


@pytest.mark.parametrize("stage", ["password", "code"])
def test_who_is_not_done_signing_in_has_fifteen_minutes(database, stage):
    cookie = a_session(a_staff(), stage=stage)
    assert sessions.seen(cookie, after(14.9)).stage == stage
    assert sessions.seen(cookie, after(15)) is None


def test_the_night_the_clocks_go_back_is_an_hour_longer_for_nobody(database):
    before = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)  # 01:50 in London, for the first time
    cookie = a_session(a_patient(), at=before)
    assert sessions.seen(cookie, before + timedelta(minutes=29), extend=False) is not None
    assert sessions.seen(cookie, before + timedelta(minutes=31), extend=False) is None


def test_signing_out_ends_the_session_and_is_in_the_audit(database):
    patient = a_patient()
    cookie, other = a_session(patient), a_session(patient)

    sessions.sign_out(cookie, NOW)
    sessions.sign_out(cookie, NOW)

    assert sessions.seen(cookie, NOW) is None
    assert sessions.seen(other, NOW) is not None
    with transaction(OWNER) as session:
        told = select(Audit.actor, Audit.patient_id).where(Audit.action == "signed_out")
        assert session.execute(told).all() == [(f"patient:{patient.id}", patient.id)]


def test_every_session_of_a_person_can_be_ended_and_no_others(database):
    patient, other = a_patient(), a_staff()
    theirs, others = [a_session(patient), a_session(patient)], a_session(other)
    viewer = viewer_for(patient)
    with transaction(DOOR) as session:
        sessions.end_all(session, viewer, at=NOW)
    assert [sessions.seen(cookie, NOW) for cookie in theirs] == [None, None]
    assert sessions.seen(others, NOW) is not None


def test_a_change_of_role_or_team_is_seen_at_the_next_request(database):
    staff, other_team = a_staff("clinician"), a_team()
    cookie = a_session(staff)
    assert sessions.seen(cookie, NOW).viewer.role == "clinician"

    with transaction(OWNER) as session:
        teams.change_staff(session, staff.id, "coordinator", [other_team], by=OWNER, at=NOW)

    changed = sessions.seen(cookie, NOW).viewer
    assert (changed.role, changed.teams) == ("coordinator", (other_team.id,))


def test_disabled_staff_are_out_at_the_next_request(database):
    staff = a_staff()
    cookie = a_session(staff)
    with transaction(OWNER) as session:
        teams.disable_staff(session, staff.id, by=OWNER, at=NOW)
    assert sessions.seen(cookie, NOW) is None


@pytest.mark.parametrize("cookie", ["", "x", "a" * 43, "\udcff"])
def test_what_is_no_cookie_is_nobody(database, cookie):
    a_session(a_patient())
    assert sessions.seen(cookie, NOW) is None


def test_each_session_has_a_csrf_token_of_its_own(database):
    patient = a_patient()
    tokens = {sessions.seen(a_session(patient), NOW).csrf for _ in range(3)}
    assert len(tokens) == 3
    assert min(len(token) for token in tokens) * 6 >= 128
