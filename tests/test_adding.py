"""The worked examples of docs/adding.md, done in a copy of the repository: they work, and touch what they say."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ingest.catalogue import KINDS

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "adding.md").read_text(encoding="utf-8")
TOUCHES = re.compile(r"^Touches (.+)\.$", re.MULTILINE)
BLOCK = re.compile(
    r"^(?:(?P<new>New file)|(?P<end>At the end of)|In) `(?P<file>[^`]+)`"
    r"(?:, last in `(?P<within>[^`]+)`|, after the line `(?P<after>[^`]+)`)?:\n\n```\w+\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
WRITTEN = "docs/rules.md"  # by the command that the page names


@dataclass(frozen=True)
class Block:
    """Some lines of code, and where the page says that they go."""

    file: str
    code: str
    where: str  # new, end, within, after
    mark: str = ""

    def put_into(self, copy: Path) -> None:
        path = copy / self.file
        if self.where == "new":
            assert not path.exists(), f"{self.file} is there already: give the example another name"
            path.write_text(self.code, encoding="utf-8")
            return
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        lines.insert(self._place(lines), self.code)
        path.write_text("".join(lines), encoding="utf-8")

    def _place(self, lines: list[str]) -> int:
        """Before which line it goes."""
        if self.where == "end":
            return len(lines)
        if self.where == "after":
            (place,) = [number for number, line in enumerate(lines) if line.strip() == self.mark]
            return place + 1
        (start,) = [
            number for number, line in enumerate(lines) if re.match(rf"{self.mark}\b.*[\[({{]$", line)
        ]
        return next(number for number in range(start, len(lines)) if lines[number][0] in ")]}")


@dataclass(frozen=True)
class Example:
    """A chapter of the page."""

    touches: set[str]
    blocks: list[Block]


def examples() -> list[Example]:
    chapters = re.split(r"^## .+$", PAGE, flags=re.MULTILINE)[1:]
    return [
        Example(set(re.findall(r"`([^`]+)`", match[1])), [_block(found) for found in BLOCK.finditer(chapter)])
        for chapter in chapters
        if (match := TOUCHES.search(chapter))
    ]


def _block(found: re.Match[str]) -> Block:
    where = next(name for name in ("new", "end", "within", "after") if found[name])
    return Block(found["file"], found["code"], where, found["within"] or found["after"] or "")


@dataclass(frozen=True)
class Copy:
    """The repository as it is under version control, with the examples done."""

    root: Path
    changed: set[str]

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return run(self.root, *command)

    def say(self, code: str) -> Any:
        """What a line of Python in the copy comes to."""
        return json.loads(self.run("-c", f"import json\n{code}").stdout)


def run(where: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A module or a line of Python in the copy, with nothing left behind."""
    told = {name: value for name, value in os.environ.items() if not name.startswith("TELEHEALTH_")}
    here = {"PYTHONPATH": str(where), "PYTHONDONTWRITEBYTECODE": "1", "RUFF_NO_CACHE": "true"}
    here["HYPOTHESIS_STORAGE_DIRECTORY"] = str(where.parent / "hypothesis")
    return subprocess.run(
        [sys.executable, *command], cwd=where, env=told | here, capture_output=True, text=True, check=False
    )


def contents(where: Path) -> dict[str, bytes]:
    return {str(path.relative_to(where)): path.read_bytes() for path in where.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    where = tmp_path_factory.mktemp("adding") / "copy"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (where / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, where / name)
    before = contents(where)
    for example in examples():
        for block in example.blocks:
            block.put_into(where)
    wrote = run(where, "-m", "tests.alerts.spec.write_docs")
    assert wrote.returncode == 0, wrote.stderr
    after = contents(where)
    return Copy(where, {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)})


def test_every_block_of_code_on_the_page_says_where_it_goes():
    done = [block for example in examples() for block in example.blocks]
    assert len(examples()) == 3
    assert len(done) == len(re.findall(r"^```\w+$", PAGE, re.MULTILINE))


def test_an_example_touches_the_files_it_names_and_no_other(copy):
    for example in examples():
        assert {block.file for block in example.blocks} | {WRITTEN} == example.touches
    assert copy.changed == set.union(*(example.touches for example in examples()))


def test_the_packs_load(copy):
    checked = copy.run("-m", "service.cli", "rules", "check", "alerts/pathways")
    assert checked.returncode == 0, checked.stderr
    assert "nothing wrong found" in checked.stdout + checked.stderr


READINGS = """\
patient,kind,value,unit,measured_at
swings,peak_flow,400,L/min,2026-11-16T08:00:00Z
swings,peak_flow,310,L/min,2026-11-16T20:00:00Z
steady,peak_flow,400,L/min,2026-11-16T08:00:00Z
steady,peak_flow,390,L/min,2026-11-16T20:00:00Z
"""


def test_the_new_rule_of_the_new_pathway_finds_its_breach(copy):
    sent = copy.root.parent / "readings.csv"
    sent.write_text(READINGS, encoding="utf-8")
    asked = ("--pack", "asthma", "--readings", str(sent), "--as-of", "2026-11-17T20:00:00Z", "--json")
    came = copy.run("-m", "service.cli", "rules", "run", *asked)
    assert came.returncode == 0, came.stderr
    (found,) = map(json.loads, came.stdout.splitlines())
    assert (found["patient"], found["rule"], found["severity"]) == ("swings", "asthma.swing", "yellow")
    assert "swung by 22.5 %" in found["sentence"]
    assert [reading["value"] for reading in found["evidence"]] == [400, 310]


SEND = """
from datetime import UTC, datetime
from ingest.items import Item
from ingest.plausibility import judge

def send(value, unit):
    item = Item(kind="waist", value=value, unit=unit, measured_at="2026-11-20T08:00:00Z")
    return judge([item], received_at=datetime(2026, 11, 20, 9, tzinfo=UTC))
"""


def test_the_new_kind_is_stored_in_its_unit_whichever_it_is_sent_in(copy):
    stored = copy.say(
        SEND
        + """
judged = [send(*sent) for sent in ((101.6, "cm"), (40, "in"), (1.016, "m"))]
print(json.dumps([[one.kind_id, [round(value, 6) for value in one.value]] for one in judged]))
"""
    )
    assert stored == [[[200], [101.6]]] * 3


def test_the_new_kind_is_held_or_refused_beyond_its_limits_and_without_its_unit(copy):
    told = copy.say(
        SEND
        + """
codes = [[one.code for one in send(value, "cm").rejected] for value in (39, 251)]
odd = [len(send(value, "cm").held) for value in (50, 181)]
print(json.dumps([codes, odd, [one.code for one in send(90, None).rejected]]))
"""
    )
    refused, held, without = told
    assert all(len(codes) == 1 for codes in refused)
    assert held == [1, 1]
    assert without == ["unit_missing"]


def test_the_new_kind_means_something_to_a_patient_and_is_asked_for(copy):
    colour, text, title = copy.say(
        """
from dashboards.questions import asked_for
from ingest.catalogue import KINDS
from ingest.meaning import Bounds, meaning
found = meaning(KINDS["waist"], 110.0, Bounds(amber_high=105.0))
print(json.dumps([found.level, found.text, asked_for({"waist"})["waist"].title]))
"""
    )
    assert (colour, title) == ("amber", "Waist")
    assert text == "Your waist size is higher than the range your team set for you."


def test_the_numbers_of_the_kinds_that_were_there_stay(copy):
    numbers = copy.say(
        "from ingest.catalogue import KINDS; print(json.dumps({k: v.id for k, v in KINDS.items()}))"
    )
    assert numbers == {name: kind.id for name, kind in KINDS.items()} | {"waist": 200}


HELD_BY = {
    "tests/alerts/rules/test_day_swing.py": [""],
    "tests/alerts/spec/test_tables.py": [
        "::test_the_table_holds[A fifth less in the evening than in the morning.]",
        "::test_the_table_holds[From one evening to the next morning is no swing within a day.]",
        "::test_every_type_of_rule_has_its_table",
        "::test_a_table_is_about_rules_of_its_type[day_swing]",
        "::test_the_page_of_rules_is_what_the_packs_and_tables_say_now",
    ],
    "tests/alerts/test_pathways.py": [
        "::test_a_kind_with_bounds_has_a_rule_of_limits_for_whoever_has_them",
        "::test_every_pathway_says_that_nobody_has_signed_it",
        "::test_what_a_patient_reads_while_red_says_whom_to_call",
        "::test_every_type_of_rule_is_in_use",
    ],
    "tests/ingest/test_catalogue.py": [""],
    "tests/ingest/test_plausibility.py": [
        "::test_the_limits_of_a_kind_are_those_of_the_clinical_notes[waist-40-250-55-180]",
        "::test_every_kind_with_numbers_stands_in_the_table_of_limits",
    ],
    "tests/dashboards/test_questions.py": ["::test_every_question_makes_items_that_intake_takes[waist]"],
    "tests/ingest/test_units.py": ["::test_a_value_is_stored_in_the_unit_of_its_kind"],
}


@pytest.mark.slow
def test_the_tests_that_the_page_names_pass(copy):
    assert all(f"`{name}`" in PAGE for name in HELD_BY)
    chosen = [f"{file}{test}" for file, tests in HELD_BY.items() for test in tests]
    # Without tests/conftest.py, which starts a database that none of these needs.
    ran = copy.run("-m", "pytest", "--noconftest", "-q", "-p", "no:cacheprovider", *chosen)
    assert ran.returncode == 0, ran.stdout[-3000:]


@pytest.mark.parametrize("command", [("check",), ("format", "--check")], ids=" ".join)
def test_the_style_of_the_examples_is_that_of_the_rest(copy, command):
    ran = copy.run("-m", "ruff", *command, *(name for name in copy.changed if name.endswith(".py")))
    assert ran.returncode == 0, ran.stdout


def test_the_rooms_of_the_examples_import_downwards(copy):
    ran = copy.run("-c", "from importlinter.cli import lint_imports_command as lint; lint(['--no-cache'])")
    assert ran.returncode == 0, ran.stdout


def test_the_page_can_be_reached():
    for page, link in (
        ("README.md", "docs/adding.md"),
        ("CONTRIBUTING.md", "docs/adding.md"),
        ("docs/architecture.md", "adding.md"),
    ):
        assert f"]({link})" in (ROOT / page).read_text(encoding="utf-8")
