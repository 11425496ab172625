from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from foundation.database import transaction
from foundation.errors import Refused
from people import attempts
from people.tables import Audit, SignInFailure
from people.viewer import OWNER
from tests.builders import NOW

SAM = attempts.account("staff", "sam@example.org")
AMINA = attempts.account("patient", "9990000123")


def after(minutes):
    return NOW + timedelta(minutes=minutes)


def fail(account, at):
    attempts.wrong(attempts.begin(account, at), at)


@pytest.mark.parametrize(
    ("failed_at", "minute", "expected"),
    [
        ([], 0, False),
        ([0, 1, 2, 3], 3, False),
        ([0, 1, 2, 3, 4], 4, True),
        ([0, 1, 2, 3, 4], 18.99, True),
        ([0, 1, 2, 3, 4], 19, False),  # 15 minutes after the fifth, not after the first
        ([0, 4, 8, 12, 14.99], 29, True),
        ([0, 4, 8, 12, 15], 15, False),  # five, but not within 15 minutes
        ([0, 0, 0, 0, 0, 15], 15, False),  # the first after a lock has ended
    ],
)
def test_five_failures_within_fifteen_minutes_lock_for_fifteen_minutes(failed_at, minute, expected):
    newest_first = [after(failed) for failed in reversed(failed_at)]
    assert attempts.locked(newest_first, after(minute)) is expected


def test_the_sixth_try_is_refused_until_the_lock_ends(database):
    for minute in range(5):
        fail(SAM, after(minute))

    with pytest.raises(Refused) as refused:
        attempts.begin(SAM, after(18.9))
    assert (refused.value.code, refused.value.status) == ("too_many_tries", 429)
    attempts.begin(SAM, after(19))


def test_tries_against_one_account_do_not_lock_another(database):
    for _ in range(5):
        fail(SAM, NOW)
    attempts.begin(AMINA, NOW)


def test_a_right_try_is_struck_out_but_earlier_failures_count_on(database):
    for _ in range(4):
        fail(SAM, NOW)
    trying = attempts.begin(SAM, NOW)
    with transaction(OWNER) as session:
        attempts.right(session, trying)
    fail(SAM, NOW)

    with pytest.raises(Refused):
        attempts.begin(SAM, NOW)


def test_earlier_failures_are_forgotten_once_somebody_is_signed_in(database):
    for _ in range(4):
        fail(SAM, NOW)
    trying = attempts.begin(SAM, NOW)
    with transaction(OWNER) as session:
        attempts.complete(session, trying)
    for _ in range(4):
        fail(SAM, NOW)
    attempts.begin(SAM, NOW)


def test_a_hundred_tries_at_the_same_moment_are_five(database):
    def attempt(_):
        try:
            fail(SAM, NOW)
        except Refused:
            return 0
        return 1

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(attempt, range(100))) == 5


def test_the_audit_is_told_once_of_a_lock_and_not_whose_it_is(database):
    for _ in range(5):
        fail(SAM, NOW)
    with pytest.raises(Refused):
        fail(SAM, NOW)

    with transaction(OWNER) as session:
        told = session.execute(select(Audit.action, Audit.actor, Audit.about)).one()
    assert (told.action, told.actor) == ("sign_in.locked", "door")
    assert "sam" not in told.about


def test_failures_are_not_kept_for_ever(database):
    fail(AMINA, NOW)
    fail(SAM, NOW + attempts.KEPT_FOR + timedelta(seconds=1))
    with transaction(OWNER) as session:
        assert session.scalar(select(func.count()).select_from(SignInFailure)) == 1
