"""A patient with bounds of their pathway, and everybody who might change what is agreed for them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import text

from alerts import pathways, threshold_changes, threshold_history, thresholds
from alerts.agreed import Said
from alerts.pathways import Packs
from alerts.rules import EVERY
from alerts.rules.limits import Limits
from foundation.database import transaction
from ingest.catalogue import KINDS
from people.viewer import OWNER
from tests import builders
from tests.builders import NOW


def _plain() -> Packs:
    """The bounds of the packs, and two rules that look at one reading or two: these tests are not about the packs' own."""
    packs = pathways.load()
    rules = tuple(
        replace(
            packs.rule(name),
            params=Limits(needs_amber_low=2, needs_amber_high=2),
            settles_after=2,
            settles_days=0,
        )
        for name in ("every.oxygen_limits", "every.pulse_limits")
    )
    by_id = {name: replace(pack, rules=rules if name == EVERY else ()) for name, pack in packs.by_id.items()}
    return Packs(by_id)


PACKS = _plain()
OXYGEN_RULE = PACKS.rule("every.oxygen_limits")
SEEDED = NOW - timedelta(days=30)
OXYGEN = KINDS["oxygen_saturation"].id
REVIEW = date(2027, 2, 1)
LOWER = (80.0, 85.0, None, None)
SAID = Said("Usual for him since May.", REVIEW, SEEDED)


class Ward:
    def __init__(self, pathway="copd"):
        self.team = builders.a_team()
        self.patient = builders.a_patient(self.team, pathways=[pathway], enrolled_on=date(2026, 1, 1))
        self.viewers = {
            role: builders.viewer_for(builders.a_staff(role, self.team, name=f"The {role}"))
            for role in ("clinician", "coordinator", "lead", "admin")
        }
        self.viewers["patient"] = builders.viewer_for(self.patient)
        self.viewers["elsewhere"] = builders.viewer_for(builders.a_staff("clinician"))
        with transaction(OWNER) as session:
            thresholds.seed(session, [self.patient.id], PACKS, SEEDED)
            session.execute(text("DELETE FROM arrival"))

    def change(self, four=LOWER, said=SAID, by="clinician", kind=OXYGEN, at=NOW):
        who = self.viewers[by]
        with transaction(who) as session:
            threshold_changes.change(session, self.patient.id, kind, four, said, by=who, at=at)

    def give_back(self, said, by="clinician", kind=OXYGEN, at=NOW):
        who = self.viewers[by]
        with transaction(who) as session:
            threshold_changes.back_to_pathway(session, self.patient.id, kind, PACKS, said, by=who, at=at)

    def rows(self, kind=OXYGEN):
        with transaction(self.viewers["clinician"]) as session:
            steps = threshold_history.steps(session, self.patient.id)
        return [row for row in steps if row.kind == kind]


def found(sql, **told):
    """What a query gives, seen by the owner."""
    with transaction(OWNER) as session:
        return session.execute(text(sql), told).all()
