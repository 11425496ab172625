"""Patients, and the pathways that they are on. Which pathways there are, the caller knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from foundation.clock import LOCAL
from foundation.errors import Refused
from people import audit, nhs_number
from people.tables import Enrolment, Patient
from people.teams import required

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from people.tables import Team
    from people.viewer import Actor


def add_patient(  # noqa: PLR0913 who somebody is takes this many facts
    session: Session,
    number: str,
    name: str,
    born: date,
    team: Team,
    pathways: Sequence[str],
    *,
    by: Actor,
    at: datetime,
    enrolled_on: date | None = None,
    sex: str | None = None,
    phone: str | None = None,
) -> Patient:
    """A new patient of `team`, enrolled on `pathways` from `enrolled_on` (a local day; today if not said).

    Somebody whose NHS number is here already is refused (`patient_exists`) and left as they are.
    """
    if born > at.astimezone(LOCAL).date():
        raise Refused("born_in_future", "The date of birth is in the future. Check it.", field="/born")
    new = {
        "nhs_number": nhs_number.parse(number),
        "name": required(name, "name"),
        "born": born,
        "sex": sex,
        "phone": phone,
        "team_id": team.id,
        "created_at": at,
    }
    adding = (
        insert(Patient)
        .values(new)
        .on_conflict_do_nothing(index_elements=[Patient.nhs_number])
        .returning(Patient)
    )
    patient = session.scalar(adding)
    if patient is None:
        raise Refused(
            "patient_exists",
            "A patient with this NHS number is here already, and was left as they are.",
            field="/nhs_number",
            status=409,
        )
    audit.record(session, "patient.added", by=by, at=at, patient_id=patient.id, detail={"team": team.id})
    for pathway in pathways:
        enrol(session, patient.id, pathway, by=by, at=at, started_on=enrolled_on)
    return patient


def enrol(
    session: Session,
    patient_id: int,
    pathway: str,
    *,
    by: Actor,
    at: datetime,
    started_on: date | None = None,
) -> Enrolment:
    """Put a patient on a pathway from `started_on` (a local day; today if not said)."""
    # Whoever enrols the patient holds their row, so that two at once do not put them on a pathway twice.
    if session.scalar(select(Patient.id).where(Patient.id == patient_id).with_for_update()) is None:
        raise Refused("no_such_patient", "There is no such patient. Add them first.", status=404)
    of_pathway = (Enrolment.patient_id == patient_id) & (Enrolment.pathway == pathway)
    if session.scalar(select(Enrolment.started_on).where(of_pathway, Enrolment.ended_on.is_(None))):
        raise Refused(
            "already_enrolled", "This patient is on this pathway already.", field="/pathway", status=409
        )
    day = started_on or at.astimezone(LOCAL).date()
    new = insert(Enrolment).values(patient_id=patient_id, pathway=pathway, started_on=day, ended_on=None)
    # Ended and begun again on the same day is the same enrolment, still open.
    reopened = new.on_conflict_do_update(
        index_elements=[Enrolment.patient_id, Enrolment.pathway, Enrolment.started_on],
        set_={"ended_on": None},
    )
    made = session.scalars(reopened.returning(Enrolment), execution_options={"populate_existing": True}).one()
    detail = {"pathway": pathway, "on": day.isoformat()}
    audit.record(session, "enrolment.started", by=by, at=at, patient_id=patient_id, detail=detail)
    return made


def end_enrolment(
    session: Session, patient_id: int, pathway: str, *, by: Actor, at: datetime, ended_on: date | None = None
) -> Enrolment:
    """Take a patient off a pathway; `ended_on` (a local day; today if not said) is their last day on it."""
    day = ended_on or at.astimezone(LOCAL).date()
    ending = (
        update(Enrolment)
        .where(Enrolment.patient_id == patient_id, Enrolment.pathway == pathway)
        .where(Enrolment.ended_on.is_(None), Enrolment.started_on <= day)
        .values(ended_on=day)
        .returning(Enrolment)
    )
    ended = session.scalar(ending, execution_options={"populate_existing": True})
    if ended is None:
        raise Refused(
            "not_enrolled", "This patient was not on this pathway on that day. Check both.", status=409
        )
    detail = {"pathway": pathway, "on": day.isoformat()}
    audit.record(session, "enrolment.ended", by=by, at=at, patient_id=patient_id, detail=detail)
    return ended
