"""A long upload goes by columns and COPY; what is stored and answered is what many short ones would come to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from sqlalchemy import text

from foundation.database import transaction
from ingest.intake import BULK
from people.viewer import OWNER
from tests.crowd import a_crowd
from tests.ingest.test_races import kept, sent, verdicts

if TYPE_CHECKING:
    from tests.crowd import Person

pytestmark = pytest.mark.usefixtures("database")

START = datetime(2026, 1, 1, tzinfo=UTC)
ROWS = text("""SELECT kind, measured_at, value, provenance, offset_minutes, given FROM reading
    WHERE patient_id = :patient ORDER BY kind, measured_at""")


def glucose(minute: int, value: Any = 5.5, zone: str = "+00:00", **more: Any) -> dict[str, Any]:
    at = (START + timedelta(minutes=minute)).replace(tzinfo=None).isoformat() + zone
    return {"kind": "interstitial_glucose", "value": value, "unit": "mmol/L", "measured_at": at, **more}


def of_every_sort(number: int) -> dict[str, Any]:
    """Mostly plain; some converted, in another zone, without a zone, a panel, held, or no reading at all."""
    sorts: dict[int, dict[str, Any]] = {
        3: glucose(number, 99.1 + number % 7, unit="mg/dL"),
        5: glucose(number, zone="+05:30", provenance="device"),
        7: glucose(number, zone=""),
        11: glucose(number)
        | {"kind": "blood_pressure", "value": {"systolic": 120, "diastolic": 80}, "unit": "mmHg"},
        13: glucose(number, 1.0),
        17: glucose(number, 40.5),
        19: glucose(number - 19),
        23: glucose(number - 23, 6.5),
        29: glucose(number, "5.5"),
        31: {"kind": "interstitial_glucose"},
    }
    return sorts.get(number % 41, glucose(number, 4 + number % 50 / 10))


def upload(items: list[dict[str, Any]]) -> bytes:
    return msgspec.json.encode({"readings": items})


def stored(person: Person) -> list[tuple[Any, ...]]:
    with transaction(OWNER) as session:
        return [tuple(row) for row in session.execute(ROWS, {"patient": person.id})]


@pytest.mark.storage
def test_a_long_upload_is_stored_and_answered_as_short_ones_are():
    long, short = a_crowd(2)
    items = [of_every_sort(number) for number in range(2 * BULK)]
    [answer] = kept(sent(long, upload(items)))

    at_once = verdicts(answer.body)
    one_by_one = []
    for start in range(0, len(items), 41 * 10):  # whole rounds, so that what belongs together stays together
        one_by_one += verdicts(kept(sent(short, upload(items[start : start + 41 * 10])))[0].body)
    assert at_once == one_by_one
    assert {*at_once} == {"stored", "duplicate", "held", "rejected"}
    assert stored(long) == stored(short)
    assert len(stored(long)) > BULK


@pytest.mark.storage
def test_a_long_upload_sent_again_changes_nothing_and_another_value_in_it_is_held():
    [person] = a_crowd(1)
    items = [glucose(minute) for minute in range(BULK + 500)]
    kept(sent(person, upload(items)))
    before = stored(person)

    [again] = kept(sent(person, upload(items)))
    assert {*verdicts(again.body)} == {"duplicate"}
    assert again.status == 200

    items[700] = glucose(700, 6.5)
    items.append(glucose(BULK + 500))
    [other] = kept(sent(person, upload(items)))
    told = verdicts(other.body)
    assert (told[700], told[-1], {*told[:700], *told[701:-1]}) == ("held", "stored", {"duplicate"})
    assert stored(person)[: len(before)] == before
    with transaction(OWNER) as session:
        held = session.execute(text("SELECT item, value FROM held WHERE patient_id = :p"), {"p": person.id})
        assert [tuple(row) for row in held] == [(700, 6.5)]
