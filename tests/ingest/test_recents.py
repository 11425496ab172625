from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from sqlalchemy import text

from foundation.database import transaction
from ingest import rollups
from ingest.catalogue import KINDS
from people.viewer import CHECKER, OWNER
from tests import rows

pytestmark = pytest.mark.storage

WEIGHT = KINDS["body_weight"].id
LAST = datetime(2026, 11, 20, 8, tzinfo=UTC)


def check(*values: tuple[int, float], patient: int = 1) -> None:
    """The checker's part: the patient's days, brought up to date from these readings (days before the last, value)."""
    told = sorted((LAST - timedelta(days=back), value) for back, value in values)
    frame = pd.DataFrame(
        {
            "patient_id": patient,
            "measured_at": pd.to_datetime([at for at, _ in told], utc=True).as_unit("us"),
            "value": [value for _, value in told],
            "confirmed": True,
        }
    )
    with transaction(CHECKER) as session:
        rollups.recompute(session, {WEIGHT: frame}, {patient: told[0][0] if told else LAST})


def recent():
    with transaction(OWNER) as session:
        return session.execute(text("SELECT * FROM rollup_recent")).one_or_none()


def test_the_last_seven_days_are_held_against_the_28_before_them(database):
    check(
        *[(back, 84.0) for back in range(7)], *[(back, 80.0 + back % 2) for back in range(7, 35)], (35, 500.0)
    )
    row = recent()
    assert (row.recent_readings, row.recent_mean) == (7, 84.0)
    assert (row.before_readings, row.before_mean) == (28, 80.5)
    assert row.spread == pytest.approx(pd.Series([80.0, 81.0] * 14).std())
    assert (row.last_day, row.days) == (date(2026, 11, 20), 2**35 - 1)


def test_a_day_without_readings_is_a_gap_among_the_days(database):
    check((0, 80.0), (2, 80.0))
    assert recent().days == 0b101


def test_a_late_reading_of_an_earlier_day_counts_from_then_on(database):
    check((0, 80.0))
    check((0, 80.0), (10, 90.0))
    row = recent()
    assert (row.before_readings, row.before_mean, row.last_day) == (1, 90.0, date(2026, 11, 20))


def test_days_stand_as_of_the_last_one_however_long_ago(database):
    check((200, 80.0), (201, 82.0))
    row = recent()
    assert (row.last_day, row.recent_readings, row.days) == (date(2026, 5, 4), 2, 0b11)


def test_nothing_stays_of_a_kind_whose_readings_were_all_retracted(database):
    check((0, 80.0))
    with transaction(OWNER) as session:
        given = {"patient_id": 1, "kind": WEIGHT, "measured_at": LAST, "revision": 1}
        rows.add(session, "correction", **given)
    check()
    assert recent() is None
