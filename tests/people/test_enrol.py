from __future__ import annotations

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from foundation.database import transaction
from foundation.errors import Refused
from people import audit, enrol
from people.tables import Audit, Enrolment, Patient
from people.viewer import OWNER
from tests.builders import NOW, a_patient, a_team, an_nhs_number

BORN = date(1951, 3, 14)


def actions():
    """What the audit says was done, and to which patient."""
    with transaction(OWNER) as session:
        return session.execute(select(Audit.action, Audit.patient_id).order_by(Audit.at, Audit.action)).all()


def open_pathways(patient):
    with transaction(OWNER) as session:
        still = select(Enrolment.pathway).where(
            Enrolment.patient_id == patient.id, Enrolment.ended_on.is_(None)
        )
        return sorted(session.scalars(still))


def test_a_new_patient_is_on_each_of_their_pathways_from_the_day_that_was_said(database):
    patient = a_patient(pathways=["copd", "hypertension"], enrolled_on=date(2026, 9, 1))

    with transaction(OWNER) as session:
        rows = session.execute(select(Enrolment.pathway, Enrolment.started_on, Enrolment.ended_on)).all()
    assert sorted(rows) == [("copd", date(2026, 9, 1), None), ("hypertension", date(2026, 9, 1), None)]
    assert open_pathways(patient) == ["copd", "hypertension"]


def test_a_new_patient_leaves_an_audit_row_for_themselves_and_for_each_pathway(database):
    patient = a_patient(pathways=["copd", "hypertension"])

    assert [row for row in actions() if row.patient_id] == [
        ("enrolment.started", patient.id),
        ("enrolment.started", patient.id),
        ("patient.added", patient.id),
    ]


def test_a_patient_who_is_here_already_is_refused_and_left_as_they_are(database):
    first = a_patient(name="Amina Okafor")

    with pytest.raises(Refused) as refused:
        a_patient(nhs_number=first.nhs_number, name="Somebody Else", pathways=["copd"])

    assert refused.value.code == "patient_exists"
    with transaction(OWNER) as session:
        assert session.scalars(select(Patient.name)).all() == ["Amina Okafor"]
    assert open_pathways(first) == ["hypertension"]


def test_a_number_is_kept_as_ten_digits_however_it_was_written(database):
    number = an_nhs_number()
    patient = a_patient(nhs_number=f"{number[:3]} {number[3:6]} {number[6:]}")
    assert patient.nhs_number == number


def test_a_number_whose_check_digit_is_wrong_is_refused(database):
    number = an_nhs_number()
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    with pytest.raises(Refused):
        a_patient(nhs_number=wrong)


def test_nobody_was_born_tomorrow(database):
    with pytest.raises(Refused) as refused:
        a_patient(born=NOW.date() + timedelta(days=1))
    assert refused.value.code == "born_in_future"


def test_a_failing_audit_undoes_the_change(database):
    team = a_team()
    with transaction(OWNER) as session:
        session.execute(text("ALTER TABLE audit ADD CONSTRAINT nothing_more CHECK (false) NOT VALID"))

    with pytest.raises(DBAPIError):
        a_patient(team)

    with transaction(OWNER) as session:
        assert session.scalars(select(Patient)).all() == []
        assert session.scalars(select(Enrolment)).all() == []


def test_a_change_that_fails_leaves_no_audit_row(database):
    team = a_team()
    before = actions()

    with pytest.raises(Refused), transaction(OWNER) as session:
        # The second time is refused, when the patient is added already.
        enrol.add_patient(session, an_nhs_number(), "Amina", BORN, team, ["copd"] * 2, by=OWNER, at=NOW)

    assert actions() == before
    with transaction(OWNER) as session:
        assert session.scalars(select(Patient)).all() == []
        assert audit.broken(session) == []


def test_a_patient_cannot_be_put_on_a_pathway_twice(database):
    patient = a_patient(pathways=["copd"])
    with pytest.raises(Refused) as refused, transaction(OWNER) as session:
        enrol.enrol(session, patient.id, "copd", by=OWNER, at=NOW + timedelta(days=3))
    assert refused.value.code == "already_enrolled"


def test_two_at_once_put_a_patient_on_a_pathway_once(database):
    patient = a_patient(pathways=[])
    outcomes, together = [], Barrier(8)

    def put(day):
        together.wait()
        try:
            with transaction(OWNER) as session:
                enrol.enrol(session, patient.id, "copd", by=OWNER, at=NOW, started_on=day)
            outcomes.append("on")
        except Refused as refused:
            outcomes.append(refused.code)

    threads = [Thread(target=put, args=(date(2026, 11, day),)) for day in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["already_enrolled"] * 7 + ["on"]
    assert open_pathways(patient) == ["copd"]


def test_an_enrolment_ends_on_a_day_and_can_begin_again_later(database):
    patient = a_patient(pathways=["copd"], enrolled_on=date(2026, 9, 1))
    with transaction(OWNER) as session:
        enrol.end_enrolment(session, patient.id, "copd", by=OWNER, at=NOW, ended_on=date(2026, 10, 1))
    assert open_pathways(patient) == []

    with transaction(OWNER) as session:
        enrol.enrol(session, patient.id, "copd", by=OWNER, at=NOW)
    assert open_pathways(patient) == ["copd"]
    assert [action for action, _ in actions()].count("enrolment.ended") == 1


def test_an_enrolment_ended_and_begun_again_on_one_day_is_open(database):
    patient = a_patient(pathways=["copd"])
    with transaction(OWNER) as session:
        enrol.end_enrolment(session, patient.id, "copd", by=OWNER, at=NOW)
        enrol.enrol(session, patient.id, "copd", by=OWNER, at=NOW)
    assert open_pathways(patient) == ["copd"]


def test_what_is_not_open_cannot_be_ended(database):
    patient = a_patient(pathways=["copd"], enrolled_on=date(2026, 9, 1))
    before = actions()
    for pathway, day in [("heart_failure", date(2026, 10, 1)), ("copd", date(2026, 8, 31))]:
        with pytest.raises(Refused) as refused, transaction(OWNER) as session:
            enrol.end_enrolment(session, patient.id, pathway, by=OWNER, at=NOW, ended_on=day)
        assert refused.value.code == "not_enrolled"
    assert actions() == before


def test_a_day_is_counted_by_the_clock_on_the_wall(database):
    patient = a_patient(pathways=[])
    half_past_midnight_in_london = NOW.replace(month=6, day=1, hour=23, minute=30)
    with transaction(OWNER) as session:
        made = enrol.enrol(session, patient.id, "copd", by=OWNER, at=half_past_midnight_in_london)
    assert made.started_on == date(2026, 6, 2)
