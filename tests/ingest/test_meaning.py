from __future__ import annotations

import re

import pytest

from ingest.catalogue import KINDS
from ingest.meaning import Bounds, Meaning, meaning, worst

BOUNDS = Bounds(red_low=92, amber_low=94, amber_high=98, red_high=99)
EVERY = [
    (kind, level, meaning(kind, value, bounds, held=held))
    for kind in KINDS.values()
    for held in (False, True)
    for value, level, bounds in (
        (90, "red", BOUNDS),
        (93, "amber", BOUNDS),
        (96, "in_range", BOUNDS),
        (98, "amber", BOUNDS),
        (99, "red", BOUNDS),
        (96, "no_range", None),
        (96, "no_range", Bounds()),
    )
]


@pytest.mark.parametrize(
    ("value", "level"),
    [
        (92, "red"),
        (92.1, "amber"),
        (94, "amber"),
        (94.1, "in_range"),
        (97.9, "in_range"),
        (98, "amber"),
        (98.9, "amber"),
        (99, "red"),
    ],
)
def test_a_bound_belongs_to_its_colour(value, level):
    assert meaning(KINDS["oxygen_saturation"], value, BOUNDS).level == level


@pytest.mark.parametrize(
    ("bounds", "low", "high"),
    [
        (Bounds(red_low=92), "red", "in_range"),
        (Bounds(amber_low=92), "amber", "in_range"),
        (Bounds(amber_high=92), "in_range", "amber"),
        (Bounds(red_high=92), "in_range", "red"),
        (Bounds(red_low=0.0), "in_range", "in_range"),
    ],
)
def test_a_bound_that_nobody_set_says_nothing(bounds, low, high):
    kind = KINDS["oxygen_saturation"]
    assert (meaning(kind, 91, bounds).level, meaning(kind, 93, bounds).level) == (low, high)


def test_every_kind_level_and_side_has_words():
    for _, level, found in EVERY:
        assert found.level == level
        assert found.text.endswith(".")
        assert found.do.endswith(".")


def test_every_red_says_999_and_that_nobody_may_look_at_once():
    for kind, level, found in EVERY:
        if level == "red":
            assert "999" in found.do, kind.name
            assert "not an emergency service" in found.do, kind.name
            assert "nobody may look at this at once" in found.do, kind.name


def test_every_answer_says_where_to_turn_when_unwell():
    for kind, level, found in EVERY:
        assert re.search(r"\b(999|111)\b", found.do), (kind.name, level)


def test_low_oxygen_says_what_covid_oximetry_at_home_said():
    red = meaning(KINDS["oxygen_saturation"], 92, BOUNDS)
    amber = meaning(KINDS["oxygen_saturation"], 93, BOUNDS)
    assert red.text == "Your oxygen level is much lower than the range your team set for you."
    assert "call 999 or go to A&E" in red.do
    assert "call your GP or 111 today" in amber.do


def test_low_sugar_says_eat_first():
    for level_value in (2.9, 3.9):
        found = meaning(KINDS["glucose"], level_value, Bounds(red_low=3.0, amber_low=3.9))
        assert found.do.startswith("Eat or drink 15 to 20 grams of sugar now")


def test_a_held_reading_asks_for_another_but_never_before_an_emergency():
    red = meaning(KINDS["oxygen_saturation"], 90, BOUNDS, held=True)
    fine = meaning(KINDS["oxygen_saturation"], 96, BOUNDS, held=True)
    assert red.do.endswith("Please rest, measure again in 5 minutes and send it.")
    assert fine.do.startswith("Please rest, measure again in 5 minutes and send it.")


def test_an_answer_is_not_called_high_or_low():
    found = meaning(KINDS["breathlessness"], 2, Bounds(amber_high=2))
    assert found.text == "Your answer about your breathing is one your team wants to know about."


def test_sentences_are_short_enough_for_a_child_of_ten():
    for kind, _, found in EVERY:
        for sentence in re.split(r"(?<=[.:;]) ", f"{found.text} {found.do}"):
            assert len(sentence.split()) <= 25, (kind.name, sentence)


def test_the_worst_of_a_panel_is_shown():
    red, amber, fine, unknown = (
        Meaning(level, level, "") for level in ("red", "amber", "in_range", "no_range")
    )
    assert worst([fine, amber, red]) is red
    assert worst([fine, unknown]) is unknown
    assert worst([fine, Meaning("in_range", "second", "")]) is fine
