"""Two teams, their patients and staff, and a row about each patient in every table that has one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from foundation.database import transaction
from people import teams
from people.viewer import OWNER, Process, Viewer
from tests import rows
from tests.builders import NOW, a_patient, a_staff, a_team, viewer_for

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from people.tables import Patient, Team
    from people.viewer import Actor


@dataclass(frozen=True)
class World:
    """`own`, `other` and `far` are patients: the first two of the team `here`, the last of `there`."""

    here: Team
    there: Team
    own: Patient
    other: Patient
    far: Patient
    viewers: dict[str, Actor]

    @property
    def patients(self) -> dict[int, str]:
        """What each patient's id is called in the tables of expected rows."""
        return {self.own.id: "own", self.other.id: "other", self.far.id: "far"}


def a_world() -> World:
    here, there = a_team("Here"), a_team("There")
    own, other, far = a_patient(here), a_patient(here), a_patient(there)
    staff = {role: a_staff(role, here) for role in ("clinician", "coordinator", "lead", "admin")}
    staff["clinician of there"] = a_staff("clinician", there)
    staff["clinician of both"] = a_staff("clinician", here, more_teams=[there])
    viewers: dict[str, Actor] = {name: viewer_for(person) for name, person in staff.items()}
    viewers["patient"] = viewer_for(own)
    viewers["disabled clinician"] = _disabled(here)
    viewers["nobody"] = Process("web")
    world = World(here, there, own, other, far, viewers)
    with transaction(OWNER) as session:
        for patient in (own, other, far):
            about(session, patient)
        for table in ("rule_version", "pass", "process"):
            rows.add(session, table)
        rows.add(session, "rule_life", what="entered", life="active")
    return world


def _disabled(team: Team) -> Viewer:
    staff = a_staff("clinician", team)
    viewer = viewer_for(staff)
    with transaction(OWNER) as session:
        teams.disable_staff(session, staff.id, by=OWNER, at=NOW)
    return viewer


def about(session: Session, patient: Patient) -> None:
    """One row about this patient in every table that can hold one."""
    named = {"patient_id": patient.id}
    alert = UUID(int=patient.id)
    placed = named | {"team_id": patient.team_id}
    for table in (
        "upload",
        "arrival",
        "reading",
        "held",
        "rollup_day",
        "rollup_recent",
        "check_failure",
        "shadow_episode",
        "shadow_failure",
    ):
        rows.add(session, table, **named)
    rows.add(session, "correction", **named, value=2.0)
    rows.add(session, "threshold", **named, source="pathway")
    rows.add(session, "trait", **named, value=1.0, review_on=NOW.date())
    rows.add(session, "pause", **named, ends_at=NOW + timedelta(days=7))
    rows.add(session, "alert", **placed, id=alert)
    for table in ("episode", "alert_event"):
        rows.add(session, table, **named, alert_id=alert)
    rows.add(session, "outbox", **placed, alert_id=alert)
    rows.add(session, "wake", **named)
    for table in ("bearer_token", "web_session", "enrolment_code"):
        rows.add(session, table, **named)
