from __future__ import annotations

import pytest

from ingest.catalogue import KINDS, PANELS, SENDABLE, by_id
from ingest.in_columns import _KINDS
from ingest.units import ACCEPTED, conversion

# Rows in databases hold these numbers: a change here is a change of what old rows mean.
IDS = {
    "systolic": 1,
    "diastolic": 2,
    "heart_rate": 3,
    "oxygen_saturation": 4,
    "respiratory_rate": 5,
    "body_temperature": 6,
    "body_weight": 7,
    "glucose": 8,
    "interstitial_glucose": 9,
    "peak_flow": 10,
    "fev1": 11,
    "consciousness": 12,
    "supplemental_oxygen": 13,
    "cat_score": 14,
    "mrc_dyspnoea": 15,
    "breathlessness": 16,
    "sputum": 17,
    "ankle_swelling": 18,
    "extra_pillows": 19,
    "steps": 20,
    "news2": 21,
}
# What a stored answer's number means, for the same reason.
ANSWERS = {
    "consciousness": ("A", "C", "V", "P", "U"),
    "breathlessness": ("better", "same", "worse"),
    "sputum": ("normal", "more_volume", "changed_colour", "both"),
    "ankle_swelling": ("no", "yes"),
    "extra_pillows": ("no", "yes"),
}


def test_ids_and_answers_stay_what_stored_rows_mean_by_them():
    assert {name: kind.id for name, kind in KINDS.items()} == IDS
    assert {name: kind.answers for name, kind in KINDS.items() if kind.answers} == ANSWERS


def test_numbers_leave_room_for_the_moment_that_long_uploads_count_with_them():
    assert all(0 < kind.id < _KINDS for kind in KINDS.values())


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_a_kind_is_found_by_its_id_and_says_what_a_page_needs(kind):
    assert by_id(kind.id) is kind
    assert kind.label
    assert kind.patient_label
    assert kind.hint.endswith((".", "?"))


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_soft_limits_lie_inside_hard_limits(kind):
    limits = [kind.reject_below, kind.confirm_below, kind.confirm_above, kind.reject_above]
    there = [limit for limit in limits if limit is not None]
    assert there == sorted(there)


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS.values() if not kind.answers], ids=lambda kind: kind.name
)
def test_every_number_has_hard_limits_and_its_own_unit_is_accepted_as_it_is(kind):
    assert kind.reject_below is not None
    assert kind.reject_above is not None
    for unit in (kind.unit, kind.unit_label or None):
        assert conversion(kind, unit).apply(71.25) == 71.25


def test_everything_that_is_stored_or_a_panel_can_be_sent():
    assert KINDS.keys() | PANELS.keys() == SENDABLE
    assert all(part in KINDS for panel in PANELS.values() for part in panel.required + panel.optional)
    assert ACCEPTED.keys() <= KINDS.keys()
