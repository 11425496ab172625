"""`telehealth rules list`: the rules with their lives, as the database has them and the packs word them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from alerts import pathways, rule_lives
from foundation.database import server, transaction
from foundation.settings import settings
from people.viewer import OWNER

if TYPE_CHECKING:
    from alerts.pathways import Packs
    from alerts.rule_lives import Rule, Version

NO_DATABASE = "No database answers here, so lives are not known: this is what the packs hold."


def lines() -> tuple[list[str], list[str]]:
    """One line a version that runs or waits; and sentences about what waits for people, or is wrong."""
    problems = []
    try:
        packs = pathways.load(settings().pathways)
    except pathways.PackError as error:
        packs = pathways.Packs({})
        problems.append(f"The packs cannot be read: {error} The rules on record go on.")
    rules = _on_record()
    if rules is None:
        return [f"{spec.id}@{spec.version}  {spec.title}" for spec in packs.rules], [*problems, NO_DATABASE]
    told = [_line(one) for rule in rules for one in _shown(rule)]
    return told, [*problems, *_waiting(rules, packs)]


def _on_record() -> list[Rule] | None:
    if settings().database_url is None and not server().running():
        return None
    try:
        with transaction(OWNER) as session:
            return rule_lives.every(session)
    except DBAPIError:
        return None


def _shown(rule: Rule) -> list[Version]:
    """What runs or waits, the oldest first; of a rule that does neither, its last version."""
    runs = [one for one in rule.versions if one.life in (rule_lives.ACTIVE, rule_lives.SHADOW)]
    found = {one.version: one for one in (*runs, *rule.waiting)} or {rule.shown.version: rule.shown}
    return [found[number] for number in sorted(found)]


def _line(one: Version) -> str:
    asked = ", proposed" if one.proposal is not None else ""
    return f"{one.rule}@{one.version}  {one.life}{asked}  {one.body['title']}"


def _waiting(rules: list[Rule], packs: Packs) -> list[str]:
    found = []
    for rule in rules:
        for one in rule.waiting:
            runs = "nothing runs of it" if rule.active is None else f"version {rule.active.version} goes on"
            asks = "for somebody to approve it" if one.proposal is not None else "for somebody to propose it"
            found.append(f"{rule.id}@{one.version} waits {asks}; {runs}.")
    known = {rule.id: {one.version for one in rule.versions} for rule in rules}
    found += [
        f"{spec.id}@{spec.version} is in the packs and not on record yet: a checker that starts puts it there."
        for spec in packs.rules
        if spec.version not in known.get(spec.id, set())
    ]
    gone = {rule.id for rule in rules if rule.active is not None} - {spec.id for spec in packs.rules}
    if packs.by_id:
        found += [f"{rule} is in no pack any more and goes on until it is retired." for rule in sorted(gone)]
    return found
