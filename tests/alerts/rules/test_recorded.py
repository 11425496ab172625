"""A rule comes back from its record as it was put there, and what cannot be run again says so."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from alerts import pathways
from alerts.rules.recorded import CannotRunError, spec_of

PACKS = pathways.load()


@pytest.mark.parametrize("rule", [spec.id for spec in PACKS.rules])
def test_every_rule_comes_back_from_its_record(rule):
    spec = PACKS.rule(rule)
    back = spec_of(json.loads(json.dumps(spec.body())))
    assert back == spec
    assert back.sha256() == spec.sha256()


def body(**changed):
    return PACKS.rule("every.oxygen_limits").body() | changed


def test_a_number_that_the_type_has_got_since_keeps_its_default():
    old = body()
    del old["params"]["within_hours"]
    assert spec_of(old).params == replace(PACKS.rule("every.oxygen_limits").params, within_hours=72)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"type": "astrology"}, "type astrology"),
        ({"kinds": ["humours"]}, "looks at humours"),
        ({"params": {"moon": 1}}, "has moon"),
        ({"params": {"needs_red_low": 0}}, "1 or more"),
        ({"colour": "blue"}, "has colour"),
    ],
)
def test_what_this_program_cannot_run_is_named_and_not_left_out(changed, said):
    with pytest.raises(CannotRunError, match=said):
        spec_of(body(**changed))
