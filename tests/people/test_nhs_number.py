from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import Refused
from people.nhs_number import parse, shown

# Clinical notes, section 6.
VALID = ["9990000018", "9990000026", "9434765919", "6541003238", "4010232137", "9990000050"]
MADE_UP = [*(str(digit) * 10 for digit in range(10)), "9876543210"]


@pytest.mark.parametrize("number", VALID)
def test_a_number_is_taken_with_and_without_spaces(number):
    assert parse(number) == number
    assert parse(f" {shown(number)} ") == number


@pytest.mark.parametrize(
    "text",
    [
        *MADE_UP,
        "1234567890",
        "9990000017",
        "999000001",
        "99900000180",
        "999-000-0018",
        "٩٩٩٠٠٠٠٠١٨",
        "999000001x",
        "",
        "9990000018\n",
        "9990000018\0",
    ],
)
def test_what_is_no_nhs_number_is_refused_without_repeating_it(text):
    with pytest.raises(Refused) as refused:
        parse(text)
    assert refused.value.code == "nhs_number_invalid"
    assert not text or text not in refused.value.sentence


@given(st.text())
def test_any_text_is_ten_digits_or_refused(text):
    try:
        number = parse(text)
    except Refused:
        return
    assert len(number) == 10


@given(st.sampled_from(VALID), st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(number, place, more):
    wrong = (int(number[place]) + more) % 10
    with pytest.raises(Refused):
        parse(f"{number[:place]}{wrong}{number[place + 1 :]}")


def test_it_is_shown_in_three_groups():
    assert shown("9990000018") == "999 000 0018"
