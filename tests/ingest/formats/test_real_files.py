"""Real exports, which live beside the repository and not in it; their licences are not ours."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from foundation.errors import Refused
from ingest.formats import Options, read
from ingest.plausibility import judge
from ingest.times import LONDON

DATA = Path(__file__).parents[3].parent / "shared" / "data"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the real files are not in ../shared/data, seen from the repository's folder"
)

# Written down from the files themselves, before any reader of ours was run on them.
PEOPLE = {"Subject 1": 2915, "Subject 2": 2829, "Subject 3": 1533, "Subject 4": 3664, "Subject 5": 2925}


def imported(name, **options):
    opened = read((DATA / name).read_bytes(), filename=name, options=Options(**options))
    items = list(opened.items)
    return opened, items, judge(items, received_at=NOW)


def test_a_home_blood_pressure_file_gives_222_times_three_values():
    opened, items, judged = imported("home_bp_one_person.csv")
    assert opened.format == "csv"
    assert len(items) == 222
    assert Counter(judged.kind_id) == {1: 222, 2: 222, 3: 222}
    assert [*judged.held, *judged.rejected, *judged.duplicates, *opened.skipped] == []


def test_every_value_of_the_home_blood_pressure_file_is_the_one_that_stands_there():
    _, _, judged = imported("home_bp_one_person.csv")
    ours = set(zip(judged.measured_at, judged.kind_id, judged.value, strict=True))
    theirs = set()
    for line in (DATA / "home_bp_one_person.csv").read_text().splitlines()[1:]:
        at, *numbers = line.split(",")
        theirs |= {
            (datetime.fromisoformat(at), kind, float(number)) for kind, number in enumerate(numbers, 1)
        }
    assert ours == theirs


def test_sensor_values_of_five_people_are_13866_in_all():
    stored = {}
    for person, rows in PEOPLE.items():
        opened, items, judged = imported("cgm_five_people.csv", unit="mg/dL", only=person)
        assert len(items) == rows
        assert opened.skipped == {"another person": 13_866 - rows}
        assert [*judged.held, *judged.rejected] == []
        stored[person] = len(judged.index)
    assert stored == PEOPLE
    assert sum(stored.values()) == 13_866


def test_five_people_in_one_file_are_refused_without_a_choice_and_numbers_without_a_unit():
    with pytest.raises(Refused, match="several_people"):
        imported("cgm_five_people.csv", unit="mg/dL")
    with pytest.raises(Refused, match="unit_missing"):
        imported("cgm_five_people.csv", only="Subject 1")


def clinic_rows():
    """The clinic's export by a loop that knows this one file: (wall time, mg/dL)."""
    rows = []
    for line in (DATA / "libreview_clinic_export_us.csv").read_text().splitlines()[3:]:
        cells = line.split(",")
        assert cells[3] == "0"
        wall = datetime.strptime(cells[2], "%m-%d-%Y %I:%M %p")  # noqa: DTZ007 a clock on a wall
        rows.append((wall, int(cells[4])))
    return rows


def test_the_clinic_export_is_what_a_naive_loop_finds():
    opened, items, _ = imported("libreview_clinic_export_us.csv")
    assert opened.format == "libreview"
    assert not opened.skipped
    walls = [datetime.fromisoformat(item.measured_at).replace(tzinfo=None) for item in items]
    assert list(zip(walls, (item.value for item in items), strict=True)) == clinic_rows()
    assert len(items) == 1339


def test_the_clinic_export_is_stored_but_for_the_hour_that_london_left_out():
    """An American device's clock, read as London's: on 28 March 2021 four rows lie in the missing hour.

    They are read from a clock not yet moved, and so meet the rows of the hour after; none is overwritten.
    """
    _, _, judged = imported("libreview_clinic_export_us.csv")
    first: dict[datetime, int] = {}
    expected = Counter[str]()
    for wall, value in clinic_rows():
        missing = datetime(2021, 3, 28, 1) <= wall < datetime(2021, 3, 28, 2)  # noqa: DTZ001 a wall's
        at = wall.replace(tzinfo=UTC) if missing else wall.replace(tzinfo=LONDON).astimezone(UTC)
        expected["stored" if at not in first else "same" if first[at] == value else "other"] += 1
        first.setdefault(at, value)
    assert expected == {"stored": 1335, "same": 1, "other": 3}
    assert dict(zip(judged.measured_at, judged.value, strict=True)) == pytest.approx(
        {at: value / 18.0156 for at, value in first.items()}
    )
    assert len(judged.index) == 1335
    assert len(judged.duplicates) == 1
    assert [held.code for held in judged.held] == ["two_values_for_one_moment"] * 3
    assert max(judged.measured_at) - min(judged.measured_at) < timedelta(days=15)
