"""What differs between two versions of a rule, thing by thing."""

from __future__ import annotations

from dataclasses import replace

from alerts.pathways import load
from alerts.rule_differences import Difference, differences, said
from tests.alerts.rule_changes import PACKS, RULE, newer


def test_nothing_differs_between_a_rule_and_itself_but_for_its_version():
    spec = PACKS.rule(RULE)
    assert differences(spec.body(), replace(spec, version=9).body()) == []


def test_each_number_and_word_that_differs_is_named_with_both_values():
    spec = PACKS.rule(RULE)
    other = replace(newer(needs_amber_low=3, within_hours=24.5), title="Another", patient_text_red=None)
    assert differences(spec.body(), other.body()) == [
        Difference("params.needs_amber_low", "2", "3"),
        Difference("params.within_hours", "72", "24.5"),
        Difference("title", spec.title, "Another"),
        Difference("patient_text_red", spec.patient_text_red, None),
    ]


def test_every_rule_is_said_without_the_marks_of_a_program():
    for spec in load().rules:
        for name, value in spec.body().items():
            assert not set(said(value)) & set('{}[]"'), (spec.id, name)
