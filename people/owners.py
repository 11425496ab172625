"""Whose a token or a session is: the one query that makes a signed-in person of it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import func, select

from people.tables import BearerToken, Patient, Staff, StaffTeam, WebSession
from people.viewer import StaffRole, Viewer

if TYPE_CHECKING:
    from sqlalchemy import Row, Select


def fingerprint(secret: str) -> bytes:
    """What is kept of a token or a cookie. They have 256 bits of chance, so no slow hash is needed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


def with_owner(table: type[BearerToken | WebSession]) -> Select[Any]:
    """Rows of `table` with who owns each; none for staff who have been disabled."""
    teams = select(func.array_agg(StaffTeam.team_id)).where(StaffTeam.staff_id == Staff.id).scalar_subquery()
    return (
        select(
            table,
            Patient.id.label("owner_patient"),
            Staff.id.label("owner_staff"),
            func.coalesce(Patient.name, Staff.name).label("owner_name"),
            Staff.role.label("owner_role"),
            teams.label("owner_teams"),
        )
        .select_from(table)
        .outerjoin(Patient, Patient.id == table.patient_id)
        .outerjoin(Staff, Staff.id == table.staff_id)
        .where(Staff.disabled_at.is_(None))
    )


def owner(row: Row[Any]) -> Viewer:
    """The person that a row of `with_owner` belongs to."""
    if row.owner_patient is not None:
        return Viewer("patient", row.owner_patient, "patient", row.owner_name)
    teams = tuple(sorted(row.owner_teams or ()))
    return Viewer("staff", row.owner_staff, cast("StaffRole", row.owner_role), row.owner_name, teams)
