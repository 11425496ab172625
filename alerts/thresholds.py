"""The four bounds of each kind for each patient: seeded from their pathways, changed by a clinician, history kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from alerts.rules import EVERY
from ingest.tables import BUCKETS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from alerts.pathways import Packs

# Given patients' ids: patient_id, kind, red_low, amber_low, amber_high, red_high. Intake and the checker use the same.
CURRENT = """SELECT patient_id, kind, red_low, amber_low, amber_high, red_high FROM threshold
WHERE replaced_at IS NULL AND patient_id = ANY(%s::bigint[])"""

REPLACE = text("""UPDATE threshold SET replaced_at = :at
    WHERE patient_id = :patient AND replaced_at IS NULL AND source <> 'person' AND (kind <> ALL(:kinds) OR kind = ANY(:changed))""")
NOW = text(
    "SELECT kind, red_low, amber_low, amber_high, red_high, source FROM threshold WHERE patient_id = :patient AND replaced_at IS NULL"
)
SET = text("""INSERT INTO threshold (patient_id, kind, set_at, red_low, amber_low, amber_high, red_high, source)
    VALUES (:patient, :kind, :at, :red_low, :amber_low, :amber_high, :red_high, :source)""")
ON = text("""SELECT pathway FROM enrolment WHERE patient_id = :patient AND started_on <= CAST(:at AS date) + 1
    AND (ended_on IS NULL OR ended_on >= CAST(:at AS date)) ORDER BY pathway""")


def seed(session: Session, patients: Sequence[int], packs: Packs, at: datetime) -> int:
    """Give patients the bounds of the pathways they are on; what a person has set stays. Returns how many were set.

    Their readings wait to be checked again, since other bounds may find other things.
    """
    changed = 0
    for patient in patients:
        pathways = list(session.execute(ON, {"patient": patient, "at": at}).scalars())
        wanted = packs.bounds_for([EVERY, *pathways])
        label = "+".join(f"{name}@{packs.pack(name).version}" for name in pathways)
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
    if patients:
        session.execute(
            text("""INSERT INTO arrival (patient_id, bucket, measured_from, received_at)
                    SELECT p, p % :buckets, :at, :at FROM unnest(CAST(:patients AS bigint[])) AS p"""),
            {"patients": list(patients), "buckets": BUCKETS, "at": at},
        )
        session.execute(text("SELECT pg_notify('arrival', '')"))
    return changed
