"""When the queue says that checking has stopped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from alerts.watch import watch

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def state(**given):
    plain = {
        "last_pass_at": AT - 10 * SECOND,
        "waiting_since": None,
        "waiting": 0,
        "waiting_long": 0,
        "patients": 412,
        "failures": 0,
        "notifier_seen_at": AT,
        "undelivered_since": None,
    }
    return SimpleNamespace(**(plain | given))


def test_a_pass_that_has_just_ended_means_that_readings_are_checked():
    seen = watch(state(), AT, 90)
    assert not seen.stopped
    assert (seen.checked, seen.patients) == (412, 412)


def test_a_pass_that_ended_too_long_ago_means_that_checking_has_stopped_since():
    long_ago = AT - 91 * SECOND
    seen = watch(state(last_pass_at=long_ago), AT, 90)
    assert seen.stopped
    assert seen.stopped_since == long_ago


def test_one_reading_that_waits_too_long_means_stopped_though_passes_end():
    waits = AT - 91 * SECOND
    assert watch(state(waiting_since=waits, waiting=1), AT, 90).stopped_since == waits


def test_the_longest_wait_says_since_when():
    waits, ended = AT - 600 * SECOND, AT - 300 * SECOND
    assert watch(state(waiting_since=waits, last_pass_at=ended), AT, 90).stopped_since == waits


@pytest.mark.parametrize("waits", [None, AT - SECOND])
def test_a_service_that_never_checked_anything_has_stopped(waits):
    seen = watch(state(last_pass_at=None, waiting_since=waits), AT, 90)
    assert seen.stopped
    assert seen.stopped_since == waits


def test_exactly_at_the_limit_nothing_has_stopped():
    seen = watch(state(last_pass_at=AT - 90 * SECOND, waiting_since=AT - 90 * SECOND), AT, 90)
    assert not seen.stopped


def test_patients_who_wait_for_long_are_not_counted_as_checked():
    assert watch(state(waiting_long=3), AT, 90).checked == 409


def test_a_silent_notifier_is_said_only_where_messages_are_meant_to_go_out():
    silent = state(notifier_seen_at=AT - timedelta(minutes=46))
    assert watch(silent, AT, 90, notifies=True).problems == (
        "What sends e-mails about alerts has been silent since 08:14.",
    )
    assert watch(silent, AT, 90).problems == ()
    assert watch(state(notifier_seen_at=None), AT, 90, notifies=True).problems


def test_messages_that_do_not_go_out_are_said_with_the_day_they_wait_from():
    stuck = state(undelivered_since=AT - timedelta(days=1))
    (problem,) = watch(stuck, AT, 90, notifies=True).problems
    assert problem == "E-mails about alerts have not gone out since 09:00 on 19 Nov."
    assert watch(state(undelivered_since=AT - timedelta(minutes=1)), AT, 90, notifies=True).problems == ()
