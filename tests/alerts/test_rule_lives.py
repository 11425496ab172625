"""What runs is decided by the database: who may decide what, that two must, and that what ran goes on until they have."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from alerts import rule_lives
from alerts.pathways import Packs
from foundation.database import transaction
from foundation.errors import Refused
from people.viewer import CHECKER, OWNER
from tests.alerts.rule_changes import (
    PACKS,
    RULE,
    Board,
    lives,
    newer,
    on_record,
    running,
    with_rule,
    without,
)

pytestmark = pytest.mark.storage

NEW = newer(needs_amber_low=3)


@pytest.fixture
def board(database):
    return Board()


@pytest.fixture
def with_draft(board):
    """A service that runs, and a newer version that came with the packs."""
    on_record(PACKS)
    on_record(with_rule(NEW))
    return board


@contextmanager
def refused(said):
    with pytest.raises(Refused) as found:
        yield
    assert said in found.value.sentence


# ---------------------------------------------------------------- how a rule starts


def test_on_a_fresh_database_every_rule_of_the_packs_runs_that_is_no_draft(database):
    assert on_record(PACKS) == len(PACKS.rules)
    assert {spec.id: spec for spec in running().active} == {spec.id: spec for spec in PACKS.starting}
    assert {spec.id for spec in set(PACKS.rules) - set(PACKS.starting)} == {
        "copd.cusum",
        "heart_failure.cusum",
    }
    assert on_record(PACKS) == 0


@pytest.mark.parametrize(("life", "active", "shadow"), [("draft", [], []), ("shadow", [], [1])])
def test_a_pack_may_have_a_rule_start_as_a_draft_or_in_shadow(database, life, active, shadow):
    spec = replace(PACKS.rule(RULE), version=1)
    on_record(with_rule(spec, life))
    found = running()
    assert [one.version for one in found.active if one.id == RULE] == active
    assert [one.version for one in found.shadow] == shadow


def test_a_newer_version_waits_and_the_old_one_goes_on_as_it_was(with_draft):
    assert lives() == {1: "active", 2: "draft"}
    assert running().rule(RULE) == PACKS.rule(RULE)
    with transaction(with_draft.lead) as session:
        (rule,) = rule_lives.every(session, RULE)
    assert [one.version for one in rule.waiting] == [2]


def test_a_newer_version_starts_in_shadow_where_its_pack_says_so(database):
    on_record(PACKS)
    on_record(with_rule(NEW, "shadow"))
    assert lives() == {1: "active", 2: "shadow"}


def test_a_rule_that_is_new_to_a_running_service_waits_too(database):
    on_record(without(RULE))
    on_record(PACKS)
    assert lives() == {1: "draft"}


def test_a_rule_that_is_in_no_pack_any_more_goes_on_until_it_is_retired(board):
    on_record(PACKS)
    on_record(without(RULE))
    assert running().rule(RULE) == PACKS.rule(RULE)
    board.decides("retire", 1)
    assert lives() == {1: "retired"}
    on_record(PACKS)
    assert lives() == {1: "retired"}


def test_a_version_that_this_program_cannot_run_is_named_and_costs_the_others_nothing(database):
    on_record(PACKS)
    with transaction(OWNER) as session:
        change = """UPDATE rule_version SET body = jsonb_set(body, '{type}', '"astrology"'), sha256 = '\\x01'
            WHERE rule = :rule"""
        session.execute(text(change), {"rule": RULE})
    found = running()
    assert len(found.active) == len(PACKS.starting) - 1
    assert found.broken == (f"Rule {RULE}@1 is of type astrology, which this program does not have.",)


def test_a_number_that_a_type_has_got_since_makes_no_other_rule_of_it(database):
    on_record(PACKS)
    with transaction(OWNER) as session:
        change = "UPDATE rule_version SET body = body #- '{params,within_hours}', sha256 = '\\x00' WHERE rule = :rule"
        session.execute(text(change), {"rule": "every.steps_limits"})
    assert on_record(PACKS) == 0


# ---------------------------------------------------------------- two people


def test_a_version_is_taken_on_by_two_people_and_ends_the_one_before(with_draft):
    with_draft.take_on(2)
    assert lives() == {1: "retired", 2: "active"}
    assert running().rule(RULE) == NEW
    with transaction(with_draft.lead) as session:
        (rule,) = rule_lives.every(session, RULE)
        told = [(one.what, one.set_by_name, one.reason) for one in rule.version(1).steps]
        assert told[-1] == ("replaced", "Lee Lead", "Replaced by version 2.")
    last = rule.version(2).steps[-1]
    assert (last.set_by_name, last.proposed_by_name) == ("Lee Lead", "Nia Nurse")


def test_every_decision_leaves_its_row_in_the_audit(with_draft):
    with_draft.decides("shadow", 2)
    with_draft.take_on(2)
    with transaction(OWNER) as session:
        rows = session.execute(
            text("SELECT action, about, actor FROM audit WHERE action LIKE 'rule.%' ORDER BY action")
        ).all()
    nurse, lead = with_draft.clinician.actor, with_draft.lead.actor
    assert [tuple(row) for row in rows] == [
        ("rule.approved", f"rule:{RULE}@2", lead),
        ("rule.proposed", f"rule:{RULE}@2", nurse),
        ("rule.replaced", f"rule:{RULE}@1", lead),
        ("rule.shadowed", f"rule:{RULE}@2", nurse),
    ]


def test_nobody_approves_what_they_proposed(with_draft):
    with_draft.decides("propose", 2, by=with_draft.lead)
    with refused("You proposed this version yourself"):
        with_draft.decides("approve", 2, by=with_draft.lead)
    assert lives() == {1: "active", 2: "draft"}
    with_draft.decides("approve", 2, by=with_draft.other_lead)
    assert lives() == {1: "retired", 2: "active"}


STEP = """INSERT INTO rule_life (rule, step, version, what, life, at, set_by, reason, proposal, proposed_by)
    VALUES (:rule, :step, 2, :what, :life, now(), :by, 'By hand.', :proposal, :proposed_by)"""


def by_hand(session, **told):
    session.execute(text(STEP), {"rule": RULE, "proposal": None, "proposed_by": None} | told)


@pytest.mark.parametrize("named", ["themselves", "another who proposed nothing"])
def test_the_database_too_refuses_one_person_twice(with_draft, named):
    lead, other = with_draft.lead, with_draft.other_lead
    with_draft.decides("propose", 2, by=lead)
    proposed_by = lead.id if named == "themselves" else other.id
    with pytest.raises(IntegrityError, match=r"two_people|fk_rule_life"), transaction(lead) as session:
        by_hand(
            session, step=4, what="approved", life="active", by=lead.id, proposal=3, proposed_by=proposed_by
        )
    with pytest.raises(IntegrityError, match="ck_rule_life_active"), transaction(lead) as session:
        by_hand(session, step=4, what="retired", life="active", by=lead.id)


@pytest.mark.parametrize(
    ("who", "what", "life"),
    [
        ("coordinator", "proposed", "draft"),
        ("coordinator", "shadowed", "shadow"),
        ("clinician", "approved", "active"),
        ("clinician", "retired", "retired"),
        ("clinician", "replaced", "retired"),
    ],
)
def test_the_database_too_refuses_who_may_not_decide(with_draft, who, what, life):
    by = getattr(with_draft, who)
    with pytest.raises(ProgrammingError, match="row-level security"), transaction(by) as session:
        by_hand(session, step=3, what=what, life=life, by=by.id, proposal=2, proposed_by=by.id)


def test_nobody_decides_in_anothers_name_and_no_step_is_changed_or_removed(with_draft):
    lead = with_draft.lead
    with pytest.raises(ProgrammingError, match="row-level security"), transaction(lead) as session:
        by_hand(session, step=3, what="proposed", life="draft", by=with_draft.clinician.id)
    for change in ("UPDATE rule_life SET life = 'retired'", "DELETE FROM rule_life"):
        for who in (lead, CHECKER):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction(who) as session:
                session.execute(text(change))
    with pytest.raises(ProgrammingError, match="row-level security"), transaction(CHECKER) as session:
        by_hand(session, step=3, what="proposed", life="draft", by=lead.id)


@pytest.mark.parametrize(
    ("who", "verb"),
    [
        ("coordinator", "shadow"),
        ("coordinator", "propose"),
        ("coordinator", "approve"),
        ("clinician", "approve"),
        ("clinician", "retire"),
    ],
)
def test_who_may_not_decide_is_refused(with_draft, who, verb):
    with refused("Your account may not do this"):
        with_draft.decides(verb, 2, by=getattr(with_draft, who))


def test_of_two_who_approve_at_once_one_wins_and_the_other_is_told_who(with_draft):
    with_draft.decides("propose", 2)
    together = Barrier(2)

    def approve(lead):
        together.wait()
        try:
            with_draft.decides("approve", 2, by=lead, seen=3)
        except Refused as lost:
            return lost
        return None

    with ThreadPoolExecutor(2) as both:
        told = list(both.map(approve, [with_draft.lead, with_draft.other_lead]))
    (lost,) = [one for one in told if one is not None]
    winner = "Lee Lead" if told[0] is None else "Oda Other"
    assert (lost.status, lost.code) == (409, "changed_meanwhile")
    assert lost.sentence.startswith(winner)
    assert lives() == {1: "retired", 2: "active"}
    with transaction(OWNER) as session:
        assert session.scalar(text("SELECT count(*) FROM rule_life WHERE what = 'approved'")) == 1


def test_a_decision_on_what_has_changed_since_it_was_shown_is_refused(with_draft):
    with_draft.decides("propose", 2)
    with refused("Nia Nurse proposed version 2"):
        with_draft.decides("shadow", 2, seen=2)
    with refused("Load the page again"):
        with_draft.decides("approve", 2, seen=99)


@pytest.mark.parametrize(
    ("verb", "version", "said"),
    [
        ("approve", 2, "Nobody has proposed it"),
        ("propose", 1, "is active now"),
        ("shadow", 1, "Only a draft"),
        ("propose", 9, "nothing here that you can see"),
    ],
)
def test_what_does_not_fit_its_life_is_refused_with_what_it_is(with_draft, verb, version, said):
    with refused(said):
        with_draft.decides(verb, version)


def test_a_decision_needs_a_reason(with_draft):
    with refused("Say why"):
        with_draft.decides("propose", 2, why="  ")


def test_what_was_replaced_comes_back_by_two_people_as_well(with_draft):
    with_draft.take_on(2)
    with_draft.take_on(1)
    assert lives() == {1: "active", 2: "retired"}


def test_a_proposal_is_put_back_by_leaving_the_version_in_shadow(with_draft):
    with_draft.decides("shadow", 2)
    with_draft.decides("propose", 2)
    with_draft.decides("shadow", 2, by=with_draft.lead)
    with refused("Nobody has proposed it"):
        with_draft.decides("approve", 2)


def test_packs_that_cannot_be_loaded_leave_what_is_on_record(database):
    on_record(PACKS)
    on_record(Packs({}))
    assert len(running().active) == len(PACKS.starting)
