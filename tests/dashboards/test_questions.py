"""What is asked, how answers travel, and what they become."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from alerts import pathways
from dashboards.questions import (
    MISSING,
    OXYGEN,
    PRESSURE,
    QUESTIONS,
    Answers,
    asked_for,
    body,
    look,
    mistakes,
)
from dashboards.seen.today import Came, day_of
from dashboards.seen.walk import answers_seen, item_words, sent_seen
from ingest.catalogue import KINDS
from ingest.meaning import _MEANINGS
from ingest.uploads import Told

AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)  # a Friday, and not in the month's first week
PACKS = pathways.load()


def came(kind, value, *, hours_ago=1.0):
    at = AT - timedelta(hours=hours_ago)
    return Came(kind, at, at, value)


def states(*on, readings=(), at=AT, welcome=(), paused=False):
    day = day_of(PACKS.expectations_for(on), welcome, readings, at, paused=paused)
    return {item.slug: item.state for item in day.items}


@pytest.mark.parametrize(
    ("kinds", "asked"),
    [
        ({"systolic", "diastolic"}, {"blood-pressure": ("systolic", "diastolic")}),
        ({"systolic", "heart_rate"}, {"blood-pressure": ("systolic", "diastolic", "heart_rate")}),
        ({"oxygen_saturation", "heart_rate"}, {"oxygen": ("oxygen_saturation", "heart_rate")}),
        ({"heart_rate"}, {"pulse": ("heart_rate",)}),
        ({"interstitial_glucose", "steps", "news2"}, {}),
    ],
)
def test_each_kind_is_asked_for_once(kinds, asked):
    assert {slug: one.needed for slug, one in asked_for(kinds).items()} == asked


def test_pulse_is_on_one_screen_only():
    both = asked_for({"systolic", "oxygen_saturation", "heart_rate"})
    assert sum("heart_rate" in one.kinds for one in both.values()) == 1


def test_a_daily_schedule_is_due_until_all_of_it_came():
    assert states("heart_failure") == {"blood-pressure": "due", "weight": "due"}
    some = [came("systolic", 128), came("diastolic", 82)]
    assert states("heart_failure", readings=some)["blood-pressure"] == "due"  # its pulse is missing
    assert states("heart_failure", readings=[*some, came("heart_rate", 70)])["blood-pressure"] == "sent"


def test_any_of_two_is_enough_where_the_schedule_says_so():
    assert states("diabetes")["blood-sugar"] == "due"
    assert states("diabetes", readings=[came("interstitial_glucose", 7.1)])["blood-sugar"] == "sent"


def test_a_slot_that_went_by_empty_is_late_until_something_comes():
    one = next(one for one in PACKS.expectations_for(["virtual_ward"]))
    assert len(one.slots) == 3
    morning = [came("oxygen_saturation", 96, hours_ago=2), came("heart_rate", 70, hours_ago=2)]
    assert states("virtual_ward", readings=morning)["oxygen"] == "sent"
    afternoon = AT.replace(hour=13)
    assert states("virtual_ward", readings=morning, at=afternoon)["oxygen"] == "due"


def test_a_monthly_week_is_not_asked_for_outside_it():
    assert states("hypertension")["blood-pressure"] == "optional"
    assert states("hypertension", at=datetime(2026, 11, 3, 9, tzinfo=UTC))["blood-pressure"] == "due"


def test_nothing_is_due_in_a_pause():
    assert set(states("heart_failure", paused=True).values()) == {"optional"}


def test_what_the_team_set_a_range_for_can_also_be_sent():
    assert states("hypertension", welcome=["body_temperature", "news2"])["temperature"] == "optional"


def test_answers_come_back_out_of_the_hidden_fields_they_travel_in():
    answers = Answers().answered(PRESSURE, {"systolic": "128", "diastolic": "82"}, AT).skipping(OXYGEN)
    assert Answers.of(answers.pairs()) == answers


def test_what_is_no_answer_does_not_travel():
    answers = Answers.of(
        [
            ("csrf", "x"),
            ("systolic", " 128 "),
            ("at.nowhere", "x"),
            ("skipped", "nothing"),
            ("body_weight", ""),
        ]
    )
    assert answers.pairs() == (("systolic", "128"),)


def test_the_same_answers_make_the_same_upload_and_each_tells_when_it_was_given():
    answers = Answers().answered(PRESSURE, {"systolic": "128", "diastolic": "82", "heart_rate": "70"}, AT)
    assert body(answers, AT) == body(answers, AT + timedelta(hours=1))
    (item,) = json.loads(body(answers, AT))["readings"]
    assert item == {
        "kind": "blood_pressure",
        "value": {"systolic": "128", "diastolic": "82", "heart_rate": "70"},
        "unit": "mmHg",
        "measured_at": "2026-11-20T09:00:00+00:00",
        "provenance": "patient_typed",
    }


def possible(name):
    """What somebody could answer: the first answer, or a number in the middle of what is not asked about again."""
    kind = KINDS[name]
    if kind.answers:
        return kind.answers[0]
    low = kind.reject_below if kind.confirm_below is None else kind.confirm_below
    high = kind.reject_above if kind.confirm_above is None else kind.confirm_above
    return f"{(low + high) / 2:.{kind.decimals}f}"


@pytest.mark.parametrize("slug", QUESTIONS)
def test_every_question_makes_items_that_intake_takes(slug):
    question = QUESTIONS[slug]
    values = {kind: possible(kind) for kind in question.kinds}
    assert mistakes(question, values, AT) == {}
    (seen,) = answers_seen(Answers().answered(question, values, AT), AT)
    assert (seen.title, seen.slug) == (question.title, slug)


@pytest.mark.parametrize(
    ("slug", "typed", "where", "said"),
    [
        ("weight", {"body_weight": "84,6"}, "body_weight", "with a point"),
        ("weight", {"body_weight": "lots"}, "body_weight", "one number"),
        ("weight", {}, "body_weight", MISSING),
        ("weight", {"body_weight": "8"}, "body_weight", "Too light"),
        ("weight", {"body_weight": "\0"}, "body_weight", "character"),
        ("blood-pressure", {"systolic": "82", "diastolic": "128"}, "diastolic", "swapped"),
        ("blood-pressure", {"systolic": "128"}, "diastolic", MISSING),
        (
            "blood-pressure",
            {"systolic": "128", "diastolic": "82", "heart_rate": "7"},
            "heart_rate",
            "cannot be",
        ),
        ("breathlessness", {"breathlessness": "maybe"}, "breathlessness", "one of"),
    ],
)
def test_a_slip_is_said_at_its_own_field(slug, typed, where, said):
    found = mistakes(QUESTIONS[slug], typed, AT)
    assert list(found) == [where]
    assert said in found[where]


def test_an_odd_answer_is_taken_with_a_warning():
    assert mistakes(QUESTIONS["oxygen"], {"oxygen_saturation": "84"}, AT) == {}
    (seen,) = answers_seen(Answers().answered(OXYGEN, {"oxygen_saturation": "84"}, AT), AT)
    assert "measure again" in seen.warning
    assert look(Answers(), AT).items == {}


def test_what_it_means_comes_first_and_then_what_to_do():
    for found in _MEANINGS.values():
        told = Told(
            {"kind": "body_weight", "value": "80"},
            {"verdict": "stored", "level": found.level, "meaning": f"{found.text} {found.do}"},
        )
        (seen,) = sent_seen([told])
        assert (seen.sentence, seen.advice) == (found.text, found.do)


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        (
            "blood_pressure",
            {"systolic": "128", "diastolic": "82", "heart_rate": "70"},
            "128/82 mmHg, pulse 70",
        ),
        ("heart_rate", "70", "70 /min"),
        ("body_weight", "84.6", "84.6 kg"),
        ("body_weight", "84,6", "84,6"),
        ("sputum", "changed_colour", "another colour"),
        ("blood_pressure", {"systolic": "1 2", "diastolic": "x"}, "1 2/x"),
    ],
)
def test_a_sent_value_is_said_as_people_say_it(kind, value, said):
    assert item_words({"kind": kind, "value": value}) == said
