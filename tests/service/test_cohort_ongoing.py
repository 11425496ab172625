"""What the made-up cohort goes on sending while somebody watches the demo."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from ingest import catalogue
from ingest.items import PROVENANCES
from service.cohort import Upload, cohort, next_uploads
from service.cohort.words import BLOOD_PRESSURE

UNTIL = datetime(2026, 11, 23, 13, 50, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def demo():
    return cohort(1, 200, 60, UNTIL)


@pytest.fixture(scope="module")
def hour(demo):
    return next_uploads(demo, UNTIL, UNTIL + HOUR)


def test_however_the_time_is_cut_the_same_uploads_come(demo, hour):
    cuts = [UNTIL + HOUR * share for share in (0, 0.013, 0.2, 0.2, 0.77, 1)]
    parts = [next_uploads(demo, since, until) for since, until in pairwise(cuts)]
    assert [upload for part in parts for upload in part] == hour


def test_the_same_seed_sends_the_same_and_another_seed_something_else(hour):
    assert next_uploads(cohort(1, 200, 60, UNTIL), UNTIL, UNTIL + HOUR) == hour
    assert next_uploads(cohort(2, 200, 60, UNTIL), UNTIL, UNTIL + HOUR) != hour


def test_two_hundred_people_send_one_upload_every_few_seconds(hour):
    assert 3 < HOUR.total_seconds() / len(hour) < 6
    gaps = [(b.received_at - a.received_at).total_seconds() for a, b in pairwise(hour)]
    assert min(gaps) >= 0
    assert max(gaps) < 15


def test_uploads_come_within_their_time_and_measure_nothing_after_it(hour):
    for upload in hour:
        assert UNTIL < upload.received_at <= UNTIL + HOUR
        for item in upload.items:
            assert datetime.fromisoformat(item["measured_at"]) <= upload.received_at


def test_no_two_uploads_have_the_same_key_nor_a_person_two_values_of_a_moment(demo):
    uploads = next_uploads(demo, UNTIL, UNTIL + 4 * HOUR)
    assert len({upload.key for upload in uploads}) == len(uploads)
    moments = [(upload.patient, item["measured_at"]) for upload in uploads for item in upload.items]
    assert len(set(moments)) == len(moments)


def test_no_key_of_the_past_nor_of_a_later_cohort_comes_again(demo, hour):
    later = cohort(1, 200, 60, UNTIL + timedelta(minutes=5))
    keys = {upload.key for upload in hour}
    assert not keys & {upload.key for upload in demo.uploads()}
    assert not keys & {upload.key for upload in next_uploads(later, later.until, UNTIL + HOUR)}


def test_items_pass_the_hard_limits_and_have_the_form_the_api_takes(hour):
    for upload in hour:
        for item in upload.items:
            assert item["provenance"] in PROVENANCES
            parts = item["value"] if item["kind"] == BLOOD_PRESSURE else {item["kind"]: item["value"]}
            for name, value in parts.items():
                limits = catalogue.KINDS[name]
                if limits.answers:
                    assert value in limits.answers
                else:
                    assert limits.reject_below is not None
                    assert limits.reject_above is not None
                    assert limits.reject_below <= value <= limits.reject_above


def test_who_has_stopped_sending_sends_nothing_and_the_red_alert_is_left_to_stand(demo, hour):
    senders = {upload.patient for upload in hour}
    assert senders == set(np.flatnonzero(demo.sending).tolist()) - {1}


def test_now_and_then_somebody_is_in_breach_but_never_the_first_person(demo):
    uploads = next_uploads(demo, UNTIL, UNTIL + 6 * HOUR)
    breaching = [upload for upload in uploads if in_breach(upload)]
    assert 0.005 < len(breaching) / len(uploads) < 0.06
    assert 0 not in {upload.patient for upload in breaching}


def in_breach(upload: Upload) -> bool:
    """Beyond a plain limit of pressure, temperature, breathing or glucose."""
    for item in upload.items:
        value = item["value"]
        if item["kind"] == BLOOD_PRESSURE and (value["systolic"] >= 180 or value["diastolic"] >= 110):
            return True
        if item["kind"] == "body_temperature" and value >= 39.1:
            return True
        if item["kind"] == "glucose" and (value < 4 or value > 15):
            return True
    return False
