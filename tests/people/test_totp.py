from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from people import totp

# RFC 6238, appendix B: the secret in base32, and the last six of its eight digits.
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
VECTORS = [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037")]
AT = datetime(2026, 11, 20, 9, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(("second", "code"), VECTORS)
def test_codes_are_those_of_the_standard(second, code):
    at = datetime.fromtimestamp(second, UTC)
    assert totp.code(SECRET, at) == code
    assert totp.step_of(SECRET, code, at) == second // 30


@pytest.mark.parametrize(
    ("seconds", "found"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)]
)
def test_a_clock_may_be_one_step_off(seconds, found):
    code = totp.code(SECRET, AT + timedelta(seconds=seconds))
    assert (totp.step_of(SECRET, code, AT) is not None) is found


def test_a_code_may_be_typed_with_a_space():
    code = totp.code(SECRET, AT)
    assert totp.step_of(SECRET, f" {code[:3]} {code[3:]} ", AT) is not None


@pytest.mark.parametrize("wrong", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦"])
def test_what_is_no_code_is_of_no_step(wrong):
    assert totp.step_of(SECRET, wrong, AT) is None


def test_two_people_share_no_secret():
    assert totp.new_secret() != totp.new_secret()


def test_an_authenticator_app_reads_the_address():
    told = totp.uri("sam@example.org", SECRET)
    assert told.startswith("otpauth://totp/Telehealth:sam%40example.org?")
    assert f"secret={SECRET}" in told
