"""The four bounds of each kind for each patient: seeded from their pathways, changed by a clinician, history kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from alerts import arriving
from alerts.rules import EVERY

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from alerts.agreed import Four
    from alerts.pathways import Bounds, Packs

# Given patients' ids: patient_id, kind, red_low, amber_low, amber_high, red_high. Intake uses the same.
CURRENT = """SELECT patient_id, kind, red_low, amber_low, amber_high, red_high FROM threshold
WHERE replaced_at IS NULL AND patient_id = ANY(%s::bigint[])"""
# The same with all there were, since a moment is judged by those that held then: set_at and replaced_at (NULL: now) too.
# The newest first.
EVER = """SELECT patient_id, kind, red_low, amber_low, amber_high, red_high, source = 'person' AS by_person, set_at, replaced_at
FROM threshold WHERE patient_id = ANY(%s::bigint[]) ORDER BY patient_id, kind, set_at DESC"""

REPLACE = text("""UPDATE threshold SET replaced_at = :at
    WHERE patient_id = :patient AND replaced_at IS NULL AND source <> 'person' AND (kind <> ALL(:kinds) OR kind = ANY(:changed))""")
NOW = text(
    "SELECT kind, red_low, amber_low, amber_high, red_high, source FROM threshold WHERE patient_id = :patient AND replaced_at IS NULL"
)
SET = text("""INSERT INTO threshold (patient_id, kind, set_at, red_low, amber_low, amber_high, red_high, source)
    VALUES (:patient, :kind, :at, :red_low, :amber_low, :amber_high, :red_high, :source)""")
ON = text("""SELECT pathway FROM enrolment WHERE patient_id = :patient AND started_on <= CAST(:at AS date) + 1
    AND (ended_on IS NULL OR ended_on >= CAST(:at AS date)) ORDER BY pathway""")

PAST_REVIEW = text("""
SELECT p.id AS patient_id, p.nhs_number, p.name, o.kind, o.trait, o.review_on, o.set_at, s.name AS set_by_name
FROM patient p
JOIN (SELECT patient_id, kind, NULL AS trait, review_on, set_at, set_by FROM threshold
      WHERE replaced_at IS NULL AND review_on < :today
      UNION ALL
      SELECT patient_id, NULL, name, review_on, set_at, set_by FROM trait
      WHERE replaced_at IS NULL AND review_on < :today) AS o ON o.patient_id = p.id
LEFT JOIN staff s ON s.id = o.set_by
WHERE p.team_id = :team ORDER BY o.review_on, p.id, o.kind, o.trait""")


def seed(session: Session, patients: Sequence[int], packs: Packs, at: datetime) -> int:
    """Give patients the bounds of the pathways they are on; what a person has set stays. Returns how many were set.

    Their readings wait to be checked again, since other bounds may find other things.
    """
    changed = 0
    for patient in patients:
        wanted, label = of_pathways(session, patient, packs, at)
        now = {row.kind: row for row in session.execute(NOW, {"patient": patient})}
        fresh = {
            kind: bounds
            for kind, bounds in wanted.items()
            if kind not in now or (now[kind].source != "person" and tuple(now[kind][1:5]) != bounds.four)
        }
        session.execute(
            REPLACE, {"patient": patient, "at": at, "kinds": list(wanted), "changed": list(fresh)}
        )
        for kind, bounds in fresh.items():
            red_low, amber_low, amber_high, red_high = bounds.four
            session.execute(
                SET,
                {"patient": patient, "kind": kind, "at": at, "red_low": red_low, "amber_low": amber_low, "amber_high": amber_high,
                 "red_high": red_high, "source": label},
            )  # fmt: skip
        changed += len(fresh)
    arriving.check_again(session, patients, at)
    return changed


def of_pathways(session: Session, patient: int, packs: Packs, at: datetime) -> tuple[dict[int, Bounds], str]:
    """Kind's id → the bounds that a patient has from their pathways and the safety net, and where these are from."""
    pathways = list(session.execute(ON, {"patient": patient, "at": at}).scalars())
    label = "+".join(f"{name}@{packs.pack(name).version}" for name in pathways)
    return packs.bounds_for([EVERY, *pathways]), label


def pathways_four(session: Session, patient: int, kind: int, packs: Packs, at: datetime) -> Four:
    """The bounds of a kind that a patient would have if nobody had set them any; four times None: none."""
    wanted, _ = of_pathways(session, patient, packs, at)
    return wanted[kind].four if kind in wanted else (None, None, None, None)


def past_review(session: Session, team: int, today: date) -> Sequence[Any]:
    """What is agreed for a team's patients and should have been looked at again before today (a local day).

    patient_id, nhs_number, name; kind (id) of bounds, or trait (its name); review_on, set_at, set_by_name. The longest
    overdue first. Whom the viewer may not see is left out.
    """
    return session.execute(PAST_REVIEW, {"team": team, "today": today}).all()
