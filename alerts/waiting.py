"""What waits to be checked, and who checks it: buckets of patients, arrivals taken from them, and wakes that fell due.

A checker holds the row of a bucket, locked, for as long as its transaction lasts. So no two check the same patient, and
a checker that dies lets go at once, with everything it took back in its place.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import text

from foundation import arrays
from ingest.tables import BUCKETS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

PATIENTS = 3_000  # taken together, about: bounds the memory of a checker, whatever the number of patients

WAITING = text("""
SELECT bucket, count(*) AS patients FROM (
    SELECT bucket, patient_id FROM arrival UNION SELECT bucket, patient_id FROM wake WHERE due_at <= :at
) AS waiting GROUP BY bucket ORDER BY random()""")
LOCK = text("SELECT bucket FROM bucket WHERE bucket = ANY(:buckets) ORDER BY bucket FOR UPDATE SKIP LOCKED")
ARRIVED = text("DELETE FROM arrival WHERE bucket = ANY(:buckets) RETURNING patient_id, measured_from")
DUE = text("SELECT patient_id, due_at FROM wake WHERE bucket = ANY(:buckets) AND due_at <= :at")

NOT_JUDGED = text(
    "SELECT patient_id, since FROM check_failure WHERE patient_id = ANY(CAST(:patients AS bigint[]))"
)

# Most wakes stay where they are: to find that out costs less than to write them again, even unchanged.
SLEEP = text("""INSERT INTO wake (patient_id, bucket, due_at)
SELECT p, p % :buckets, d FROM unnest(CAST(:patients AS bigint[]), CAST(:due AS timestamptz[])) AS s (p, d)
LEFT JOIN wake w ON w.patient_id = s.p WHERE w.due_at IS DISTINCT FROM s.d
ON CONFLICT (patient_id) DO UPDATE SET due_at = excluded.due_at""")
FORGET = text("DELETE FROM wake WHERE patient_id = ANY(CAST(:patients AS bigint[]))")


class Taken(NamedTuple):
    """The patients of one batch."""

    since: dict[int, datetime]  # patient_id → the earliest moment at which something is new
    arrivals: int


def take(session: Session, at: datetime) -> Taken | None:
    """Take a batch of patients with something new or overdue; None when nothing waits that another doesn't hold."""
    buckets = _held(session, [tuple(row) for row in session.execute(WAITING, {"at": at})])
    if not buckets:
        return None
    since: dict[int, datetime] = {}
    arrivals = 0
    for patient, moment in session.execute(ARRIVED, {"buckets": buckets}):
        since[patient] = min(moment, since.get(patient, moment))
        arrivals += 1
    for patient, moment in session.execute(DUE, {"buckets": buckets, "at": at}):
        since[patient] = min(moment, since.get(patient, moment))
    # What a rule failed on is not judged yet: until it is, whatever is new of the patient is judged from there.
    for patient, moment in session.execute(NOT_JUDGED, {"patients": arrays.numbers(since)}):
        since[patient] = min(moment, since[patient])
    return Taken(since, arrivals)


def much(session: Session, at: datetime) -> bool:
    """Whether there is more than one batch to take."""
    counts: list[int] = [row.patients for row in session.execute(WAITING, {"at": at})]
    return sum(counts) > PATIENTS


def _held(session: Session, waiting: list[tuple[int, int]]) -> list[int]:
    """Of these buckets and how many patients wait in each, those that are ours now: a batch full of them, if there are.

    Where another checker has some of those we wanted, others take their place, or batches would be half empty.
    """
    held: list[int] = []
    room = PATIENTS
    while waiting:
        wanted: dict[int, int] = {}
        while waiting and (waiting[-1][1] <= room - sum(wanted.values()) or not (held or wanted)):
            bucket, count = waiting.pop()
            wanted[bucket] = count
        if not wanted:
            break
        got = session.execute(LOCK, {"buckets": list(wanted)}).scalars().all()
        room -= sum(wanted[bucket] for bucket in got)
        held += got
    return held


def sleep(session: Session, due: Mapping[int, datetime | None]) -> None:
    """Note when each patient must be looked at again even if nothing arrives; None: never."""
    waking = {patient: moment for patient, moment in due.items() if moment is not None}
    if waking:
        told = {
            "patients": arrays.numbers(waking),
            "due": arrays.moments(waking.values()),
            "buckets": BUCKETS,
        }
        session.execute(SLEEP, told)
    resting = [patient for patient, moment in due.items() if moment is None]
    if resting:
        session.execute(FORGET, {"patients": arrays.numbers(resting)})


def try_again(patients: set[int], due: dict[int, datetime | None], at: datetime) -> None:
    """Patients on whom a rule failed are looked at again within the hour, whatever else is due."""
    soon = at + timedelta(hours=1)
    for patient in patients:
        moment = due.get(patient)
        due[patient] = soon if moment is None else min(moment, soon)
