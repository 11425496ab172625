"""Passwords: which are good enough, and how they are kept and compared."""

from __future__ import annotations

import unicodedata
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from foundation.errors import Refused

SHORTEST, LONGEST = 8, 128  # characters

HASHER = PasswordHasher(
    time_cost=2, memory_cost=19_456, parallelism=1
)  # OWASP Password Storage Cheat Sheet: Argon2id
AT_ONCE = BoundedSemaphore(4)  # each hash takes 19 MiB, and a flood of sign-ins must not take it all

# What people choose when asked for eight characters. Compared without the digits and marks at the end.
WORDS = """
    password passw0rd p@ssword p@ssw0rd qwerty qwertyui qwertyuiop asdfgh asdfghjk asdfghjkl zxcvbn zxcvbnm
    iloveyou letmein welcome sunshine princess football baseball superman batman dragon monkey shadow michael
    jennifer charlie liverpool arsenal chelsea newcastle manchester everton tottenham westham england london
    newham changeme secret abc abcd abcde abcdef abcdefgh abcdefghi aaaaaaaa hospital nurse doctor patient
    health telehealth
"""
OBVIOUS = frozenset(WORDS.split())
SEQUENCES = ("0123456789012345678901234567890", "9876543210987654321098765432109", "1q2w3e4r5t6y7u8i9o0p")
FEWEST_DIFFERENT = 3  # "aaaaaaaa", "abababab"


def good(password: str, *others: str) -> str:
    """The password, unless it is too short or among the first that anyone would try.

    `others`: what is known of the person (an e-mail address, an NHS number), which their password may not be.
    """
    kept = _same(password)
    if len(kept) < SHORTEST:
        raise Refused(
            "password_short", f"Choose a password of at least {SHORTEST} characters.", field="/password"
        )
    if len(kept) > LONGEST:
        raise Refused(
            "password_long", f"Choose a password of at most {LONGEST} characters.", field="/password"
        )
    if obvious(kept) or kept.casefold() in {other.casefold() for other in others}:
        raise Refused(
            "password_obvious",
            "This password is one of the first that somebody would try. Three random words make a good one.",
            field="/password",
        )
    return password


def obvious(password: str) -> bool:
    """Whether a password is tried first by all: a common word and a few digits, a sequence, a repetition."""
    plain = password.casefold()
    stem = plain.rstrip("0123456789!?.,*#$@-_ ")
    repeated = len(set(plain)) < FEWEST_DIFFERENT
    return repeated or stem in OBVIOUS or plain in OBVIOUS or any(plain in sequence for sequence in SEQUENCES)


def hashed(password: str) -> str:
    """What is kept of a password, or of a code short enough to be guessed."""
    with AT_ONCE:
        return HASHER.hash(_same(password))


def matches(kept: str | None, given: str) -> bool:
    """Whether `given` is the password that `kept` was made of. Takes as long where nothing was kept."""
    with AT_ONCE:
        try:
            HASHER.verify(kept or _nobodys(), _same(given[:LONGEST]))
        except (VerificationError, InvalidHashError):
            return False
    return kept is not None


@cache
def _nobodys() -> str:
    """A hash to compare with where there is no account: the answer then takes as long as where there is."""
    return HASHER.hash("nobody has this password")


def _same(password: str) -> str:
    """The same characters, however a keyboard put them together (NIST SP 800-63B, 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)
