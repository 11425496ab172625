"""Made-up people for tests, made by the same verbs that make real ones."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count
from typing import TYPE_CHECKING

from foundation.database import transaction
from people import enrol, teams, tokens
from people.tables import Patient, Staff, Team
from people.viewer import OWNER, Viewer

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PASSWORD = "kettle otter violin"  # of every made-up person who has one

_serial = count(1)


def an_nhs_number() -> str:
    """A valid number from the 999 range, which is never given to a person; each call another one."""
    while True:
        digits = f"999{next(_serial):06}"
        check = (
            11 - sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
        )
        if check != 10:  # such a number is left out
            return f"{digits}{check % 11}"


def a_team(name: str | None = None, email: str | None = "team@example.org") -> Team:
    with transaction(OWNER) as session:
        return teams.add_team(session, name or f"Team {next(_serial)}", email, by=OWNER, at=NOW)


def a_patient(
    team: Team | None = None,
    *,
    pathways: Sequence[str] = ("hypertension",),
    nhs_number: str | None = None,
    name: str = "Amina Okafor",
    born: date = date(1951, 3, 14),
    enrolled_on: date | None = None,
) -> Patient:
    team = team or a_team()
    number = nhs_number or an_nhs_number()
    with transaction(OWNER) as session:
        return enrol.add_patient(
            session, number, name, born, team, pathways, by=OWNER, at=NOW, enrolled_on=enrolled_on
        )


def a_staff(
    role: str = "clinician",
    team: Team | None = None,
    *,
    more_teams: Sequence[Team] = (),
    name: str = "Sam Reyes",
    email: str | None = None,
    password: str | None = None,
) -> Staff:
    """Someone of this role in this team (or a new one); with a password they get an authenticator too."""
    placed = [team or a_team(), *more_teams]
    address = email or f"staff{next(_serial)}@example.org"
    with transaction(OWNER) as session:
        return teams.add_staff(session, address, name, role, placed, by=OWNER, at=NOW, password=password)


def token_for(person: Patient | Staff, *, expires_at: datetime | None = None) -> str:
    with transaction(OWNER) as session:
        if isinstance(person, Patient):
            return tokens.issue(session, patient_id=person.id, by=OWNER, at=NOW, expires_at=expires_at)
        return tokens.issue(session, staff_id=person.id, by=OWNER, at=NOW, expires_at=expires_at)


def bearer(person: Patient | Staff) -> dict[str, str]:
    """The header of a request by this person."""
    return {"Authorization": f"Bearer {token_for(person)}"}


def viewer_for(person: Patient | Staff) -> Viewer:
    """This person, signed in."""
    found = tokens.viewer_of(token_for(person), NOW)
    assert found is not None
    return found
