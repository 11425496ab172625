"""Who is signed in, patients and things to pick from, as pages are told of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from alerts.actions import OUTCOMES
from alerts.pathways import Packs
from dashboards.presenters.views import Choice, PatientSeen, ViewerSeen
from people.rights import RIGHTS
from people.viewer import Viewer

OUTCOME_CHOICES = tuple(Choice(value, label) for value, label in OUTCOMES.items())


def viewer_seen(viewer: Viewer, teams: Sequence[tuple[int, str]] = ()) -> ViewerSeen:
    """Who is signed in, and what their role may do."""
    may = frozenset(right for right, roles in RIGHTS.items() if viewer.role in roles)
    return ViewerSeen(viewer.id, viewer.name, viewer.role, ", ".join(name for _, name in teams), may)


def patient_seen(
    row: Any, pathways: Iterable[str], packs: Packs, *, patient_id: int | None = None
) -> PatientSeen:
    """A patient. row: nhs_number, name, born, phone, team, and id unless it is given."""
    return PatientSeen(
        id=row.id if patient_id is None else patient_id,
        nhs_number=row.nhs_number,
        name=row.name,
        born=row.born,
        pathways=tuple(pathway_name(packs, one) for one in pathways),
        team=row.team,
        phone=row.phone or "",
    )


def pathway_name(packs: Packs, pathway: str) -> str:
    """Heart failure; a pathway whose pack was taken away keeps its id."""
    pack = packs.by_id.get(pathway)
    return pathway.replace("_", " ").capitalize() if pack is None else pack.name


def team_choices(teams: Sequence[tuple[int, str]]) -> tuple[Choice, ...]:
    """The viewer's teams, to pick from."""
    return tuple(Choice(str(number), name) for number, name in teams)


def pathway_choices(packs: Packs) -> tuple[Choice, ...]:
    """The pathways that patients can be on. What applies to everyone is none."""
    return tuple(Choice(pack.id, pack.name) for pack in packs.by_id.values() if pack.expects)
