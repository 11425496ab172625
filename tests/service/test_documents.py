"""What the documents say is what is there."""

from __future__ import annotations

import re
from pathlib import Path

from typer.main import get_command

from foundation.settings import PREFIX, Settings
from service import cli, configuration

ROOT = Path(__file__).parent.parent.parent
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]


def test_the_configuration_page_is_up_to_date():
    assert (ROOT / "docs" / "configuration.md").read_text() == configuration.page()


def test_every_setting_says_what_it_means():
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_every_command_named_in_the_documents_exists():
    command = get_command(cli.app)
    known = set(command.commands)  # type: ignore[attr-defined]  # a group's commands
    for document in DOCUMENTS:
        named = set(re.findall(r"telehealth ([a-z]+)\b(?=[ `\n])", document.read_text()))
        assert named - known - {"readings"} == set(), document.name


def test_every_variable_named_in_the_documents_exists():
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    known |= {f"{name}_FILE" for name in known} | {
        "TELEHEALTH_TRACEBACK",
        "TELEHEALTH_KILL_CYCLES",
        "TELEHEALTH_TEST_TIMESCALE_URL",
    }
    for document in DOCUMENTS:
        assert set(re.findall(r"TELEHEALTH_[A-Z_]+[A-Z]", document.read_text())) - known == set(), (
            document.name
        )


def test_every_link_between_documents_leads_somewhere():
    for document in DOCUMENTS:
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
            assert (document.parent / target).exists() or "pictures" in target, f"{document.name}: {target}"
