"""Patients as the pages ask for them. Row-level security decides whom anybody sees."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from people import rights

ONE = text("""SELECT p.id, p.nhs_number, p.name, p.born, p.phone, p.team_id, t.name AS team
    FROM patient p JOIN team t ON t.id = p.team_id WHERE p.id = :id""")
SOME = text("""SELECT p.id, p.nhs_number, p.name, p.born, p.phone, p.team_id, t.name AS team
    FROM patient p JOIN team t ON t.id = p.team_id WHERE p.id = ANY(:ids)""")
# Names are found by any part, numbers as a whole. The window counts all that match.
LIST = text("""SELECT p.id, p.nhs_number, p.name, p.born, p.phone, p.team_id, t.name AS team,
    count(*) OVER () AS matching
    FROM patient p JOIN team t ON t.id = p.team_id
    WHERE (CAST(:number AS text) IS NULL OR p.nhs_number = :number)
      AND (CAST(:name AS text) IS NULL OR p.name ILIKE :name)
      AND (CAST(:team AS int) IS NULL OR p.team_id = :team)
      AND (CAST(:pathway AS text) IS NULL OR EXISTS (
        SELECT 1 FROM enrolment e WHERE e.patient_id = p.id AND e.pathway = :pathway
          AND e.started_on <= :day AND (e.ended_on IS NULL OR e.ended_on >= :day)))
    ORDER BY p.name, p.id LIMIT :most""")
ON = text("""SELECT patient_id, pathway FROM enrolment WHERE patient_id = ANY(:ids)
    AND started_on <= :day AND (ended_on IS NULL OR ended_on >= :day) ORDER BY patient_id, pathway""")
TEAMS = text("SELECT id, name FROM team WHERE id = ANY(:ids) ORDER BY name")


def one(session: Session, patient_id: int) -> Any:
    """One patient: id, nhs_number, name, born, phone, team_id, team; or the 404 that says nothing more."""
    row = session.execute(ONE, {"id": patient_id}).first()
    if row is None:
        raise rights.not_found()
    return row


def some(session: Session, ids: Iterable[int]) -> dict[int, Any]:
    """These patients by id, as `one` gives them; whom the viewer may not see is left out."""
    return {row.id: row for row in session.execute(SOME, {"ids": list(ids)})}


def listed(
    session: Session, *, words: str, team: int | None, pathway: str | None, day: date, most: int
) -> tuple[Sequence[Any], int]:
    """Patients by name, and how many match.

    words: what somebody typed: an NHS number, with spaces or without, or a part of a name. Empty: everyone.
    """
    digits = words.replace(" ", "")
    number = digits if digits.isdigit() else None
    escaped = words.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    name = f"%{escaped}%" if escaped and number is None else None
    asked = {
        "number": number,
        "name": name,
        "team": team,
        "pathway": pathway or None,
        "day": day,
        "most": most,
    }
    rows = session.execute(LIST, asked).all()
    return rows, rows[0].matching if rows else 0


def pathways_on(session: Session, ids: Iterable[int], day: date) -> dict[int, tuple[str, ...]]:
    """The pathways that each of these patients is on on a local day, by patient."""
    found: dict[int, list[str]] = defaultdict(list)
    for row in session.execute(ON, {"ids": list(ids), "day": day}):
        found[row.patient_id].append(row.pathway)
    return {patient: tuple(names) for patient, names in found.items()}


def teams(session: Session, ids: Iterable[int]) -> list[tuple[int, str]]:
    """These teams by name: id, name."""
    return [(row.id, row.name) for row in session.execute(TEAMS, {"ids": list(ids)})]
