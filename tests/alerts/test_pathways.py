from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from alerts.moments import AMBER, RED
from alerts.pathways import PackError, load
from alerts.rules import EVERY, TYPES
from ingest.catalogue import KINDS

PACKS = load()

GOOD = """\
id = "drawn"
name = "Drawn"
version = 1
precedence = 1
source = "A source"
standing = "Unsigned"

[[expects]]
id = "drawn.daily"
kinds = ["glucose"]
fill = "all"
slots = ["08:00-12:00", "18:00-24:00"]
days_of_month = [1, 7]
grace_minutes = 60

[[bounds]]
kind = "glucose"
red_low = 2.9
amber_low = 3.9
reason = "A reason"

[[rule]]
id = "drawn.overdue"
version = 1
type = "overdue"
expects = "drawn.daily"
settles_after = 1
title = "Title"
patient_text = "Text"
team_ask = "Ask"
source = "A source"
standing = "Unsigned"
hazard = "Hazard"
[rule.params]
missed_blue = 2
missed_amber = 3
within_days = 7

[[rule]]
id = "drawn.limits"
version = 2
type = "limits"
kinds = ["glucose"]
settles_after = 2
title = "Title"
patient_text = "Text"
patient_text_red = "Call 999"
team_ask = "Ask"
source = "A source"
standing = "Unsigned"
hazard = "Hazard"
"""

LIMITS = '"glucose"]\nsettles_after = 2'  # where the rule of limits names its kind


def loading(directory: Path, text: str, name: str = "drawn.toml") -> str:
    """What the loader says is wrong."""
    (directory / name).write_text(text, encoding="utf-8")
    with pytest.raises(PackError) as refused:
        load(directory)
    return str(refused.value)


def test_a_good_pack_is_read_as_it_is_written(tmp_path):
    (tmp_path / "drawn.toml").write_text(GOOD, encoding="utf-8")
    packs = load(tmp_path)
    (expectation,) = packs.expectations_for(["drawn"])
    assert [(slot.start_minute, slot.end_minute) for slot in expectation.slots] == [(480, 720), (1080, 1440)]
    assert packs.bounds_for(["drawn"])[KINDS["glucose"].id].four == (2.9, 3.9, None, None)
    assert packs.rule("drawn.overdue").schedule == expectation
    assert packs.rule("drawn.limits").tell_patient(RED) == "Call 999"
    assert packs.rule("drawn.limits").tell_patient(AMBER) == "Text"


@pytest.mark.parametrize(
    ("was", "becomes", "line", "said"),
    [
        ('title = "Title"', 'titel = "Title"', "titel", "`titel` is not known here. Did you mean `title`?"),
        ('title = "Title"\n', "", "[[rule]]", "`title` is missing. Add it."),
        ('team_ask = "Ask"', 'team_ask = "Ask"\nhazards = 1', "hazards", "Did you mean `hazard`?"),
        ("missed_blue = 2", "missed_blu = 2", "missed_blu", "Did you mean `missed_blue`?"),
        ("missed_blue = 2", "missed_blue = 3", "missed_blue", "missed_blue is 1 or more and less than"),
        ("missed_blue = 2", "missed_blue = 2.5", "missed_blue", "must be of type int, not float"),
        ("missed_blue = 2", "missed_blue = true", "missed_blue", "must be of type int, not bool"),
        ('type = "limits"', 'type = "limit"', "type", "Choose from below_mean, blood_pressure_average"),
        (LIMITS, '"sugar"]\nsettles_after = 2', "kinds", "kind sugar is not in the catalogue"),
        (LIMITS, '"fev1", "glucose"]\nsettles_after = 2', "kinds", "type limits takes 1 kind(s), not 2"),
        ("amber_low = 3.9", "amber_low = 2.5", "[[bounds]]", "must rise: red_low < amber_low"),
        ("red_low = 2.9\namber_low = 3.9\n", "", "[[bounds]]", "hold no bound"),
        ('kind = "glucose"', 'kind = "sugar"', "kind", "kind sugar is not in the catalogue"),
        ('id = "drawn.limits"', 'id = "drawn.overdue"', "id", "is taken, in drawn.toml"),
        ('id = "drawn.limits"', 'id = "limits"', "id", "must start with its pathway: drawn."),
        ('patient_text_red = "Call 999"\n', "", "[[rule]]", "`patient_text_red` is missing"),
        ('expects = "drawn.daily"', 'expects = "drawn.weekly"', "expects", "Known: drawn.daily"),
        ('"08:00-12:00"', '"8-12"', "slots", "slot 8-12 is not written like 08:00-12:00"),
        ('"08:00-12:00"', '"12:00-08:00"', "slots", "must end after it starts"),
        ('"08:00-12:00"', '"08:00-19:00"', "slots", "overlap or are out of order"),
        ("[1, 7]", "[7, 1]", "days_of_month", "the first and the last day"),
        ('fill = "all"', 'fill = "most"', "fill", "Write all (of its kinds) or any"),
        ("grace_minutes = 60", "grace_minutes = -1", "grace_minutes", "0 or more"),
        ("settles_after = 2", "settles_after = 0", "settles_after = 0", "1 or more"),
        ("version = 2", "version = 0", "version = 0", "counts from 1"),
        ('team_ask = "Ask"', 'team_ask = " "', "team_ask", "`team_ask` is empty"),
        ('name = "Drawn"', "name = 7", "name", "`name` must be of type str, not int"),
    ],
)
def test_what_is_wrong_is_named_with_file_line_and_fix(tmp_path, was, becomes, line, said):
    assert was in GOOD
    text = GOOD.replace(was, becomes, 1)
    told = loading(tmp_path, text)
    number = re.match(r"drawn\.toml, line (\d+) \(", told)
    assert number, told
    assert text.splitlines()[int(number[1]) - 1].startswith(line)
    assert said in told


def test_what_is_not_toml_is_named(tmp_path):
    assert loading(tmp_path, "id = ").startswith("drawn.toml: not TOML")


def test_a_pack_is_named_for_its_pathway(tmp_path):
    assert "name the file drawn.toml" in loading(tmp_path, GOOD, "other.toml")


def test_a_directory_without_packs_is_refused(tmp_path):
    with pytest.raises(PackError, match="no pack"):
        load(tmp_path)


def test_two_pathways_may_not_claim_a_kind_with_the_same_precedence(tmp_path):
    (tmp_path / "other.toml").write_text(GOOD.replace("drawn", "other"), encoding="utf-8")
    assert "have the same precedence" in loading(tmp_path, GOOD)


def test_the_bounds_of_the_pathway_with_the_highest_precedence_hold():
    oxygen = KINDS["oxygen_saturation"].id
    for pathways in (["virtual_ward", "copd"], ["copd", "virtual_ward"]):
        assert PACKS.bounds_for(pathways)[oxygen].four[:2] == (84, 87)
    assert PACKS.bounds_for(["virtual_ward"])[oxygen].four[:2] == (92, 94)


def test_a_kind_with_bounds_has_a_rule_of_limits_for_whoever_has_them():
    looked_at = {spec.kinds[0] for spec in PACKS.rules if spec.type == "limits" and spec.pathway == EVERY}
    assert looked_at == set(KINDS)


def test_every_pathway_says_that_nobody_has_signed_it():
    for pack in PACKS.by_id.values():
        assert "No clinician has signed" in pack.standing
        assert all("No clinician has signed" in rule.standing for rule in pack.rules)


def test_what_a_patient_reads_while_red_says_whom_to_call():
    for spec in PACKS.rules:
        if spec.patient_text_red is not None and not spec.id.startswith("every.weight"):
            assert "999" in spec.patient_text_red, spec.id


@pytest.mark.parametrize("spec", PACKS.rules, ids=lambda spec: spec.id)
def test_a_rule_is_pinned_whole(spec):
    assert json.loads(json.dumps(spec.body())) == spec.body()
    assert spec.body()["params"]
    assert re.fullmatch("[0-9a-f]{64}", spec.sha256())
    assert spec.sha256() == load().rule(spec.id).sha256()


def test_rules_that_differ_have_different_fingerprints():
    assert len({spec.sha256() for spec in PACKS.rules}) == len(PACKS.rules)


def test_every_type_of_rule_is_in_use():
    assert {spec.type for spec in PACKS.rules} == set(TYPES)


def test_a_rule_that_nobody_wrote_is_not_found():
    with pytest.raises(KeyError, match="nobody"):
        PACKS.rule("every.nobody")
