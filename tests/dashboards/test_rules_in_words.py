"""What rules do, what their numbers mean and what a backtest found, in words for people who have read no pack."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alerts import pathways
from alerts.rules import TYPES
from alerts.rules.changed import numbers
from dashboards.presenters import backtests, quality, rule_words, rules
from dashboards.seen.rule_lives import readable
from tests.dashboards import made_up as m
from tests.dashboards import made_up_backtests as b
from tests.dashboards import made_up_rules as r

RULES = pathways.load().rules


def sentence(**found):
    return backtests.present(replace(b.DONE, found=replace(b.FOUND, **found))).sentence


@pytest.mark.parametrize("type_", TYPES)
def test_every_type_of_rule_says_in_one_sentence_what_it_does(type_):
    assert rule_words.does(type_, ["Heart rate"]).endswith(".")


def test_every_number_that_a_shipped_rule_has_is_known_by_a_word_of_its_own():
    unknown = {
        (rule.type, number.name)
        for rule in RULES
        for number in numbers(rule)
        if number.name not in rule_words.NUMBERS and (rule.type, number.name) not in rule_words.OF_TYPE
    }
    assert unknown == set()


def test_no_two_numbers_of_one_rule_are_called_the_same():
    for rule in RULES:
        labels = [rule_words.word(number.name, rule.type).label for number in numbers(rule)]
        assert len(set(labels)) == len(labels), rule.id


@pytest.mark.parametrize(
    ("said", "unit", "shown"),
    [("72", "hours", "72 hours"), ("1", "days", "1 day"), ("4", "%", "4%"), ("none", "days", "none"), ("3.5", "", "3.5"),
     ("2, 4, 7", "days", "2, 4, 7 days")],
)  # fmt: skip
def test_a_number_is_shown_with_its_unit(said, unit, shown):
    assert rule_words.valued(said, unit) == shown


def test_a_difference_between_percentages_is_told_in_points():
    assert rule_words.word("own_low", "limits", "%").unit == "points"
    assert rule_words.word("above", "over_oxygenation", "%").unit == "%"


def test_a_backtest_says_first_what_the_change_would_have_meant():
    assert sentence() == (
        "Over the 90 days to 20 Nov 2026 this change would have raised 12 alerts about 7 of your 200 patients, 2 more than "
        "today's rule. 1 alert of today's rule would not have been raised, and 3 would be new."
    )


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"alerts": 4, "both": 4, "lost": 6}, "6 fewer than today's rule. 6 alerts of today's rule would not have been"),
        ({"alerts": 10, "both": 10, "lost": 0}, "as many as today's rule. No alert would have been lost, and none would be"),
        ({"compared": False}, "the rule as it runs today would have raised 12 alerts"),
        ({"compared": False, "runs": False}, "No version of it runs today."),
        ({"of": 0}, "about none of your patients"),
        ({"alerts": 0, "about": 0, "both": 0, "lost": 10}, "raised 0 alerts, 10 fewer than today's rule."),
    ],
)  # fmt: skip
def test_a_backtest_says_what_would_be_lost_and_against_what_it_is_held(found, said):
    assert said in sentence(**found)


def test_where_new_and_lost_do_not_add_up_the_page_says_why():
    assert backtests.uneven(b.FOUND) == ""
    assert "two shorter ones" in backtests.uneven(replace(b.FOUND, lost=2))


def test_a_version_that_waits_says_its_next_step_and_who_may_take_it():
    draft = rules.present_one(r.one(r.DRAFT), m.staff()).others[0]
    assert "a clinician or a lead tries it in shadow" in draft.next
    assert draft.path[0] == ("Draft", "here")
    proposed = rules.present_one(r.one(r.PROPOSED), m.staff()).others[0]
    assert proposed.next == "Next step: a lead other than Nia Nurse approves it, or retires it."
    assert proposed.path == (("Draft", "done"), ("In shadow", "done"), ("Proposed", "here"), ("Active", ""))


def test_a_draft_proposed_at_once_was_never_in_shadow():
    straight = replace(r.PROPOSED, life="draft", shadow=None)
    (card,) = rules.present_one(r.one(straight), m.staff()).others
    assert card.path[1] == ("In shadow", "")


def test_alert_quality_says_in_one_sentence_what_alerts_led_to_and_whether_anybody_could_go_unseen():
    told = quality.present(r.QUALITY, m.staff()).sentence
    assert told.startswith(
        "In the last 90 days 1,247 alerts were raised. Of the 1,140 that somebody resolved, 704 led to"
    )
    assert told.endswith("Somebody could go unseen: see below who, and what to do.")
    none = quality.present(r.NO_QUALITY, m.staff()).sentence
    assert none == "In the last 90 days 0 alerts were raised. Nobody was found who could go unseen."


@pytest.mark.parametrize(
    ("name", "said", "shown"),
    [
        ("kinds", "heart_rate, fev1", "Heart rate, FEV1"),
        (
            "schedule.slots",
            "end minute 720; start minute 990, end minute 1440",
            "until 12:00; from 16:30, until 24:00",
        ),
        ("params.signals", "kind heart_rate, harm up, spread 5", "Heart rate, worse when higher, spread 5"),
        ("params.trait", "best_peak_flow", "Best peak flow"),
        ("patient_text", "Your heart_rate is high.", "Your heart_rate is high."),
    ],
)
def test_what_a_number_says_is_in_the_words_of_the_pages(name, said, shown):
    assert readable(name, said) == shown
