from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.moments import AMBER, RED
from alerts.notify import bundles
from alerts.notify.bundles import Bundle, LastMail, Row, Team
from tests.builders import NOW


def seconds(count):
    return timedelta(seconds=count)


def row(severity=RED, *, number=None, at=NOW, next_try_at=None, tries=0, problem=None, alert_id=None):
    id_ = UUID(int=number) if number is not None else uuid4()
    return Row(1, id_, alert_id or uuid4(), severity, at, next_try_at or at, tries, problem)


def bundle(*rows):
    return Bundle(Team(1, "Riverside", "team@example.org"), rows, NOW + bundles.LEASE)


@pytest.mark.parametrize(
    ("last", "last_red", "worst_due", "goes"),
    [
        (None, None, AMBER, True),
        (None, None, RED, True),
        (10, None, AMBER, False),
        (10, None, RED, True),  # the first red of a minute does not wait behind an amber
        (10, 10, RED, False),
        (10, 50, RED, False),
        (59, 59, RED, False),
        (60, 60, RED, True),
        (59, None, AMBER, False),
        (60, None, AMBER, True),
    ],
)
def test_a_team_gets_one_mail_a_minute_but_the_first_red_does_not_wait(last, last_red, worst_due, goes):
    before = LastMail(
        None if last is None else NOW - seconds(last), None if last_red is None else NOW - seconds(last_red)
    )
    assert bundles.may_go(before, worst_due, NOW) is goes


def test_red_stands_before_amber_and_the_oldest_first():
    old_amber = row(AMBER, at=NOW - seconds(90))
    new_red, old_red = row(RED), row(RED, at=NOW - seconds(60))
    assert bundles.together([new_red, old_amber, old_red]) == [old_red, new_red, old_amber]


@pytest.mark.parametrize("problem", [bundles.SENDING, bundles.UNSURE])
def test_what_may_have_gone_goes_again_as_the_bundle_that_it_was(problem):
    again = [row(RED, next_try_at=NOW - seconds(1), problem=problem, at=NOW - seconds(300)) for _ in range(2)]
    other = row(RED, next_try_at=NOW - seconds(2), problem=problem, at=NOW - seconds(200))
    new = row(RED, at=NOW - seconds(100))
    assert set(bundles.together([new, other, *again])) == set(again)
    assert bundles.together([new, other]) == [other]
    assert bundles.together([new, row(AMBER, problem=problem, at=NOW - seconds(500))]) == [new]


def test_what_certainly_did_not_go_joins_what_is_new():
    put_off, new = row(RED, tries=3, problem="server_away", at=NOW - seconds(300)), row(AMBER)
    assert bundles.together([new, put_off]) == [put_off, new]


def test_an_alert_that_was_raised_and_then_worsened_counts_once_as_what_it_is_now():
    alert = uuid4()
    both = bundle(row(RED, alert_id=alert), row(AMBER, alert_id=alert), row(AMBER))
    assert both.severities == [RED, AMBER]


@pytest.mark.parametrize(
    ("tries", "wait"),
    [(0, 30), (1, 60), (2, 120), (3, 240), (6, 1920), (7, 3600), (8, 3600), (500, 3600)],
)
def test_each_failure_doubles_the_wait_up_to_an_hour(tries, wait):
    assert bundles.next_try_at(bundle(row(tries=tries)), NOW, 0.0) == NOW + seconds(wait)
    assert bundles.next_try_at(bundle(row(tries=tries)), NOW, 1.0) == NOW + seconds(wait / 2)


def test_a_bundle_is_tried_again_as_soon_as_its_newest_message():
    assert bundles.next_try_at(bundle(row(tries=9), row(tries=0)), NOW, 0.0) == NOW + seconds(30)


@pytest.mark.parametrize(
    ("hours", "tries", "hopeless"),
    [(23.9, 50, False), (24, 50, True), (24, bundles.LEAST_TRIES - 1, True), (72, 0, False)],
)
def test_a_message_is_given_up_when_old_and_tried_often(hours, tries, hopeless):
    waiting = row(at=NOW - timedelta(hours=hours), tries=tries)
    assert bundles.is_hopeless(waiting, NOW) is hopeless


@given(st.lists(st.tuples(st.sampled_from([AMBER, RED]), st.integers(0, 90), st.booleans()), min_size=1))
def test_nothing_is_left_behind_and_the_worst_and_oldest_is_always_among_those_that_go(told):
    due = [
        row(
            severity,
            number=number,
            at=NOW - seconds(age),
            next_try_at=NOW - seconds(age // 30),
            problem=bundles.SENDING if was_taken else None,
        )
        for number, (severity, age, was_taken) in enumerate(told)
    ]
    left, order = list(due), []
    while left:
        going = bundles.together(left)
        assert min(left, key=lambda one: (-one.severity, one.created_at, one.id)) == going[0]
        order += going
        left = [one for one in left if one not in going]
    assert sorted(order, key=lambda one: one.id) == due
