"""Packs that cannot be used stop no checking where rules are on record, and say what is wrong with them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from alerts import packs, pathways
from alerts.pathways import PackError
from foundation import database as engines
from service import rules_list
from tests.alerts.rule_changes import PACKS, RULE, newer, on_record, running, with_rule
from tests.builders import NOW

SHIPPED = Path(pathways.__file__).parent


@pytest.fixture
def folder(database, tmp_path, monkeypatch):
    """The shipped packs in a folder of their own, which the settings name."""
    made = tmp_path / "packs"
    made.mkdir()
    for file in SHIPPED.glob("*.toml"):
        shutil.copy(file, made)
    monkeypatch.setenv("TELEHEALTH_PATHWAYS", str(made))
    engines.forget()
    return made


def changed(folder, was, becomes):
    file = folder / "copd.toml"
    text = file.read_text(encoding="utf-8")
    assert was in text
    file.write_text(text.replace(was, becomes, 1), encoding="utf-8")


def test_packs_are_put_on_record_and_nothing_is_wrong(folder):
    read, problem = packs.put_on_record(NOW)
    assert (len(read.starting), problem) == (len(running().active), "")


def test_a_pack_that_cannot_be_read_leaves_what_is_on_record_running(folder):
    packs.put_on_record(NOW)
    before = running()
    changed(folder, 'type = "signs"', 'type = "signz"')
    read, problem = packs.put_on_record(NOW)
    assert read.rules == ()
    assert problem.startswith("copd.toml, line ")
    assert "`type` signz is not known" in problem
    assert running() == before


def test_a_rule_changed_in_place_leaves_what_is_on_record_running(folder):
    packs.put_on_record(NOW)
    changed(folder, "settles_after = 2", "settles_after = 9")
    read, problem = packs.put_on_record(NOW)
    assert read.rules == ()
    assert "Raise its version in the pack." in problem


def test_where_nothing_is_on_record_packs_that_cannot_be_read_are_an_error(folder):
    changed(folder, 'type = "signs"', 'type = "signz"')
    with pytest.raises(PackError, match="No rule is on record, so nothing can be checked"):
        packs.put_on_record(NOW)


def test_the_command_lists_lives_and_says_what_waits(database):
    on_record(PACKS)
    on_record(with_rule(newer(needs_amber_low=3)))
    lines, waiting = rules_list.lines()
    title = PACKS.rule(RULE).title
    assert f"{RULE}@1  active  {title}" in lines
    assert f"{RULE}@2  draft  {title}" in lines
    assert f"{RULE}@2 waits for somebody to propose it; version 1 goes on." in waiting
    assert len(lines) == len(PACKS.rules) + 1
