"""Who acts: a signed-in person, or one of the service's own processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from foundation.database import Role

StaffRole = Literal["clinician", "coordinator", "lead", "admin"]


@dataclass(frozen=True, slots=True)
class Viewer:
    """One signed-in person. `kind` with `id` is what the database's row-level security is told."""

    kind: Literal["patient", "staff"]
    id: int  # of the patient or of the member of staff
    role: Literal["patient", "clinician", "coordinator", "lead", "admin"]
    name: str = ""
    teams: tuple[int, ...] = ()

    @property
    def database_role(self) -> Role:
        """People reach the database as the web."""
        return "web"

    @property
    def claims(self) -> dict[str, str]:
        """What row-level security is told."""
        return {"viewer": self.kind, "viewer_id": str(self.id)}

    @property
    def actor(self) -> str:
        """How the audit names them."""
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True, slots=True)
class Process:
    """One of the service's own processes, which acts for nobody."""

    database_role: Role

    @property
    def claims(self) -> dict[str, str]:
        """Nobody: row-level security lets its role see what the role needs."""
        return {}

    @property
    def actor(self) -> str:
        """How the audit names it."""
        return str(self.database_role)


DOOR = Process("door")
INTAKE = Process("intake")
CHECKER = Process("checker")
NOTIFIER = Process("notifier")
OWNER = Process("owner")

Actor = Viewer | Process
