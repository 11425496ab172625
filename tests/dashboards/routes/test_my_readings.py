"""A patient's own readings."""

from __future__ import annotations

from datetime import timedelta

from foundation.clock import now
from tests.builders import a_patient, a_staff
from tests.dashboards.routes.world import audited, reading, send, signed_in, with_bounds


def test_patients_see_their_own_readings_in_their_own_words(database):
    patient = with_bounds(a_patient(pathways=["copd"]))
    with signed_in(patient) as client:
        send(
            client,
            *(reading("oxygen_saturation", 93 + n % 2, now() - timedelta(days=n), "%") for n in range(5)),
        )
        page = client.get("/my-readings?days=7").text
    assert "Oxygen level: 93% on average over 7 days" in page
    assert "5 readings" in page
    assert [row.patient_id for row in audited("own_readings.seen")] == [patient.id]


def test_who_sent_nothing_is_shown_where_to_begin(database):
    with signed_in(with_bounds(a_patient(pathways=["copd"]))) as client:
        page = client.get("/my-readings").text
    assert "You have not sent anything in the last 30 days." in page
    assert 'href="/today"' in page


def test_staff_have_no_readings_of_their_own(database):
    with signed_in(a_staff()) as client:
        for path in ("/my-readings", "/today", "/today/weight", "/today/sent"):
            assert client.get(path).status_code == 403
