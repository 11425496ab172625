from __future__ import annotations

import time
from statistics import median

import pytest

from foundation.errors import Refused
from people import passwords

GOOD = "kettle otter violin"


@pytest.mark.parametrize("password", [GOOD, "kettleot", "ketchup!", "чайник-выдра", "纸" * 4 + "墨砚笔和"])
def test_eight_characters_of_any_kind_are_enough(password):
    assert passwords.good(password) == password


@pytest.mark.parametrize("password", ["", "kettle7", "纸墨笔砚"])
def test_fewer_than_eight_are_too_few(password):
    with pytest.raises(Refused) as refused:
        passwords.good(password)
    assert refused.value.code == "password_short"


def test_a_password_without_end_is_refused_before_it_is_hashed():
    with pytest.raises(Refused) as refused:
        passwords.good("k1" * 100)
    assert refused.value.code == "password_long"


OBVIOUS = [
    "password", "Password1", "PASSWORD2026!", "p@ssw0rd", "qwertyuiop", "liverpool1", "12345678", "87654321",
    "aaaaaaaa", "abababab", "sunshine", "letmein123", "1q2w3e4r", "telehealth1",
]  # fmt: skip


@pytest.mark.parametrize("password", OBVIOUS)
def test_what_anyone_would_try_first_is_refused(password):
    with pytest.raises(Refused) as refused:
        passwords.good(password)
    assert refused.value.code == "password_obvious"


def test_ones_own_number_or_address_is_no_password():
    for own in ("9990000123", "sam.reyes@example.org"):
        with pytest.raises(Refused):
            passwords.good(own.upper(), "9990000123", "sam.reyes@example.org")


def test_a_password_is_the_same_however_the_keyboard_composes_it():
    assert passwords.matches(passwords.hashed("cafe\u0301-otter"), "caf\u00e9-otter")


def test_another_password_does_not_match():
    kept = passwords.hashed(GOOD)
    assert passwords.matches(kept, GOOD)
    assert not passwords.matches(kept, GOOD + " ")
    assert not passwords.matches(kept, "")
    assert not passwords.matches("not a hash", GOOD)


def test_nothing_matches_where_there_is_no_account():
    assert not passwords.matches(None, GOOD)
    assert not passwords.matches(None, "nobody has this password")


def test_the_same_password_is_kept_differently_each_time():
    assert passwords.hashed(GOOD) != passwords.hashed(GOOD)


def test_comparing_takes_as_long_where_there_is_no_account():
    kept = passwords.hashed(GOOD)

    def seconds(hashed):
        took = []
        for _ in range(15):
            start = time.perf_counter()
            passwords.matches(hashed, "wrong")
            took.append(time.perf_counter() - start)
        return median(took)

    seconds(None)  # the first makes the hash that nobody has
    assert 0.5 < seconds(None) / seconds(kept) < 2
