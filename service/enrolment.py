"""What the operator's command line does about people: each command one transaction as the owner."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from alerts import pathways, thresholds
from foundation.database import transaction
from foundation.errors import Refused
from foundation.settings import settings
from people import enrol, enrolment_codes, teams, tokens, totp
from people.nhs_number import parse
from people.tables import Patient, Staff, StaffTeam, Team
from people.viewer import OWNER

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

# Patients may be enrolled before any team has a name. The first team that is named takes this one over.
UNNAMED = "Unnamed team"


def add_patient(
    nhs_number: str,
    name: str,
    born: date,
    on: Sequence[str],
    *,
    team: str | None,
    phone: str | None,
    at: datetime,
) -> dict[str, Any]:
    """Enrol a patient; gives the code for their first sign-in."""
    packs = pathways.load(settings().pathways)
    for pathway in on:
        if pathway not in packs.by_id or pathway == "every":
            known = ", ".join(sorted(set(packs.by_id) - {"every"}))
            raise Refused("unknown_pathway", f"There is no pathway {pathway}. Pathways are: {known}.")
    with transaction(OWNER) as session:
        placed = _team(session, team, at) if team else _first_team(session, at)
        patient = enrol.add_patient(
            session, nhs_number, name, born, placed, list(on), by=OWNER, at=at, phone=phone
        )
        thresholds.seed(session, [patient.id], packs, at)
        code = enrolment_codes.issue(session, patient.id, by=OWNER, at=at)
        return {
            "nhs_number": patient.nhs_number,
            "team": placed.name,
            "pathways": list(on),
            "enrolment_code": code,
        }


def add_staff(email: str, name: str, role: str, of: Sequence[str], *, at: datetime) -> dict[str, Any]:
    """Add a member of staff; gives their first password and the secret for their code app."""
    password = "-".join(secrets.token_hex(3) for _ in range(3))
    with transaction(OWNER) as session:
        placed = [_team(session, one, at) for one in of] or (
            [] if role == "admin" else [_first_team(session, at)]
        )
        made = teams.add_staff(session, email, name, role, placed, by=OWNER, at=at, password=password)
        secret = made.totp_secret or ""
        return {
            "email": made.email, "role": role, "teams": [team.name for team in placed], "password": password,
            "totp_secret": secret, "totp_uri": totp.uri(made.email, secret) if secret else None,
        }  # fmt: skip


def patient_token(nhs_number: str, *, at: datetime) -> str:
    """A bearer token for the patient of this number."""
    with transaction(OWNER) as session:
        found = session.scalar(select(Patient.id).where(Patient.nhs_number == parse(nhs_number)))
        if found is None:
            raise Refused(
                "no_such_patient",
                "No patient with this NHS number is enrolled. Enrol them with `telehealth patient add`.",
            )
        return tokens.issue(session, patient_id=found, by=OWNER, at=at)


def staff_token(email: str, *, at: datetime) -> str:
    """A bearer token for the member of staff of this address."""
    with transaction(OWNER) as session:
        found = session.scalar(select(Staff.id).where(Staff.email == email.strip().lower()))
        if found is None:
            raise Refused(
                "no_such_staff",
                "Nobody on the staff has this e-mail address. Add them with `telehealth staff add`.",
            )
        return tokens.issue(session, staff_id=found, by=OWNER, at=at)


def _first_team(session: Session, at: datetime) -> Team:
    return session.scalar(select(Team).order_by(Team.id).limit(1)) or teams.add_team(
        session, UNNAMED, None, by=OWNER, at=at
    )


def _team(session: Session, name: str, at: datetime) -> Team:
    """The team of this name; made, or named, where there is none."""
    found = session.scalar(select(Team).where(Team.name == name))
    if found is not None:
        return found
    staffed = select(StaffTeam.team_id).where(StaffTeam.team_id == Team.id).exists()
    taken_over = session.scalar(
        update(Team).where(Team.name == UNNAMED, ~staffed).values(name=name).returning(Team)
    )
    return taken_over or teams.add_team(session, name, None, by=OWNER, at=at)


def anybody(session: Session) -> bool:
    """Whether anyone is enrolled yet."""
    return bool(session.scalar(select(func.count()).select_from(Patient)))
