from __future__ import annotations

import pytest
from sqlalchemy import select

from foundation.database import transaction
from foundation.errors import Refused
from people import passwords, teams
from people.tables import Audit, Staff, StaffTeam, Team
from people.viewer import OWNER
from tests.builders import NOW, PASSWORD, a_staff, a_team


def test_a_second_team_of_a_name_is_refused(database):
    a_team("Riverside")
    with pytest.raises(Refused) as refused:
        a_team("Riverside")
    assert refused.value.code == "team_exists"


def test_a_team_is_found_by_its_name(database):
    team = a_team("Riverside")
    with transaction(OWNER) as session:
        assert teams.team_named(session, "Riverside").id == team.id
        with pytest.raises(Refused):
            teams.team_named(session, "Hilltop")


def test_an_address_is_the_same_whatever_its_capitals(database):
    a_staff(email="Sam.Reyes@Example.org")
    with pytest.raises(Refused) as refused:
        a_staff(email="sam.reyes@example.ORG ")
    assert refused.value.code == "staff_exists"


@pytest.mark.parametrize("wrong", ["", "sam", "@example.org", "sam@example", "s am@example.org"])
def test_what_is_no_address_is_refused(database, wrong):
    with pytest.raises(Refused) as refused, transaction(OWNER) as session:
        teams.add_staff(session, wrong, "Sam", "clinician", [], by=OWNER, at=NOW)
    assert refused.value.code == "not_an_email"


def test_there_are_four_roles_of_staff_and_patient_is_none(database):
    for role in ("clinician", "coordinator", "lead", "admin"):
        assert a_staff(role).role == role
    with pytest.raises(Refused) as refused:
        a_staff("patient")
    assert refused.value.code == "no_such_role"


def test_only_a_hash_of_a_password_is_kept(database):
    staff = a_staff(password=PASSWORD)
    with transaction(OWNER) as session:
        kept = session.scalars(select(Staff.password_hash)).one()
    assert kept.startswith("$argon2id$")
    assert PASSWORD not in kept
    assert passwords.matches(kept, PASSWORD)
    assert staff.totp_secret


def test_staff_without_a_password_get_no_authenticator(database):
    staff = a_staff()
    assert (staff.password_hash, staff.totp_secret) == (None, None)


def test_staff_work_in_the_teams_that_they_were_given_last(database):
    first, second, third = a_team(), a_team(), a_team()
    staff = a_staff("clinician", first, more_teams=[second])

    with transaction(OWNER) as session:
        teams.change_staff(session, staff.id, "lead", [second, third], by=OWNER, at=NOW)

    with transaction(OWNER) as session:
        assert set(session.scalars(select(StaffTeam.team_id))) == {second.id, third.id}
        assert session.scalars(select(Staff.role)).one() == "lead"


def test_every_change_of_staff_is_in_the_audit(database):
    staff = a_staff("clinician")
    with transaction(OWNER) as session:
        teams.change_staff(session, staff.id, "lead", [], by=OWNER, at=NOW)
    with transaction(OWNER) as session:
        teams.disable_staff(session, staff.id, by=OWNER, at=NOW)

    with transaction(OWNER) as session:
        told = session.execute(
            select(Audit.action, Audit.actor).where(Audit.about == f"staff:{staff.id}")
        ).all()
    assert sorted(told) == [("staff.added", "owner"), ("staff.changed", "owner"), ("staff.disabled", "owner")]


def test_staff_cannot_be_disabled_twice(database):
    staff = a_staff()
    with transaction(OWNER) as session:
        teams.disable_staff(session, staff.id, by=OWNER, at=NOW)
    with pytest.raises(Refused), transaction(OWNER) as session:
        teams.disable_staff(session, staff.id, by=OWNER, at=NOW)


def test_a_team_must_have_a_name(database):
    with pytest.raises(Refused) as refused:
        a_team("   ")
    assert refused.value.code == "no_name"
    with transaction(OWNER) as session:
        assert session.scalars(select(Team)).all() == []
