"""Bounds, traits and previews by the API: what it answers, how it refuses."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from foundation.clock import now
from tests.alerts.agreements import SEEDED, Ward
from tests.builders import a_staff
from tests.web import client

REVIEW = (now() + timedelta(days=60)).date().isoformat()


@pytest.fixture
def ward(database):
    return Ward()


@pytest.fixture
def nurse(ward):
    with client(a_staff("clinician", ward.team, name="Nia Nurse")) as made:
        yield made


def at(ward, rest):
    return f"/api/v1/patients/{ward.patient.nhs_number}/{rest}"


OXYGEN = "thresholds/oxygen_saturation"


def test_bounds_are_listed_changed_and_given_back_with_their_history(ward, nurse):
    listed = {one["kind"]: one for one in nurse.get(at(ward, "thresholds")).json()["items"]}
    oxygen = listed["oxygen_saturation"]
    assert (oxygen["red_low"], oxygen["amber_low"], oxygen["unit"], oxygen["source"]) == (
        84,
        87,
        "%",
        "copd@1",
    )
    new = {
        "red_low": 80,
        "amber_low": 85,
        "reason": "Usual.",
        "review_on": REVIEW,
        "expected": oxygen["set_at"],
    }
    told = nurse.put(at(ward, OXYGEN), json=new)
    assert told.status_code == 200
    one = told.json()
    assert {
        name: one["now"][name]
        for name in ("red_low", "amber_low", "amber_high", "source", "set_by", "reason", "overdue")
    } == {
        "red_low": 80,
        "amber_low": 85,
        "amber_high": None,
        "source": "person",
        "set_by": "Nia Nurse",
        "reason": "Usual.",
        "overdue": False,
    }
    assert [row["red_low"] for row in one["history"]] == [80, 84]

    again = nurse.put(at(ward, OXYGEN), json=new)
    assert (again.status_code, again.json()["code"]) == (409, "changed_meanwhile")
    assert again.headers["content-type"] == "application/problem+json"
    back = nurse.post(
        at(ward, f"{OXYGEN}/pathway"), json={"reason": "Better.", "expected": one["now"]["set_at"]}
    )
    assert (back.status_code, back.json()["now"]["source"], back.json()["now"]["red_low"]) == (
        200,
        "copd@1",
        84,
    )


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"red_low": 90}, "/amber_low"),
        ({"reason": ""}, "/reason"),
        ({"review_on": None}, "/review_on"),
        ({"review_on": "soon"}, "/review_on"),
        ({"red_low": "low"}, "/red_low"),
        ({"expected": "2026-01-01T08:00:00"}, "/expected"),
    ],
)  # fmt: skip
def test_a_refusal_points_at_the_field(ward, nurse, wrong, pointer):
    good = {
        "red_low": 80,
        "amber_low": 85,
        "reason": "Usual.",
        "review_on": REVIEW,
        "expected": SEEDED.isoformat(),
    }
    told = nurse.put(at(ward, OXYGEN), json=good | wrong)
    assert told.status_code == 422
    assert told.json()["errors"][0]["pointer"].endswith(pointer), told.json()


def test_a_preview_answers_with_a_sentence_counts_and_what_it_does_not_know(ward, nurse):
    told = nurse.post(at(ward, f"{OXYGEN}/preview"), json={"red_low": 80}).json()
    assert told["sentence"].startswith("In the last 90 days no reading of this kind came")
    assert (told["today"], told["proposed"], told["alerts"], told["readings"]) == ({}, {}, [], 0)
    assert any("not known" in one for one in told["unknown"])
    assert nurse.post(at(ward, f"{OXYGEN}/preview"), json={"pathway": True}).status_code == 200
    assert nurse.post(at(ward, f"{OXYGEN}/preview"), json={}).status_code == 422
    assert len(ward.rows()) == 1


def test_a_kind_that_nobody_knows_is_not_there(ward, nurse):
    assert nurse.get(at(ward, "thresholds/shoe_size")).status_code == 404


def test_traits_are_set_listed_and_taken_away(ward, nurse):
    new = {"value": 71.5, "reason": "After the diuretic.", "review_on": REVIEW}
    told = nurse.put(at(ward, "traits/dry_weight"), json=new).json()
    (one,) = told["items"]
    assert (one["name"], one["value"], one["unit"], one["set_by"]) == ("dry_weight", 71.5, "kg", "Nia Nurse")
    assert nurse.put(at(ward, "traits/dry_weight"), json=new).status_code == 409
    assert nurse.put(at(ward, "traits/shoe_size"), json=new).status_code == 404
    gone = {"reason": "Unclear.", "expected": one["set_at"]}
    told = nurse.post(at(ward, "traits/dry_weight/take-away"), json=gone).json()
    assert (told["items"], [row["value"] for row in told["history"]]) == ([], [None, 71.5])


def test_a_patient_sees_their_own_bounds_and_not_the_name_of_who_set_them(ward):
    ward.change()
    with client(ward.patient) as patient:
        listed = {one["kind"]: one for one in patient.get(at(ward, "thresholds")).json()["items"]}
        assert (listed["oxygen_saturation"]["red_low"], listed["oxygen_saturation"]["set_by"]) == (80, None)
        assert patient.get(at(ward, "traits")).json()["items"] == []


def test_what_is_past_its_review_says_so(ward, nurse):
    ward.change()  # as of November 2026, to be reviewed by February 2027
    (one,) = [one for one in nurse.get(at(ward, "thresholds")).json()["items"] if one["source"] == "person"]
    assert one["overdue"] == (date(2027, 2, 1) < now().date())
