"""The made-up cohort as a whole: the same by seed, believable, and nothing in it from the future."""

from collections import Counter
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import nhs_number
import numpy as np
import pytest

from ingest import catalogue
from ingest.items import PROVENANCES
from service.cohort import Readings, cohort
from service.cohort.words import ANSWERS, BLOOD_PRESSURE, EVENTS, KIND_CODE, KINDS, MISTAKES, PATHWAYS, UNITS

UNTIL = datetime(2026, 11, 23, 13, 50, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
ILL = 1  # the second person, whose last hour is a story of its own


@pytest.fixture(scope="module")
def demo():
    return cohort(1, 200, 60, UNTIL)


@pytest.fixture(scope="module")
def many():
    return cohort(7, 1500, 120, UNTIL)


def columns(readings: Readings) -> dict[str, np.ndarray]:
    return {field.name: getattr(readings, field.name) for field in fields(readings)}


def test_the_same_seed_makes_the_same_cohort(demo):
    again = cohort(1, 200, 60, UNTIL)
    assert again.people == demo.people
    assert again.events == demo.events
    assert all(
        np.array_equal(column, columns(demo.readings)[name], equal_nan=column.dtype == np.float64)
        for name, column in columns(again.readings).items()
    )


def test_another_seed_makes_another_cohort(demo):
    other = cohort(2, 200, 60, UNTIL)
    assert other.people != demo.people
    assert len(other.readings) != len(demo.readings)


def test_nhs_numbers_are_valid_unique_and_of_the_test_range(many):
    numbers = [each.nhs_number for each in many.people]
    assert len(set(numbers)) == 1500
    assert all(number.startswith("999") for number in numbers)
    assert all(nhs_number.is_valid(number) for number in numbers)  # type: ignore[attr-defined]


def test_more_people_than_the_test_range_has_numbers_are_refused():
    with pytest.raises(ValueError, match="ask for fewer people"):
        cohort(1, 950_000, 1, UNTIL)


def test_people_are_adults_on_one_or_two_known_pathways(many):
    for each in many.people:
        assert 1 <= len(set(each.pathways)) == len(each.pathways) <= 2
        assert set(each.pathways) <= set(PATHWAYS)
        assert each.born < each.enrolled_on - timedelta(days=18 * 366)
        assert each.enrolled_on <= UNTIL.date()


def test_every_pathway_has_a_plausible_share(many):
    on = Counter(pathway for each in many.people for pathway in each.pathways)
    shares = {pathway: on[pathway] / 1500 for pathway in PATHWAYS}
    assert 0.4 < shares["hypertension"] < 0.6
    assert all(0.05 < share < 0.3 for pathway, share in shares.items() if pathway != "hypertension")


def test_nothing_is_measured_or_received_in_the_future_nor_received_before_it_was_measured(many):
    readings, until = many.readings, np.datetime64(UNTIL.replace(tzinfo=None))
    assert (readings.received_at <= until).all()
    assert (readings.measured_at <= readings.received_at).all()


def test_nobody_sends_before_they_enrol(many):
    first_day = np.array([np.datetime64(each.enrolled_on) for each in many.people])
    assert (many.readings.measured_at >= first_day[many.readings.patient]).all()


@pytest.mark.parametrize(
    "until", [datetime(2026, 11, 10, 23, 30, tzinfo=UTC), datetime(2027, 4, 8, 12, tzinfo=UTC)]
)
def test_people_measure_between_half_past_six_and_ten_by_their_own_clock_on_both_sides_of_a_change(until):
    readings = cohort(3, 60, 30, until).readings
    mine = readings.take(readings.patient != ILL)
    local = [
        datetime.fromtimestamp(int(second), UTC).astimezone(LONDON)
        for second in mine.measured_at.astype("datetime64[s]").astype(np.int64)
    ]
    assert {moment.utcoffset() for moment in local} == {timedelta(0), timedelta(hours=1)}
    minutes = [moment.hour * 60 + moment.minute for moment in local]
    assert min(minutes) >= 6 * 60 + 30
    assert max(minutes) < 22 * 60
    for offset in (timedelta(0), timedelta(hours=1)):
        own = [m for m, moment in zip(minutes, local, strict=True) if moment.utcoffset() == offset]
        assert min(own) < 7 * 60, "somebody is up early in summer as in winter"
        assert max(own) > 20 * 60, "and somebody late"


def test_every_number_passes_the_hard_limits_but_for_planted_mistakes(many):
    right = many.readings.take(many.readings.mistake == 0)
    for kind in KINDS:
        rows = right.take(right.kind == KIND_CODE[kind])
        parts = {kind: rows.value}
        if kind == BLOOD_PRESSURE:
            parts = {"systolic": rows.value, "diastolic": rows.diastolic, "heart_rate": rows.heart_rate}
            assert (rows.value - rows.diastolic >= 10).all()
        for name, values in parts.items():
            limits = catalogue.KINDS[name]
            if limits.answers:
                assert set(values) <= set(range(len(limits.answers)))
            else:
                assert limits.reject_below is not None
                assert limits.reject_above is not None
                assert (values >= limits.reject_below).all()
                assert (values <= limits.reject_above).all()


def test_typed_numbers_go_wrong_at_the_rates_of_the_literature_and_device_numbers_never(many):
    typed = np.isin(
        many.readings.provenance, [PROVENANCES.index("patient_typed"), PROVENANCES.index("staff_typed")]
    )
    assert (many.readings.mistake[~typed] == 0).all()
    spoilt = Counter(many.readings.mistake[typed].tolist())
    measurable = int(typed.sum())
    # A mistake needs a kind that can suffer it: an answer has no unit, a weight no partner to swap with.
    assert 0.002 < spoilt[MISTAKES.index("other_unit")] / measurable <= 0.011
    assert 0.002 < spoilt[MISTAKES.index("swapped")] / measurable <= 0.011
    assert 0.003 < spoilt[MISTAKES.index("other_persons_meter")] / measurable <= 0.007


def test_some_uploads_come_twice_and_some_come_days_late(many):
    readings = many.readings
    row = np.stack([readings.patient, readings.kind, readings.measured_at.astype(np.int64)], axis=1)
    _, first = np.unique(row, axis=0, return_index=True)
    assert 0.01 < 1 - len(first) / len(row) < 0.03
    late = readings.received_at - readings.measured_at > np.timedelta64(12, "h")
    assert 0.015 < late.mean() < 0.05


def test_a_moment_of_a_kind_never_has_two_values(many):
    by_moment: dict[tuple[int, int, int], float] = {}
    readings = many.readings
    keys = zip(readings.patient, readings.kind, readings.measured_at.astype(np.int64), strict=True)
    for key, value in zip(keys, readings.value, strict=True):
        assert by_moment.setdefault(key, value) == value


def test_rows_of_an_upload_stand_together_and_a_person_s_uploads_in_the_order_received(demo):
    for patient in range(0, 200, 7):
        uploads = list(demo.uploads(patient))
        assert sum(len(each.items) for each in uploads) == len(demo.readings.rows_of(patient))
        assert len({each.key for each in uploads}) == len(uploads)
        received = [each.received_at for each in uploads]
        assert received == sorted(received)


def test_items_have_the_form_the_api_takes(demo):
    for upload in demo.uploads(0):
        for item in upload.items:
            assert item["kind"] in catalogue.SENDABLE
            assert item["provenance"] in PROVENANCES
            assert datetime.fromisoformat(item["measured_at"]).utcoffset() == timedelta(0)
            assert item.get("unit") == UNITS.get(item["kind"])
            if item["kind"] == BLOOD_PRESSURE:
                assert set(item["value"]) == {"systolic", "diastolic", "heart_rate"}
            elif item["kind"] in ANSWERS:
                assert item["value"] in ANSWERS[item["kind"]]


def test_the_first_person_does_well_and_sends_today(demo):
    rows = demo.readings.take(demo.readings.patient == 0)
    pressure = rows.take(rows.kind == KIND_CODE[BLOOD_PRESSURE])
    weight = rows.take(rows.kind == KIND_CODE["body_weight"]).value
    assert demo.people[0].pathways == ("hypertension", "heart_failure")
    assert rows.measured_at.max() > np.datetime64("2026-11-23")
    assert pressure.value.mean() < 135
    assert pressure.value.max() < 150
    assert np.ptp(weight[-4:]) < 2
    assert not [event for event in demo.events if event.patient == 0]


def test_the_second_person_is_red_within_the_last_hour_and_was_not_before(demo):
    rows = demo.readings.take(demo.readings.patient == ILL)
    breathing = rows.take(rows.kind == KIND_CODE["respiratory_rate"])
    now = breathing.measured_at > np.datetime64((UNTIL - timedelta(hours=1)).replace(tzinfo=None))
    assert now.sum() == 2
    assert (breathing.value[now] >= 25).all()
    assert (breathing.value[~now] < 21).all()


def test_nothing_in_the_stories_of_the_first_two_has_to_be_confirmed(demo):
    for upload in [*demo.uploads(0), *demo.uploads(ILL)]:
        for item in upload.items:
            parts = item["value"] if item["kind"] == BLOOD_PRESSURE else {item["kind"]: item["value"]}
            for name, value in parts.items():
                limits = catalogue.KINDS[name]
                assert limits.confirm_below is None or value >= limits.confirm_below
                assert limits.confirm_above is None or value <= limits.confirm_above


def test_every_kind_of_event_begins_in_the_last_days_of_a_demo():
    kinds = {event.kind for event in cohort(1, 400, 60, UNTIL).events if event.onset > date(2026, 11, 16)}
    assert kinds == set(EVENTS)


def test_half_of_the_decompensations_show_no_gain_of_weight(many):
    told = [event for event in many.events if event.kind == "heart_failure_decompensation"]
    silent = [event for event in told if not event.shows_in_readings]
    assert len(told) > 30
    assert 0.4 < len(silent) / len(told) < 0.75  # some of the rest sent nothing that week


def test_who_stopped_sending_has_sent_nothing_since(many):
    stopped = [event for event in many.events if event.kind == "stopped_sending"]
    assert stopped
    for event in stopped:
        rows = many.readings.take(many.readings.patient == event.patient)
        assert (rows.measured_at < np.datetime64(event.onset)).all()
        assert not many.sending[event.patient]


def test_a_fresh_demo_has_work_on_its_queue_but_not_hundreds():
    for seed in range(1, 6):
        assert 12 <= len(beyond_a_limit(seed)) <= 35


def beyond_a_limit(seed: int) -> set[int]:
    """Who of 200 went beyond a plain limit in the last week."""
    made = cohort(seed, 200, 60, UNTIL)
    week = made.readings.measured_at > np.datetime64((UNTIL - timedelta(days=7)).replace(tzinfo=None))
    rows = made.readings.take(week & (made.readings.mistake == 0))
    usual = np.round(made.usual["oxygen_saturation"])[rows.patient]
    kind, value = np.array(KINDS)[rows.kind], rows.value
    beyond = (kind == BLOOD_PRESSURE) & ((value >= 180) | (value < 90) | (rows.diastolic >= 110))
    beyond |= (kind == "oxygen_saturation") & (value <= usual - 3)
    beyond |= (kind == "body_temperature") & (value >= 39.1)
    beyond |= (kind == "respiratory_rate") & (value >= 25)
    beyond |= (kind == "glucose") & ((value < 4) | (value > 15))
    return set(rows.patient[beyond].tolist())


def test_a_small_cohort_and_one_day_can_be_made():
    assert len(cohort(1, 2, 60, UNTIL).people) == 2
    assert len(cohort(1, 30, 1, UNTIL).people) == 30


@pytest.mark.parametrize(
    ("patients", "days", "until"), [(1, 60, UNTIL), (200, 0, UNTIL), (200, 60, UNTIL.replace(tzinfo=None))]
)
def test_no_people_no_days_and_a_time_without_a_zone_are_refused(patients, days, until):
    with pytest.raises(ValueError, match="A cohort needs"):
        cohort(1, patients, days, until)
