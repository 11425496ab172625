from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import Refused
from ingest.formats import Options, plain_csv, read
from ingest.items import BadItem
from ingest.plausibility import judge

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def items(text, encoding="utf-8", **options):
    return list(read(text.encode(encoding), options=Options(**options)).items)


def told(found):
    return [(one.kind, one.value, one.unit, one.measured_at) for one in found]


def refusal(text, **options):
    with pytest.raises(Refused) as refused:
        items(text, **options)
    return refused.value


LONG = """kind,value,unit,measured_at,id,provenance
body_weight,80.5,kg,2026-11-20T08:02:00+00:00,w1,device
blood_pressure,120/80/64,mmHg,2026-11-20T08:03:00Z,,
breathlessness,worse,,2026-11-20 08:04,,made up
"""


def test_the_long_form_names_kind_value_unit_and_time():
    found = items(LONG)
    assert told(found) == [
        ("body_weight", 80.5, "kg", "2026-11-20T08:02:00+00:00"),
        ("blood_pressure", "120/80/64", "mmHg", "2026-11-20T08:03:00Z"),
        ("breathlessness", "worse", None, "2026-11-20T08:04:00+00:00"),
    ]
    assert [one.id for one in found] == ["w1", None, None]
    assert [one.provenance for one in found] == ["device", "file_import", "file_import"]
    assert [one.line for one in found] == [2, 3, 4]
    assert len(judge(found, received_at=NOW).index) == 5


def test_columns_may_stand_in_any_order_under_lines_of_the_apps_own():
    text = 'Report of my app\n\n"measured_at";"unit";"value";"kind"\n'
    text += '2026-11-20T08:02:00Z;"kg";80.5;body_weight\n'
    assert told(items(text)) == [("body_weight", 80.5, "kg", "2026-11-20T08:02:00Z")]


def test_systolic_diastolic_and_pulse_of_a_row_are_one_blood_pressure():
    found = items(
        "timestamp_utc,sys,dia,pulse\n2026-07-20 08:02:00,120,80,64\n2026-07-20 08:05:00+00:00,121,81,\n"
    )
    assert told(found) == [
        (
            "blood_pressure",
            {"systolic": 120.0, "diastolic": 80.0, "heart_rate": 64.0},
            "mmHg",
            "2026-07-20T08:02:00+00:00",
        ),
        ("blood_pressure", {"systolic": 121.0, "diastolic": 81.0}, "mmHg", "2026-07-20 08:05:00+00:00"),
    ]


def test_half_a_blood_pressure_is_rejected_and_its_neighbours_live():
    rows = "2026-11-20T08:02Z,120,,64\n2026-11-20T08:03Z,,,65\n2026-11-20T08:04Z,120,80,66\n"
    text = f"measured_at,sys,dia,pulse\n{rows}"
    judged = judge(items(text), received_at=NOW)
    assert [(one.index, one.code) for one in judged.rejected] == [(0, "panel_incomplete")]
    assert judged.value == [65.0, 120.0, 80.0, 66.0]


def test_a_row_gives_a_reading_for_each_column_and_blanks_none():
    opened = read(
        b"Date,Time,Weight (kg),SpO2(%),Temperature [degC],Mood\n"
        b"20/11/2026,08:02,80.5,-,36.6,fine\n21/11/2026,08:02,,97,,\n22/11/2026,08:02,,,--,\n"
    )
    assert told(opened.items) == [
        ("body_weight", 80.5, "kg", "2026-11-20T08:02:00+00:00"),
        ("body_temperature", 36.6, "degC", "2026-11-20T08:02:00+00:00"),
        ("oxygen_saturation", 97.0, "%", "2026-11-21T08:02:00+00:00"),
    ]
    assert opened.skipped == {"no value": 1}
    assert opened.warnings == ["Columns not read: Mood."]


@pytest.mark.parametrize(
    ("header", "unit"),
    [("glucose (mmol/L)", "mmol/L"), ("Blood Glucose [mg/dL]", "mg/dL"), ("glucose mg/dL", "mg/dL")],
)
def test_a_unit_is_read_from_the_header(header, unit):
    assert told(items(f"time,{header}\n2026-11-20T08:02Z,5.4\n")) == [
        ("glucose", 5.4, unit, "2026-11-20T08:02Z")
    ]


@pytest.mark.parametrize("value", ["5.4", "97", "300"])
@pytest.mark.parametrize("column", ["gl", "glucose", "weight", "temperature", "fev1"])
def test_a_column_without_a_unit_is_refused_whatever_its_numbers(column, value):
    refused = refusal(f"time,{column}\n2026-11-20T08:02Z,{value}\n")
    assert refused.code == "unit_missing"
    assert "--unit" in refused.sentence


def test_the_unit_can_be_told():
    found = items("time,gl\n2026-11-20T08:02Z,153\n", unit="mg/dL")
    assert told(found) == [("interstitial_glucose", 153.0, "mg/dL", "2026-11-20T08:02Z")]
    assert refusal("time,gl\n2026-11-20T08:02Z,153\n", unit="furlong").code == "unit_unknown"
    assert items("time,glucose (mmol/L)\n2026-11-20T08:02Z,5.4\n", unit="mg/dL")[0].unit == "mmol/L"


def test_a_header_with_a_unit_we_do_not_know_is_refused():
    assert refusal("time,weight (ounces)\n2026-11-20T08:02Z,80\n").code == "unit_unknown"


FAMILY = "id,time,gl\nMum,2026-11-20T08:02Z,100\nDad,2026-11-20T08:03Z,110\nMum,2026-11-20T08:04Z,120\n"


def test_a_file_of_several_people_is_refused_until_one_is_chosen():
    refused = refusal(FAMILY, unit="mg/dL")
    assert refused.code == "several_people"
    assert "2 people" in refused.sentence
    assert "Mum" not in refused.sentence
    opened = read(FAMILY.encode(), options=Options(unit="mg/dL", only="Mum"))
    assert [one.value for one in opened.items] == [100.0, 120.0]
    assert opened.skipped == {"another person": 1}
    assert refusal(FAMILY, unit="mg/dL", only="Aunt").code == "person_not_found"


def test_a_file_of_one_person_needs_no_choice():
    assert len(items("id,time,gl\nMum,2026-11-20T08:02Z,100\n", unit="mg/dL")) == 1


MIXED = (
    "nhs_number,kind,value,unit,measured_at\n"
    "999 000 0018,body_weight,80.5,kg,2026-11-20T08:02Z\n"
    "9990000026,body_weight,95.5,kg,2026-11-20T08:03Z\n"
    ",body_weight,81,kg,2026-11-20T08:04Z\n"
)


def test_a_row_with_another_patients_number_is_refused_and_its_neighbours_live():
    found = items(MIXED, patient="9990000018")
    assert [one.code if isinstance(one, BadItem) else one.value for one in found] == [
        80.5,
        "another_patient",
        81.0,
    ]
    assert (found[1].index, found[1].line) == (1, 3)
    assert "9990000026" not in found[1].sentence


def test_without_a_patient_a_file_with_two_numbers_is_of_several_people():
    assert refusal(MIXED).code == "several_people"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encoding_and_delimiter_are_found(encoding, delimiter):
    text = delimiter.join(["time", "temperature (°C)", "notes"]) + "\r\n"
    text += delimiter.join(["2026-11-20T08:02Z", "36.6", "café"]) + "\r\n"
    assert told(items(text, encoding)) == [("body_temperature", 36.6, "°C", "2026-11-20T08:02Z")]


def test_a_mark_read_wrongly_and_written_again_does_not_hide_the_header():
    assert len(items("ï»¿" + LONG)) == 3


def test_what_is_no_number_is_rejected_with_its_reason():
    text = 'time,glucose (mmol/L)\n2026-11-20T08:02Z,HI\n2026-11-20T08:03Z,"5,4"\n2026-11-20T08:04Z,1e1\n'
    judged = judge(items(text), received_at=NOW)
    assert [one.code for one in judged.rejected] == ["outside_meter_range", "decimal_comma", "not_a_number"]


def test_times_without_an_offset_are_londons_in_the_order_of_the_file():
    rows = "".join(f"2026-10-25 {time},97\n" for time in ("00:30", "01:30", "01:10", "02:10"))
    found = items(f"time,spo2\n{rows}")
    assert [one.measured_at for one in found] == [
        "2026-10-25T00:30:00+01:00",
        "2026-10-25T01:30:00+01:00",
        "2026-10-25T01:10:00+00:00",
        "2026-10-25T02:10:00+00:00",
    ]
    assert [one.given_time for one in found][1:3] == ["2026-10-25 01:30", "2026-10-25 01:10"]


def test_a_long_id_is_cut_to_what_a_request_may_hold():
    found = items(f"kind,value,unit,measured_at,id\nfev1,2,L,2026-11-20T08:02Z,{'x' * 300}\n")
    assert len(found[0].id) == 200


cells = st.sampled_from(
    [
        "",
        " ",
        "5.5",
        " 5.5 ",
        "+7",
        "5,5",
        "HI",
        "body_weight",
        "kg",
        '"kg"',
        '"a',
        '"5""5"',
        "device",
        "w" * 300,
    ]
)
with_offset = st.sampled_from(
    ["2026-11-20T08:02:00Z", " 2026-11-20T08:02:00+01:00", "2026-11-20 08:02z", "x+me:00"]
)
names = st.permutations(["measured_at", "kind", "value", "unit", "id", "provenance", "of no use"])


@given(
    names,
    st.lists(st.lists(cells, max_size=9), max_size=8),
    with_offset,
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_many_rows_at_once_are_read_as_each_by_itself(header, rows, time, end):
    place = header.index("measured_at")
    long_enough = [[*row[:place], *[""] * (place - len(row)), time, *row[place:]] for row in rows]
    text = end.join(";".join(row) for row in [header, *long_enough])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(plain_csv, "_simple", lambda *_: None)
        one_by_one = items(text)
    assert items(text) == one_by_one


def test_a_file_too_long_to_be_kept_in_memory_is_read_the_same(monkeypatch):
    whole = items(LONG.replace("2026-11-20 08:04", "2026-11-20T08:04Z"))
    monkeypatch.setattr(plain_csv, "_KEPT", 1)
    assert items(LONG.replace("2026-11-20 08:04", "2026-11-20T08:04Z")) == whole
    assert len(whole) == 3
