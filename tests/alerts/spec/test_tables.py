from __future__ import annotations

import pytest

from alerts.rules import TYPES
from tests.alerts.spec.cases import PACKS
from tests.alerts.spec.tables import TABLES
from tests.alerts.spec.write_docs import DOCS, written


@pytest.mark.parametrize(
    "case", [case for cases in TABLES.values() for case in cases], ids=lambda case: case.says
)
def test_the_table_holds(case):
    assert case.told(PACKS) == case.expected()


def test_every_type_of_rule_has_its_table():
    assert set(TABLES) == set(TYPES)


@pytest.mark.parametrize("type_name", TABLES)
def test_a_table_is_about_rules_of_its_type(type_name):
    assert {PACKS.rule(case.rule).type for case in TABLES[type_name]} == {type_name}


def test_the_page_of_rules_is_what_the_packs_and_tables_say_now():
    assert DOCS.read_text(encoding="utf-8") == written(), "Run: python -m tests.alerts.spec.write_docs"
