"""Packs whose rules have changed, and the people who decide about them."""

from __future__ import annotations

from dataclasses import MISSING, fields, replace

from alerts import pathways, rule_actions, rule_lives, rule_versions
from alerts.check import Checker
from alerts.pathways import Pack, Packs
from alerts.rules.limits import Limits
from foundation.database import transaction
from people.viewer import CHECKER
from tests import builders
from tests.builders import NOW

RULE = "every.oxygen_limits"
WHY = "Agreed at the safety meeting."


def with_rule(spec, life=None, packs=None):
    """The packs with this rule in place of the one of its id, or beside them; `life`: how its pack says it starts."""
    packs = packs or PACKS
    pack = packs.by_id[spec.pathway]
    others = tuple(one for one in pack.rules if one.id != spec.id)
    lives = dict(pack.lives) | ({spec.id: life} if life else {})
    made = replace(pack, rules=(*others, spec), lives=lives)
    return Packs({**packs.by_id, pack.id: made})


def plain(spec):
    """The rule in its first version and by its type's defaults, whatever it has come to since."""
    defaults = {field.name: field.default for field in fields(spec) if field.default is not MISSING}
    return replace(spec, **defaults, version=1, settles_after=2, params=Limits(needs_amber_low=2))


_SHIPPED = pathways.load()
PACKS = with_rule(plain(_SHIPPED.rule(RULE)), packs=_SHIPPED)


def without(rule, packs=PACKS):
    """The packs without a rule."""

    def thinner(pack: Pack) -> Pack:
        return replace(pack, rules=tuple(one for one in pack.rules if one.id != rule))

    return Packs({name: thinner(pack) for name, pack in packs.by_id.items()})


def newer(rule=RULE, by=1, **numbers):
    """The next version of a rule, with other numbers."""
    spec = PACKS.rule(rule)
    return replace(spec, version=spec.version + by, params=replace(spec.params, **numbers))


def on_record(packs, at=NOW):
    """What a checker does when it starts."""
    with transaction(CHECKER) as session:
        return rule_versions.register(session, packs, at)


def running():
    with transaction(CHECKER) as session:
        return rule_lives.running(session)


def lives(rule=RULE, viewer=CHECKER):
    """Version → its life now."""
    with transaction(viewer) as session:
        steps = session.connection().exec_driver_sql(
            "SELECT DISTINCT ON (version) version, life FROM rule_life WHERE rule = %s ORDER BY version, step DESC",
            (rule,),
        )
        return dict(tuple(row) for row in steps)


def a_check(packs, at=NOW):
    """One whole pass by a checker that has just started."""
    checker = Checker(packs)
    try:
        return checker.run(lambda: at)
    finally:
        checker.close()


class Board:
    """Who decides about rules."""

    def __init__(self, team=None):
        self.team = team or builders.a_team()
        self.clinician, self.lead, self.other_lead, self.coordinator = (
            builders.viewer_for(builders.a_staff(role, self.team, name=name))
            for role, name in (
                ("clinician", "Nia Nurse"),
                ("lead", "Lee Lead"),
                ("lead", "Oda Other"),
                ("coordinator", "Cora Chaser"),
            )
        )

    def decides(self, verb, version, rule=RULE, by=None, why=WHY, at=NOW, seen=None):
        who = by or (self.clinician if verb in ("propose", "shadow") else self.lead)
        with transaction(who) as session:
            getattr(rule_actions, verb)(session, rule, version, why, by=who, at=at, seen=seen)

    def take_on(self, version, rule=RULE, at=NOW):
        """By two people."""
        self.decides("propose", version, rule, at=at)
        self.decides("approve", version, rule, at=at)
