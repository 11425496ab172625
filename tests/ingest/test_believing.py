"""A repeat that says the same as an odd value is believed; one that does not, or comes another day, is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.believing import NEAR, SOON, Item, Said, Value, spans
from ingest.catalogue import KINDS

OXYGEN, PULSE = KINDS["oxygen_saturation"].id, KINDS["heart_rate"].id
UPPER, LOWER = KINDS["systolic"].id, KINDS["diastolic"].id
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def odd(minutes: float, value: float, kind: int = OXYGEN) -> Item:
    return (Value(kind, NOON + timedelta(minutes=minutes), value),)


def pressure(minutes: float, upper: float, lower: float, pulse: float | None = None) -> Item:
    parts = {UPPER: upper, LOWER: lower} | ({} if pulse is None else {PULSE: pulse})
    return tuple(Value(kind, NOON + timedelta(minutes=minutes), value) for kind, value in parts.items())


def believed(*items: Item) -> list[Item]:
    said = Said(items)
    return [item for item in items if said.believed(item)]


def test_a_repeat_that_says_the_same_is_believed_and_the_first_is_not():
    assert believed(odd(0, 82), odd(5, 83)) == [odd(5, 83)]


def test_the_first_speaks_for_the_second_also_when_it_comes_after_it():
    assert believed(odd(5, 83), odd(0, 82)) == [odd(5, 83)]


def test_of_a_run_each_is_believed_by_the_one_before_it():
    run = [odd(40 * n, 82) for n in range(5)]
    assert believed(*run) == run[1:]


def test_a_repeat_that_says_something_else_waits_too():
    assert believed(odd(0, 85), odd(5, 70)) == []


def test_what_says_something_else_does_not_outweigh_what_says_the_same():
    assert believed(odd(0, 84), odd(3, 70), odd(5, 83)) == [odd(5, 83)]


@pytest.mark.parametrize(("minutes", "count"), [(60, 1), (60.01, 0), (24 * 60, 0)])
def test_a_repeat_comes_within_the_hour(minutes, count):
    assert len(believed(odd(0, 82), odd(minutes, 82))) == count


def test_a_value_does_not_confirm_itself_when_it_is_sent_again():
    assert believed(odd(0, 82), odd(0, 82)) == []


def test_another_kind_says_nothing():
    assert believed(odd(0, 82, PULSE), odd(5, 82)) == []


def test_a_panel_is_believed_by_one_that_says_the_same_of_all_they_have_in_common():
    assert believed(pressure(0, 210, 110), pressure(5, 212, 112, 70)) == [pressure(5, 212, 112, 70)]
    assert believed(pressure(0, 210, 110), pressure(5, 212, 140)) == []
    assert believed(odd(0, 210, UPPER), pressure(5, 212, 140)) == [pressure(5, 212, 140)]
    # Each number said by another one: nobody measured this pressure twice.
    assert believed(pressure(0, 210, 110), pressure(3, 250, 140), pressure(5, 212, 141)) == []


@st.composite
def an_item(draw: st.DrawFn) -> Item:
    minutes = draw(st.integers(0, 300))
    if draw(st.booleans()):
        return odd(minutes, draw(st.integers(75, 87)), draw(st.sampled_from([OXYGEN, PULSE])))
    return pressure(
        minutes,
        draw(st.integers(200, 240)),
        draw(st.integers(100, 140)),
        draw(st.none() | st.integers(75, 87)),
    )


def naively(items: list[Item]) -> list[Item]:
    def same(item: Item, before: Item) -> bool:
        soon = timedelta() < item[0].measured_at - before[0].measured_at <= SOON
        pairs = [(one, two) for one in item for two in before if one.kind_id == two.kind_id]
        return soon and pairs != [] and all(abs(o.value - t.value) <= NEAR * o.value for o, t in pairs)

    return [item for item in items if any(same(item, before) for before in items)]


@given(items=st.lists(an_item(), max_size=12), chance=st.randoms())
def test_who_is_believed_is_the_same_in_any_order_and_grows_with_what_comes(items, chance):
    found = believed(*items)
    assert found == naively(items)
    shuffled = chance.sample(items, len(items))
    assert sorted(believed(*shuffled)) == sorted(found)
    assert set(believed(*items[: len(items) // 2])) <= set(found)


def test_stretches_to_look_in_are_joined_where_they_touch():
    hours = [NOON + timedelta(hours=hour) for hour in (9, 0, 2, 5)]
    assert [((a - NOON) / SOON, (b - NOON) / SOON) for a, b in spans(hours)] == [(-1, 3), (4, 6), (8, 10)]
    assert spans([]) == []
