from __future__ import annotations

import string
from datetime import timedelta

import pytest
from sqlalchemy import event, select, text

from foundation.database import engine, transaction
from foundation.errors import Refused
from people import teams, tokens
from people.tables import Audit, BearerToken
from people.viewer import OWNER, Viewer
from tests.builders import NOW, a_patient, a_staff, a_team, token_for

LATER = NOW + tokens.REMEMBERED_FOR


@pytest.fixture
def asked(database):
    """Every statement that the door sends to the database from now on."""
    statements = []
    event.listen(engine("door"), "before_cursor_execute", lambda *told: statements.append(told[2]))
    return statements


def test_a_patients_token_is_the_patient(database):
    patient = a_patient(name="Amina Okafor")
    expected = Viewer("patient", patient.id, "patient", "Amina Okafor", ())
    assert tokens.viewer_of(token_for(patient), NOW) == expected


def test_a_staff_token_is_their_role_in_all_their_teams(database):
    first, second = a_team(), a_team()
    staff = a_staff("coordinator", first, more_teams=[second], name="Sam Reyes")
    expected = Viewer("staff", staff.id, "coordinator", "Sam Reyes", (first.id, second.id))
    assert tokens.viewer_of(token_for(staff), NOW) == expected


def test_a_token_has_256_bits_and_a_prefix_to_search_for(database):
    patient = a_patient()
    token, other = token_for(patient), token_for(patient)
    assert token.startswith("th_")
    assert len(token.removeprefix("th_")) * 6 >= 256
    assert set(token) <= set(string.ascii_letters + string.digits + "_-")
    assert token != other


def test_the_database_holds_nothing_of_a_token_but_its_hash(database):
    token = token_for(a_patient())
    with transaction(OWNER) as session:
        kept = session.execute(select(BearerToken.__table__)).one()
        told = session.execute(select(Audit.__table__)).all()
    for row in (kept, *told):
        assert token.removeprefix("th_") not in repr(row)
        assert token.removeprefix("th_").encode() not in repr(row).encode()
    assert len(kept.hash) == 32


@pytest.mark.parametrize("wrong", ["", "th_", "th_" + "a" * 43, "th_\udcff", "'; DROP TABLE patient; --"])
def test_what_is_no_token_is_nobody(database, wrong):
    token_for(a_patient())
    assert tokens.viewer_of(wrong, NOW) is None


def test_a_token_ends_at_its_moment_even_where_it_is_remembered(database):
    ends = NOW + timedelta(seconds=2)
    token = token_for(a_patient(), expires_at=ends)
    assert tokens.viewer_of(token, ends - timedelta(microseconds=1)) is not None
    assert tokens.viewer_of(token, ends) is None


def test_a_revoked_token_is_nobody_at_once_in_this_process(database):
    token = token_for(a_patient())
    assert tokens.viewer_of(token, NOW)
    with transaction(OWNER) as session:
        tokens.revoke(session, token, by=OWNER, at=NOW)
    assert tokens.viewer_of(token, NOW) is None


def test_a_token_cannot_be_revoked_twice(database):
    token = token_for(a_patient())
    with transaction(OWNER) as session:
        tokens.revoke(session, token, by=OWNER, at=NOW)
    with pytest.raises(Refused), transaction(OWNER) as session:
        tokens.revoke(session, token, by=OWNER, at=NOW)


def test_a_lost_phone_ends_every_token_of_its_owner_and_nobody_elses(database):
    patient, other = a_patient(), a_patient()
    theirs, others = [token_for(patient), token_for(patient)], token_for(other)
    with transaction(OWNER) as session:
        assert tokens.revoke_all(session, patient_id=patient.id, by=OWNER, at=NOW) == 2
    assert [tokens.viewer_of(token, NOW) for token in theirs] == [None, None]
    assert tokens.viewer_of(others, NOW) is not None


def test_a_token_revoked_elsewhere_is_noticed_after_five_seconds(database):
    token = token_for(a_patient())
    assert tokens.viewer_of(token, NOW)
    with transaction(OWNER) as session:
        session.execute(text("UPDATE bearer_token SET revoked_at = now()"))
    assert tokens.viewer_of(token, LATER - timedelta(microseconds=1)) is not None
    assert tokens.viewer_of(token, LATER) is None


def test_disabled_staff_are_nobody_after_five_seconds(database):
    staff = a_staff()
    token = token_for(staff)
    assert tokens.viewer_of(token, NOW)
    with transaction(OWNER) as session:
        teams.disable_staff(session, staff.id, by=OWNER, at=NOW)
    assert tokens.viewer_of(token, LATER) is None


def test_a_token_that_was_just_seen_asks_the_database_nothing(database, asked):
    token = token_for(a_patient())
    assert tokens.viewer_of(token, NOW)
    first = len(asked)
    for _ in range(100):
        assert tokens.viewer_of(token, NOW)
    assert first > 0
    assert len(asked) == first


def test_only_so_many_tokens_are_remembered_those_used_last(database, monkeypatch):
    monkeypatch.setattr(tokens, "REMEMBERED_AT_MOST", 3)
    made = [token_for(a_patient()) for _ in range(3)]
    for token in made:
        tokens.viewer_of(token, NOW)
    assert tokens.remembered(made[0], NOW)  # used once more

    newest = token_for(a_patient())
    tokens.viewer_of(newest, NOW)

    assert [tokens.remembered(token, NOW) is not None for token in [*made, newest]] == [
        True,
        False,
        True,
        True,
    ]


def test_issuing_and_revoking_are_in_the_audit(database):
    patient = a_patient()
    token = token_for(patient)
    with transaction(OWNER) as session:
        tokens.revoke(session, token, by=OWNER, at=NOW)
    with transaction(OWNER) as session:
        told = select(Audit.action, Audit.patient_id).where(Audit.action.like("token.%"))
        assert set(session.execute(told).all()) == {
            ("token.issued", patient.id),
            ("token.revoked", patient.id),
        }
