"""Writes docs/rules.md from the packs and the tables: `python -m tests.alerts.spec.write_docs`."""

from __future__ import annotations

import dataclasses
import inspect
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

from alerts.moments import SEVERITY_NAMES
from alerts.pathways import Bounds, Expectation, Pack, RuleSpec
from alerts.rules import EVERY, TYPES, traits
from alerts.rules.signals import Signal
from ingest.catalogue import KINDS
from tests.alerts.spec.cases import PACKS, Case
from tests.alerts.spec.tables import TABLES

DOCS = Path(__file__).parents[3] / "docs" / "rules.md"

INTRODUCTION = """\
# Rules

What makes an alert, by pathway; then how each type of rule judges, with examples that are tests.

**No clinician has signed any number on this page.** Each names its source or says that it is our own proposal.

This page is written from the packs in `alerts/pathways/` and the tables in `tests/alerts/spec/`. Change those and
run `python -m tests.alerts.spec.write_docs`.

A rule judges every moment of a patient's history by what was measured at or before it, so the order in which
readings arrive cannot matter. A moment in breach starts an **episode**; the episode goes on until some normal
moments in a row have settled it; where a rule says so, no sooner than some days after the last breach, so that the
same again is the same alert. One that has been red settles by those moments alone: red again is another. Its
severity is that of its worst moment: red before amber before blue before yellow. A neutral moment is neither: it
starts nothing and settles nothing. Values are judged as they are shown, and a bound is the first value that
breaches.
"""


def written() -> str:
    """The whole page."""
    packs = sorted(PACKS.by_id.values(), key=lambda pack: (pack.id != EVERY, pack.name))
    parts = [INTRODUCTION, "## Pathways\n"]
    parts += [line for pack in packs for line in _pack(pack)]
    parts += ["## Traits\n", *_traits()]
    parts += ["## Types of rule\n"]
    parts += [line for name in TYPES for line in _type(name)]
    return "\n".join(parts)


def _traits() -> Iterator[str]:
    yield f"{inspect.getdoc(traits)}\n"
    yield "| Trait | Means | From | To |"
    yield "|---|---|---|---|"
    for trait in traits.TRAITS.values():
        unit = f" ({trait.unit})" if trait.unit else ""
        yield f"| `{trait.name}`{unit} | {trait.meaning} | {trait.lowest:g} | {trait.highest:g} |"
    yield ""


def _pack(pack: Pack) -> Iterator[str]:
    yield f"### {pack.name}\n"
    yield f"Pack `{pack.id}`, version {pack.version}. Source: {_sentence(pack.source)} {_sentence(pack.standing)}\n"
    for expectation in pack.expects:
        yield f"Asked for: {_schedule(expectation)}\n"
    if pack.bounds:
        yield "| Kind | Red low | Amber low | Amber high | Red high | Why |"
        yield "|---|---|---|---|---|---|"
        yield from (_bounds(bounds) for bounds in pack.bounds)
        yield ""
    for spec in pack.rules:
        yield from _rule(spec, pack.lives.get(spec.id, "active"))


def _bounds(bounds: Bounds) -> str:
    kind = KINDS[bounds.kind]
    four = [
        "" if bound is None else kind.answers[int(bound)] if kind.answers else f"{bound:.{kind.decimals}f}"
        for bound in bounds.four
    ]
    unit = f" ({kind.unit_label})" if kind.unit_label else ""
    return f"| {kind.label}{unit} | {' | '.join(four)} | {bounds.reason} |"


def _schedule(expectation: Expectation) -> str:
    join = " and " if expectation.every_kind else " or "
    kinds = join.join(KINDS[kind].label.lower() for kind in expectation.kinds)
    slots = ", ".join(
        f"{_clock(slot.start_minute)} to {_clock(slot.end_minute)}" for slot in expectation.slots
    )
    first, last = expectation.first_day_of_month, expectation.last_day_of_month
    days = "every day" if (first, last) == (1, 31) else f"on days {first} to {last} of each month"
    return f"{kinds}, {days}, {slots}; {expectation.grace_minutes} minutes of grace (`{expectation.id}`)."


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _rule(spec: RuleSpec, life: str) -> Iterator[str]:
    yield f"#### {spec.title}\n"
    severity = "" if spec.severity is None else f", {SEVERITY_NAMES[spec.severity]}"
    kinds = ", ".join(KINDS[kind].label.lower() for kind in spec.kinds)
    settles = f"settles after {spec.settles_after} normal moment{'s' if spec.settles_after > 1 else ''}"
    if spec.settles_days:
        settles += f", {spec.settles_days:g} days after the last breach at the earliest unless it was red"
    begins = {
        "active": "",
        "shadow": " Starts in shadow: it raises nothing.",
        "draft": " Starts as a draft: it does not run.",
    }
    yield f"`{spec.id}` version {spec.version}, type `{spec.type}`{severity}: {kinds}; {settles}.{begins[life]}\n"
    numbers = ", ".join(
        f"{field.name} {_written(value)}"
        for field in dataclasses.fields(spec.params)
        if (value := getattr(spec.params, field.name)) is not None
    )
    yield f"* Numbers: {numbers}"
    yield f"* Patient: {spec.patient_text}"
    if spec.patient_text_red:
        yield f"* Patient, while red: {spec.patient_text_red}"
    yield f"* Team: {spec.team_ask}"
    yield f"* Source: {_sentence(spec.source)} {_sentence(spec.standing)}"
    yield f"* Without it: {spec.hazard}\n"


def _written(value: object) -> str:
    if isinstance(value, tuple):
        return " / ".join(map(_written, value))
    if isinstance(value, Signal):
        return f"{value.kind} {value.harm} (spread {value.spread:g}, weight {value.weight:g})"
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)


def _type(name: str) -> Iterator[str]:
    module = sys.modules[TYPES[name].states.__module__]
    yield f"### `{name}`\n"
    yield f"{inspect.getdoc(module)}\n"
    yield f"{inspect.getdoc(TYPES[name].states)}\n"
    yield from (line for case in TABLES[name] for line in _case(case))


def _case(case: Case) -> Iterator[str]:
    yield f"**{case.says}** (`{case.rule}`)\n"
    told = [f"enrolled {case.enrolled}"] if case.enrolled != Case.enrolled else []
    told += [f"paused {case.paused}"] if case.paused else []
    told += [f"traits: {case.traits}"] if case.traits else []
    told += [f"looked at {case.at}"] if case.at != Case.at else []
    sent = textwrap.dedent(case.sent).strip().splitlines() or ["nothing sent"]
    yield "```text"
    yield from [*told, *sent]
    yield "→"
    yield f"{case.expected()}\n```\n"


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


if __name__ == "__main__":
    DOCS.write_text(written(), encoding="utf-8")
