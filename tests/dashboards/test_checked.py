"""How each outcome of a rule is said on a patient's record."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dashboards.presenters.checked import CheckedSeen, CountSeen, lacking, present

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def seen(outcome="no_data", **more):
    return CheckedSeen("copd.drift", "Drifting", outcome, ("Heart rate",), **more)


@pytest.mark.parametrize(
    ("there", "needs", "said"),
    [
        ((0, 0, 28), (1, 1, 28), "It needs one reading within 28 days; none has come."),
        ((3, 2, 29), (14, 14, 29), "It needs readings on at least 14 days within 29 days; there are 3, on 2 days."),
        ((3, 1, 8), (6, 4, 8), "It needs readings on at least 4 days and at least 6 readings within 8 days; there are 3, on 1 day."),
        ((3, 2, 28), (5, 1, 28), "It needs at least 5 readings within 28 days; there are 3."),
    ],
)  # fmt: skip
def test_what_lacks_is_said_with_how_much_there_is_and_how_much_it_takes(there, needs, said):
    assert lacking(seen(there=CountSeen(*there), needs=CountSeen(*needs))) == said


def test_a_trait_that_is_not_set_and_a_schedule_that_has_not_begun_are_said():
    assert lacking(seen(trait="Dry weight")) == "It needs the trait Dry weight, which is not set."
    assert lacking(seen(waits_for_missing=True)) == "Nothing has fallen due yet."
    enough = seen(there=CountSeen(9, 9, 28), needs=CountSeen(1, 1, 28))
    assert "not meant for this patient" in lacking(enough)


def test_the_table_begins_with_what_matters_and_counts_each_outcome():
    told = present(
        [seen("normal"), seen("breach", severity="red", at=NOW), seen("error"), seen(), seen("pending")], NOW
    )
    assert [row.word for row in told.rows] == ["Breach", "Error", "Pending", "No data", "Normal"]
    assert told.summary == "5 rules: 1 breach, 1 error, 1 pending, 1 no data and 1 normal."
    assert (told.rows[0].severity_word, "today 09:00" in told.rows[0].at) == ("Red", True)
