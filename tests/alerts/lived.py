"""A made-up cohort that lived for some days: sent by the real way in, in its own order, with real checks in between."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from alerts import pathways, rule_versions, thresholds
from alerts.check import Checker
from foundation.database import transaction
from ingest import decisions
from ingest.intake import Sent
from ingest.items import decode
from ingest.writer import keep
from people.viewer import CHECKER, OWNER, Viewer
from service.cohort import cohort
from tests import builders

if TYPE_CHECKING:
    from people.tables import Patient, Team

UNTIL = datetime(2026, 11, 20, 9, tzinfo=UTC)
PACKS = pathways.load()


@dataclass
class Lived:
    """Patients, the moments at which they were checked, and who decides."""

    began: datetime
    team: Team
    patients: list[Patient] = field(default_factory=list)
    passes: list[datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        with transaction(CHECKER) as session:
            rule_versions.register(session, PACKS, self.began)
        self.checker = Checker(PACKS)
        self.clinician = builders.viewer_for(builders.a_staff("clinician", self.team))

    def add(self, pathways_: list[str], born: Any = None) -> Patient:
        more = {} if born is None else {"born": born}
        day = (self.began - timedelta(days=40)).date()
        one = builders.a_patient(self.team, pathways=pathways_, enrolled_on=day, **more)
        with transaction(OWNER) as session:
            thresholds.seed(session, [one.id], PACKS, self.began - timedelta(days=40))
            session.execute(text("DELETE FROM arrival"))
        self.patients.append(one)
        return one

    def send(self, patient: Patient, items: list[dict[str, Any]], at: datetime) -> None:
        body = json.dumps({"readings": items}).encode()
        sender = Viewer("patient", patient.id, "patient")
        told = decode(body, "application/json", None, 10**6).items
        sent = Sent(patient.id, sender, "api", "application/json", body, told, at)
        keep([sent], thresholds.CURRENT, at)

    def check(self, at: datetime) -> None:
        while self.checker.batch(at) is not None:
            pass
        self.passes.append(at)

    def correct(
        self, patient: Patient, kind: int, measured_at: datetime, value: float | None, at: datetime
    ) -> None:
        with transaction(self.clinician) as session:
            decisions.correct(
                session,
                patient.id,
                kind,
                measured_at,
                value,
                reason="Typed wrongly.",
                by=self.clinician,
                at=at,
            )


def a_cohort(patients: int, days: int, seed: int = 3) -> Lived:
    """Its uploads come when they came, late ones and repeats too; some are corrected; a check after each and every hour."""
    made = cohort(seed, patients, days, UNTIL)
    lived = Lived(UNTIL - timedelta(days=days), builders.a_team())
    for one in made.people:
        lived.add(list(one.pathways), one.born)
    coming = sorted(made.uploads(), key=lambda upload: upload.received_at)
    hour, corrected = lived.began, 0
    for nth, upload in enumerate(coming):
        patient = lived.patients[upload.patient]
        while hour < upload.received_at:
            lived.check(hour)
            hour += timedelta(hours=1)
        at = upload.received_at
        lived.send(patient, upload.items, at)
        if nth % 7 == 3:
            lived.send(patient, upload.items, at)
        lived.check(at)
        if nth % 9 == 4:
            corrected += _corrected(lived, at, retract=nth % 2 == 0)
    lived.check(UNTIL)
    assert corrected
    return lived


def _corrected(lived: Lived, at: datetime, *, retract: bool) -> int:
    """Somebody says of what the newest episode rests on that it was otherwise."""
    with transaction(OWNER) as session:
        row = session.execute(
            text("""SELECT r.patient_id, r.kind, r.measured_at, r.value FROM reading r
                JOIN episode e ON e.patient_id = r.patient_id AND e.evidence_at = r.measured_at
                WHERE r.measured_at < :at ORDER BY r.measured_at DESC, r.kind LIMIT 1"""),
            {"at": at},
        ).first()
    if row is None:
        return 0
    later = at + timedelta(seconds=20)
    patient = next(one for one in lived.patients if one.id == row.patient_id)
    lived.correct(patient, row.kind, row.measured_at, None if retract else row.value * 0.97, later)
    lived.check(later)
    return 1
