from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.items import Item
from ingest.plausibility import judge

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def pulse(value, minute=0):
    return Item(
        kind="heart_rate", value=float(value), unit="bpm", measured_at=f"2026-11-23T08:{minute:02d}:00Z"
    )


def pressure(systolic, diastolic, **more):
    value = {"systolic": float(systolic), "diastolic": float(diastolic), **more}
    return Item(kind="blood_pressure", value=value, unit="mmHg", measured_at="2026-11-23T08:00:00Z")


def told(*items):
    """One letter an item: Stored, Held, Duplicate."""
    judged = judge(items, received_at=NOW)
    letters = dict.fromkeys(judged.index, "S")
    letters |= {held.index: "H" for held in judged.held} | {same.index: "D" for same in judged.duplicates}
    return "".join(letters[index] for index in range(len(items)))


@pytest.mark.parametrize(
    ("items", "found"),
    [
        ((pulse(70), pulse(70)), "SD"),
        ((pulse(70), pulse(70, minute=1)), "SS"),
        ((pulse(70), pulse(71)), "SH"),
        ((pulse(70), pulse(71), pulse(70), pulse(71)), "SHDH"),
        ((pulse(200), pulse(70)), "HH"),
        ((pulse(200), pulse(200)), "HD"),
        ((pulse(70), pulse(200)), "SH"),
        ((pressure(120, 80), pressure(120, 80)), "SD"),
        ((pressure(120, 80), pressure(120, 81)), "SH"),
        ((pressure(120, 80), pressure(120, 80, heart_rate=70.0)), "SS"),
        ((pressure(120, 80, heart_rate=70.0), pulse(70)), "SD"),
        ((pressure(120, 80, heart_rate=70.0), pulse(71)), "SH"),
        ((pulse(71), pressure(120, 80, heart_rate=70.0)), "SH"),
    ],
)
def test_the_same_moment_twice_in_one_upload(items, found):
    assert told(*items) == found


def test_a_duplicate_names_the_item_it_repeats():
    judged = judge([pulse(70), pulse(80, 1), pulse(80, 1), pulse(70)], received_at=NOW)
    assert [(one.index, one.of_index) for one in judged.duplicates] == [(2, 1), (3, 0)]


def test_another_value_keeps_its_rows_for_the_person_who_decides():
    judged = judge([pulse(70), pulse(71)], received_at=NOW)
    held = judged.held[0]
    assert held.code == "two_values_for_one_moment"
    assert [row.value for row in held.rows] == [71.0]


def test_what_is_held_for_itself_keeps_its_own_reason():
    judged = judge([pulse(70), pulse(200)], received_at=NOW)
    assert [held.code for held in judged.held] == ["unusual_value"]


def test_a_panel_that_adds_a_number_stores_that_number_only():
    judged = judge([pressure(120, 80), pressure(120, 80, heart_rate=70.0)], received_at=NOW)
    assert list(zip(judged.index, judged.kind_id, strict=True)) == [(0, 1), (0, 2), (1, 3)]


@given(st.lists(st.builds(pulse, st.sampled_from([70, 71, 200]), st.integers(0, 3)), max_size=10))
def test_each_moment_is_stored_once_at_most_with_the_first_value_said(items):
    judged = judge(items, received_at=NOW)
    assert len(set(judged.measured_at)) == len(judged.measured_at)
    for index, at, value in zip(judged.index, judged.measured_at, judged.value, strict=True):
        said = [item.value for item in items if datetime.fromisoformat(item.measured_at) == at]
        assert value == said[0] == items[index].value
