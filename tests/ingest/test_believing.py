"""A repeat that says the same as an odd value is believed; one that does not, or comes another day, is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from ingest.believing import believe_repeats
from ingest.catalogue import KINDS
from ingest.judged import Held, Judged, Row

OXYGEN = KINDS["oxygen_saturation"].id
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def odd(minutes: float, value: float, index: int = 0, code: str = "unusual_value") -> Held:
    return Held(
        index, [Row(OXYGEN, NOON + timedelta(minutes=minutes), 0, value, None, 1)], code, "Measure again."
    )


def judged(*held: Held) -> Judged:
    made = Judged()
    made.held = list(held)
    return made


def test_a_repeat_that_says_the_same_is_stored():
    one = judged(odd(5, 83))
    believe_repeats(one, [(OXYGEN, NOON, 82.0)])
    assert (one.held, one.value) == ([], [83])


def test_a_repeat_that_says_something_else_waits_too():
    one = judged(odd(5, 70))
    believe_repeats(one, [(OXYGEN, NOON, 85.0)])
    assert (len(one.held), one.value) == (1, [])


def test_another_days_odd_value_is_no_repeat():
    one = judged(odd(61, 82))
    believe_repeats(one, [(OXYGEN, NOON, 82.0)])
    assert len(one.held) == 1


def test_a_value_does_not_confirm_itself_when_it_is_sent_again():
    one = judged(odd(0, 82))
    believe_repeats(one, [(OXYGEN, NOON, 82.0)])
    assert len(one.held) == 1


def test_two_in_one_upload_are_first_held_and_then_believed_whatever_their_order():
    one = judged(odd(5, 83, index=0), odd(0, 82, index=1))
    believe_repeats(one, [])
    assert ([held.index for held in one.held], one.index) == ([1], [0])


def test_a_disputed_moment_is_not_settled_by_a_neighbour():
    one = judged(odd(5, 82, code="two_values_for_one_moment"))
    believe_repeats(one, [(OXYGEN, NOON, 82.0)])
    assert len(one.held) == 1


def test_another_kind_says_nothing():
    one = judged(odd(5, 82))
    believe_repeats(one, [(KINDS["heart_rate"].id, NOON, 82.0)])
    assert len(one.held) == 1
