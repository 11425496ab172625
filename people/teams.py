"""Teams and the staff who work in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from foundation.errors import Refused
from people import audit, passwords, totp
from people.rights import ADMIN, CLINICIAN, COORDINATOR, LEAD
from people.tables import Staff, StaffTeam, Team

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from people.viewer import Actor

STAFF_ROLES = (CLINICIAN, COORDINATOR, LEAD, ADMIN)


def add_team(session: Session, name: str, email: str | None = None, *, by: Actor, at: datetime) -> Team:
    """A new group of staff with one queue. `email` is where the team is told of alerts."""
    new = {"name": required(name, "name"), "email": None if email is None else address(email)}
    adding = insert(Team).values(new).on_conflict_do_nothing(index_elements=[Team.name]).returning(Team)
    team = session.scalar(adding)
    if team is None:
        raise Refused(
            "team_exists", "There is a team of this name already. Use it, or choose another name.", status=409
        )
    audit.record(session, "team.added", by=by, at=at, about=f"team:{team.id}")
    return team


def team_named(session: Session, name: str) -> Team:
    """The team of this name, for the operator's command line."""
    team = session.scalar(select(Team).where(Team.name == name))
    if team is None:
        raise Refused("no_such_team", "There is no team of this name. Check how it is spelled.", status=404)
    return team


def add_staff(
    session: Session,
    email: str,
    name: str,
    role: str,
    teams: Sequence[Team],
    *,
    by: Actor,
    at: datetime,
    password: str | None = None,
) -> Staff:
    """A new member of staff.

    With a password they can sign in to the pages, and get the secret of their authenticator app with it: show
    `totp.uri` of it once. Without one they can only be given a bearer token.
    """
    new = {
        "email": address(email),
        "name": required(name, "name"),
        "role": _role(role),
        "password_hash": None if password is None else passwords.hashed(passwords.good(password)),
        "totp_secret": None if password is None else totp.new_secret(),
        "created_at": at,
    }
    adding = insert(Staff).values(new).on_conflict_do_nothing(index_elements=[Staff.email]).returning(Staff)
    staff = session.scalar(adding)
    if staff is None:
        raise Refused(
            "staff_exists", "Someone with this e-mail address is here already.", field="/email", status=409
        )
    _place(session, staff.id, teams)
    detail = {"role": role, "teams": [team.id for team in teams]}
    audit.record(session, "staff.added", by=by, at=at, about=f"staff:{staff.id}", detail=detail)
    return staff


def change_staff(
    session: Session, staff_id: int, role: str, teams: Sequence[Team], *, by: Actor, at: datetime
) -> None:
    """Give a member of staff this role and these teams; what they may see changes with their next request."""
    changed = session.scalar(
        update(Staff).where(Staff.id == staff_id).values(role=_role(role)).returning(Staff.id)
    )
    if changed is None:
        raise _no_such_staff()
    session.execute(delete(StaffTeam).where(StaffTeam.staff_id == staff_id))
    _place(session, staff_id, teams)
    detail = {"role": role, "teams": [team.id for team in teams]}
    audit.record(session, "staff.changed", by=by, at=at, about=f"staff:{staff_id}", detail=detail)


def disable_staff(session: Session, staff_id: int, *, by: Actor, at: datetime) -> None:
    """Let a member of staff in no more: neither by password, nor by token, nor in a session that is open."""
    disabling = update(Staff).where(Staff.id == staff_id, Staff.disabled_at.is_(None)).values(disabled_at=at)
    if session.scalar(disabling.returning(Staff.id)) is None:
        raise _no_such_staff()
    audit.record(session, "staff.disabled", by=by, at=at, about=f"staff:{staff_id}")


def address(given: str) -> str:
    """An e-mail address as it is kept: lower case. Whether it is anybody's, only a message to it can tell."""
    kept = given.strip().lower()
    name, _, host = kept.partition("@")
    if not name or "." not in host or any(character.isspace() for character in kept):
        raise Refused(
            "not_an_email", "This is not an e-mail address. Write it like name@example.org.", field="/email"
        )
    return kept


def required(given: str, field: str) -> str:
    """Text that may not be empty, without the spaces around it."""
    kept = given.strip()
    if not kept:
        raise Refused(f"no_{field}", f"The {field} is missing. Say what it is.", field=f"/{field}")
    return kept


def _role(role: str) -> str:
    if role not in STAFF_ROLES:
        raise Refused("no_such_role", f"The role must be one of {', '.join(STAFF_ROLES)}.", field="/role")
    return role


def _place(session: Session, staff_id: int, teams: Sequence[Team]) -> None:
    if teams:
        session.execute(insert(StaffTeam), [{"staff_id": staff_id, "team_id": team.id} for team in teams])


def _no_such_staff() -> Refused:
    return Refused(
        "no_such_staff", "There is no such member of staff, or they are disabled already.", status=404
    )
