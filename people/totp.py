"""One-time codes from a member of staff's authenticator app (RFC 6238: six digits, steps of 30 seconds)."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

import pyotp

if TYPE_CHECKING:
    from datetime import datetime

STEP = 30  # seconds
ISSUER = "Telehealth"


def new_secret() -> str:
    """A secret that the app and the service share, in base32."""
    return pyotp.random_base32()


def uri(email: str, secret: str) -> str:
    """What the app reads, as text or as a QR code. Shown once, to its owner."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def code(secret: str, at: datetime) -> str:
    """The code that the app shows at this moment."""
    return pyotp.TOTP(secret).generate_otp(int(at.timestamp()) // STEP)


def step_of(secret: str, given: str, at: datetime) -> int | None:
    """Which step this code is of: the present one or a neighbour, for clocks differ; None if of neither."""
    now = int(at.timestamp()) // STEP
    digits = "".join(character for character in given if not character.isspace())
    found = None
    for step in (now - 1, now, now + 1):  # all three always, so that time tells nothing
        if hmac.compare_digest(pyotp.TOTP(secret).generate_otp(step).encode(), digits.encode()):
            found = step
    return found
