"""Rules and their lives, as pages are told of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import cast

from alerts.moments import AMBER, RED
from alerts.pathways import Packs
from alerts.rule_counts import Shadowed
from alerts.rule_differences import differences, parts
from alerts.rule_lives import SHADOW, Rule, Version
from alerts.rules.recorded import CannotRunError
from dashboards.presenters import trait_words, views
from dashboards.presenters.rule_views import (
    DifferenceSeen,
    Life,
    RulePageSeen,
    RuleSeen,
    ShadowSeen,
    StepSeen,
    VersionSeen,
)
from dashboards.seen.alerts import severity_of
from dashboards.seen.people import pathway_name
from ingest.catalogue import KINDS

TEXTS = ("patient_text", "patient_text_red", "team_ask", "source", "standing", "hazard")
NUMBERS = ("type", "kinds", "severity", "settles_after", "settles_days", "params", "schedule")

Counts = Mapping[tuple[str, int], Shadowed]


def rules_seen(
    rules: Sequence[Rule], fired: Mapping[str, int], shadowed: Counts, packs: Packs
) -> tuple[RuleSeen, ...]:
    """Every rule, those for everyone first, then by pathway."""
    found = [rule_seen(rule, fired.get(rule.id, 0), shadowed, packs) for rule in rules]
    return tuple(sorted(found, key=lambda one: (not one.id.startswith("every."), one.pathway, one.id)))


def rule_seen(rule: Rule, fired: int, shadowed: Counts, packs: Packs) -> RuleSeen:
    """One rule."""
    return RuleSeen(
        id=rule.id,
        pathway=pathway_name(packs, rule.shown.body["pathway"]),
        step=rule.step,
        shown=_version(rule, rule.shown, shadowed),
        waiting=tuple(_version(rule, one, shadowed) for one in rule.waiting),
        fired=fired,
    )


def page_seen(rule: Rule, fired: int, shadowed: Counts, packs: Packs) -> RulePageSeen:
    """One rule with all that is known of it."""
    steps = sorted(
        (step for one in rule.versions for step in one.steps), key=lambda step: step.step, reverse=True
    )
    return RulePageSeen(
        rule=rule_seen(rule, fired, shadowed, packs),
        versions=tuple(_version(rule, one, shadowed) for one in rule.versions),
        steps=tuple(
            StepSeen(
                one.version,
                one.what,
                one.at,
                one.set_by_name or "",
                one.reason,
                one.proposed_by_name or "",
            )
            for one in steps
        ),
    )


def _version(rule: Rule, one: Version, shadowed: Counts) -> VersionSeen:
    proposal, active = one.proposal, rule.active
    tried = any(step.life == SHADOW for step in one.steps)
    counts = shadowed.get((rule.id, one.version), Shadowed())
    differs = () if active in (None, one) else tuple(differences(active.body, one.body))
    kinds = [KINDS[name] for name in one.body.get("kinds", ()) if name in KINDS]
    return VersionSeen(
        version=one.version,
        life=cast("Life", one.life),
        since=one.since,
        title=one.body["title"],
        severities=_severities(one),
        texts=tuple((name, one.body[name]) for name in TEXTS if one.body.get(name)),
        numbers=tuple(
            (name, readable(name, said))
            for name, said in parts({name: one.body.get(name) for name in NUMBERS})
        ),
        proposed_by="" if proposal is None else proposal.set_by_name or "",
        proposed_by_id=None if proposal is None else proposal.set_by,
        proposed_at=None if proposal is None else proposal.at,
        why="" if proposal is None else proposal.reason,
        differs=tuple(
            DifferenceSeen(name, readable(name, old or ""), readable(name, new or ""))
            for name, old, new in differs
        ),
        shadow=ShadowSeen(**vars(counts)) if tried else None,
        problem=_problem(one),
        type=str(one.body.get("type", "")),
        kinds=tuple(kind.label for kind in kinds),
        unit=kinds[0].unit_label if len(kinds) == 1 else "",
        says=str((one.body.get("params") or {}).get("says", "")),
    )


def readable(name: str, said: str) -> str:
    """What a number of a rule says, with kinds and traits as pages call them; texts for people as they are."""
    if name in TEXTS or name in ("type", "params.says"):
        return said
    if name == "schedule.slots":
        return re.sub(r"(start|end) minute (\d+)", _by_the_clock, said)
    named = re.sub(r"[a-z0-9]+(?:_[a-z0-9]+)*", lambda found: _called(found[0]), said)
    if name in ("params.signals", "params.signs", "params.symptoms"):
        for word, plain in (
            ("kind ", ""),
            ("harm up", "worse when higher"),
            ("harm down", "worse when lower"),
        ):
            named = named.replace(word, plain)
    return named


def _by_the_clock(found: re.Match[str]) -> str:
    """Until 12:00, for end minute 720."""
    hours, minutes = divmod(int(found[2]), 60)
    return f"{'from' if found[1] == 'start' else 'until'} {hours:02}:{minutes:02}"


def _called(name: str) -> str:
    """Heart rate, for heart_rate; another name without its underscores."""
    if name in KINDS:
        return KINDS[name].label
    return trait_words.title(name) if name in trait_words.TITLES else name.replace("_", " ")


def _severities(one: Version) -> tuple[views.Severity, ...]:
    """What a version can raise, worst first."""
    try:
        spec = one.spec
    except CannotRunError:
        return ()
    own = (spec.severity,) if spec.severity is not None else spec.params.gives or (AMBER, RED)
    return tuple(sorted((severity_of(level) for level in own), key=views.SEVERITIES.index))


def _problem(one: Version) -> str:
    try:
        _ = one.spec
    except CannotRunError as error:
        return str(error)
    return ""
