"""NHS numbers: ten digits, the last of which checks the other nine."""

from __future__ import annotations

import re

from nhs_number.validate import is_valid

from foundation.errors import Refused

_TEN_DIGITS = re.compile(r"[0-9]{10}", re.ASCII)

# These pass the check digit and are what people type to get past a form (clinical notes, section 6).
_MADE_UP = frozenset({str(digit) * 10 for digit in range(10)} | {"9876543210"})


def parse(text: str) -> str:
    """The ten digits, without spaces. Refused `nhs_number_invalid`.

    Numbers from 9000000000 up are never given to a person; they are taken, because test patients have them.
    """
    digits = text.replace(" ", "")
    if not _TEN_DIGITS.fullmatch(digits) or digits in _MADE_UP or not is_valid(digits):
        raise Refused(
            "nhs_number_invalid",
            "This is not an NHS number. It has ten digits; check each of them.",
            field="patient",
        )
    return digits


def shown(digits: str) -> str:
    """As people read it: 999 000 0018."""
    return f"{digits[:3]} {digits[3:6]} {digits[6:]}"
