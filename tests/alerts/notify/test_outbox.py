from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from alerts.moments import AMBER, RED
from alerts.notify import bundles, outbox
from foundation.database import transaction
from people.viewer import NOTIFIER, OWNER
from tests.alerts.notify.mail import give_address, in_outbox, one_row, wait_for
from tests.builders import NOW, a_team

MINUTE = timedelta(minutes=1)


def take(at=NOW):
    with transaction(NOTIFIER) as session:
        return outbox.take(session, at)


def failed(bundle, problem="server_away", *, at=NOW, chance=0.0, for_good=False):
    with transaction(NOTIFIER) as session:
        return outbox.failed(session, bundle, problem, at, chance=chance, for_good=for_good)


def went(bundle, at=NOW):
    with transaction(NOTIFIER) as session:
        outbox.went(session, bundle, at)


def note_unaddressed(at=NOW):
    with transaction(NOTIFIER) as session:
        return outbox.note_unaddressed(session, at)


def ids(bundle):
    return [row.id for row in bundle.rows]


def test_red_teams_come_before_amber_ones_and_the_oldest_first(database):
    amber, new_red, old_red = a_team("Amber"), a_team("New red"), a_team("Old red")
    wait_for(amber, AMBER, at=NOW - 3 * MINUTE)
    wait_for(new_red, RED, at=NOW - MINUTE)
    wait_for(new_red, AMBER, at=NOW - 5 * MINUTE)  # its age does not help its team's red
    wait_for(old_red, RED, at=NOW - 2 * MINUTE)
    assert [take().team.name for _ in range(3)] == ["Old red", "New red", "Amber"]
    assert take() is None


def test_all_that_is_due_for_a_team_is_one_bundle(database):
    team = a_team()
    ambers = wait_for(team, AMBER, at=NOW - 2 * MINUTE)
    reds = wait_for(team, RED, at=NOW - MINUTE) + wait_for(team, RED)
    later = wait_for(team, RED, next_try_at=NOW + MINUTE)
    bundle = take()
    assert ids(bundle) == reds + ambers
    assert bundle.since == NOW - 2 * MINUTE
    assert in_outbox(later)[0].problem is None


def test_what_is_taken_is_held_until_the_lease_ends_and_then_goes_to_the_next(database):
    wait_for(a_team(), RED, AMBER)
    held = take()
    assert {(row.next_try_at, row.problem) for row in in_outbox()} == {(NOW + bundles.LEASE, "sending")}
    assert take(NOW + bundles.LEASE - timedelta(seconds=1)) is None
    assert ids(take(NOW + bundles.LEASE)) == ids(held)


def test_a_row_that_somebody_else_holds_stops_neither_its_team_nor_the_others(database):
    held, free = a_team(), a_team()
    wait_for(held, RED)
    wait_for(free, AMBER)
    with transaction(OWNER) as session:
        session.execute(text("SELECT FROM outbox WHERE team_id = :team FOR UPDATE"), {"team": held.id})
        assert take().team.id == free.id
    assert take().team.id == held.id


def test_nobody_takes_what_was_delivered_or_given_up(database):
    team = a_team()
    wait_for(team, RED, delivered_at=NOW - 5 * MINUTE)
    wait_for(team, RED, given_up_at=NOW - 5 * MINUTE, problem="recipient_refused")
    assert take() is None


def test_a_mail_that_another_is_sending_counts_for_the_limit_of_one_a_minute(database):
    team = a_team()
    wait_for(team, AMBER)
    take()
    new = wait_for(team, AMBER, at=NOW)
    assert take(NOW + MINUTE - timedelta(seconds=1)) is None
    assert ids(take(NOW + MINUTE)) == new


def test_two_who_take_at_the_same_moment_keep_to_the_limit_of_one_a_minute(database, monkeypatch):
    monkeypatch.setattr(outbox, "MOST", 1)  # so that the first leaves something for the second
    wait_for(a_team(), AMBER, AMBER)
    with ThreadPoolExecutor() as pool:
        with transaction(NOTIFIER) as session:
            assert outbox.take(session, NOW) is not None
            second = pool.submit(take)
            with pytest.raises(NotYet):
                second.result(timeout=0.5)
        assert second.result(timeout=30) is None


def test_a_red_overtakes_the_amber_that_is_being_sent_but_not_another_red(database):
    team = a_team()
    wait_for(team, AMBER)
    take()
    first = wait_for(team, RED)
    assert ids(take()) == first
    second = wait_for(team, RED)
    assert take() is None
    assert ids(take(NOW + MINUTE)) == second


def test_the_limit_counts_from_when_the_last_mail_went(database):
    team = a_team()
    wait_for(team, AMBER)
    went(take(), NOW + timedelta(seconds=20))
    wait_for(team, AMBER)
    assert take(NOW + timedelta(seconds=79)) is None
    assert take(NOW + timedelta(seconds=80)) is not None


def test_one_teams_limit_holds_up_no_other(database):
    busy, calm = a_team("Busy"), a_team("Calm")
    wait_for(busy, AMBER, at=NOW - MINUTE)
    went(take())
    wait_for(busy, *[AMBER] * 50, at=NOW - MINUTE)
    wait_for(calm, AMBER)
    assert take().team.name == "Calm"


def test_more_than_one_mail_should_count_goes_in_several(database, monkeypatch):
    monkeypatch.setattr(outbox, "MOST", 3)
    all_ids = wait_for(a_team(), *[AMBER] * 5)
    first, second = take(), take(NOW + MINUTE)
    assert len(first.rows) == 3
    assert sorted(ids(first) + ids(second)) == sorted(all_ids)


def test_a_failure_puts_the_whole_bundle_off_to_one_moment(database):
    wait_for(a_team(), RED, AMBER)
    wait_for(1, AMBER, tries=4)
    assert failed(take()) == 0
    rows = in_outbox()
    assert {row.next_try_at for row in rows} == {NOW + timedelta(seconds=30)}
    assert {row.problem for row in rows} == {"server_away"}
    assert sorted(row.tries for row in rows) == [1, 1, 5]


def test_what_is_refused_for_good_is_given_up_at_once(database):
    wait_for(a_team(), RED, AMBER)
    assert failed(take(), "recipient_refused", for_good=True) == 2
    assert {(row.given_up_at, row.problem) for row in in_outbox()} == {(NOW, "recipient_refused")}


def test_after_a_day_of_failing_a_message_is_given_up_and_says_why(database):
    wait_for(a_team(), RED)
    at, tries = NOW, 0
    while (row := one_row()).given_up_at is None:
        at = max(at, row.next_try_at)
        failed(take(at), at=at, chance=0.5)
        tries += 1
    assert timedelta(hours=24) <= one_row().given_up_at - NOW < timedelta(hours=25)
    assert one_row().problem == "server_away"
    assert tries == one_row().tries
    assert take(at + timedelta(days=1)) is None


def test_what_waited_untried_for_days_is_not_given_up_at_its_first_failure(database):
    wait_for(a_team(), RED, at=NOW - timedelta(days=3))
    assert failed(take()) == 0
    assert one_row().given_up_at is None


def test_a_failure_that_comes_late_leaves_the_row_to_who_took_it_since(database):
    wait_for(a_team(), RED)
    slow = take()
    later = NOW + bundles.LEASE
    other = take(later)
    assert failed(slow, "unsure", at=later) == 0
    assert (one_row().next_try_at, one_row().tries) == (other.taken_until, 0)


def test_a_success_that_comes_late_is_one_all_the_same(database):
    wait_for(a_team(), RED)
    slow = take()
    later = NOW + bundles.LEASE
    other = take(later)
    went(slow, later)
    assert failed(other, at=later + MINUTE) == 0
    assert (one_row().delivered_at, one_row().given_up_at, one_row().problem) == (later, None, None)


@pytest.mark.parametrize("email", [None, "", "  "])
def test_a_message_to_a_team_without_an_address_waits_for_ever_and_says_why(database, email):
    team = a_team()
    give_address(team, email)
    wait_for(team, RED)
    assert note_unaddressed() == {team.id}
    assert note_unaddressed(NOW + timedelta(days=30)) == set()  # said once
    assert take(NOW + timedelta(days=30)) is None
    row = one_row()
    assert (row.problem, row.delivered_at, row.given_up_at) == ("no_address", None, None)


def test_it_goes_as_soon_as_the_team_has_an_address(database):
    team = a_team(email=None)
    expected = wait_for(team, RED)
    note_unaddressed()
    give_address(team, " new@example.org ")
    bundle = take(NOW + timedelta(days=3))
    assert (ids(bundle), bundle.team.email) == (expected, "new@example.org")


def test_a_message_to_a_team_that_is_no_more_shows_as_one_without_an_address(database):
    wait_for(4711, RED)
    assert note_unaddressed() == {4711}


def test_the_backlog_counts_what_waits_and_how_long_the_oldest_has(database):
    team = a_team()
    wait_for(team, RED, at=NOW - timedelta(hours=9), delivered_at=NOW)
    wait_for(team, RED, at=NOW - timedelta(hours=8), given_up_at=NOW, problem="recipient_refused")
    wait_for(team, AMBER, at=NOW - timedelta(hours=2), next_try_at=NOW + MINUTE)
    wait_for(team, RED)
    with transaction(NOTIFIER) as session:
        assert outbox.backlog(session, NOW) == outbox.Backlog(2, timedelta(hours=2))


def test_an_empty_backlog_has_no_age(database):
    with transaction(NOTIFIER) as session:
        assert outbox.backlog(session, NOW) == outbox.Backlog(0, None)


@pytest.mark.parametrize("table", ["patient", "alert", "reading", "upload", "staff", "alert_event"])
def test_the_database_shows_the_notifier_nothing_about_anybody(database, table):
    with pytest.raises(ProgrammingError, match="permission denied"), transaction(NOTIFIER) as session:
        session.execute(text(f"SELECT * FROM {table}"))
