from __future__ import annotations

import gzip
import json
import time
import zlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import Refused
from ingest.items import PROVENANCES, BadItem, Item, decode

MOST = 50_000_000
GOOD = {"kind": "body_weight", "value": 80.5, "unit": "kg", "measured_at": "2026-11-20T08:02:00Z"}
NDJSON = "application/x-ndjson"


def body(*readings, **more):
    return json.dumps({"readings": list(readings), **more}).encode()


def lines(*readings):
    return b"\n".join(json.dumps(reading).encode() for reading in readings)


def read(sent, content_type="application/json", encoding=None, most=MOST):
    return decode(sent, content_type, encoding, most)


def refusal(sent, content_type="application/json", encoding=None, most=MOST):
    with pytest.raises(Refused) as refused:
        read(sent, content_type, encoding, most)
    return refused.value


def without(field):
    return {name: value for name, value in GOOD.items() if name != field}


BAD = [
    (without("kind"), "field_missing", "kind"),
    (without("value"), "field_missing", "value"),
    (without("measured_at"), "field_missing", "measured_at"),
    (GOOD | {"kind": 7}, "wrong_type", "kind"),
    (GOOD | {"value": None}, "wrong_type", "value"),
    (GOOD | {"value": [80.5]}, "wrong_type", "value"),
    (GOOD | {"measured_at": 1795161720}, "wrong_type", "measured_at"),
    (GOOD | {"unit": 1}, "wrong_type", "unit"),
    (GOOD | {"context": "sitting"}, "wrong_type", "context"),
    (GOOD | {"id": 12}, "wrong_type", "id"),
    (GOOD | {"id": "x" * 201}, "too_long", "id"),
    (GOOD | {"kind": "x" * 201}, "too_long", "kind"),
    (GOOD | {"provenance": "guessed"}, "provenance_unknown", "provenance"),
    (GOOD | {"value": float("nan")}, "not_a_number", "value"),
    (GOOD | {"value": float("-inf")}, "not_a_number", "value"),
    (GOOD | {"value": {"systolic": float("nan")}}, "not_a_number", "value"),
    (GOOD | {"context": {"cuff": [float("inf")]}}, "not_a_number", "context"),
    (GOOD | {"value": 10**400}, "not_a_number", "value"),
    (GOOD | {"kind": "body\0weight"}, "text_broken", "kind"),
    (GOOD | {"id": "\0"}, "text_broken", "id"),
    (GOOD | {"id": "\ud800"}, "text_broken", "id"),
    (GOOD | {"context": {"no\0te": "x"}}, "text_broken", "context"),
    (GOOD | {"context": {"note": ["x", {"y": "\0"}]}}, "text_broken", "context"),
    ("a reading", "wrong_type", None),
    (None, "wrong_type", None),
    ([], "wrong_type", None),
    (12, "wrong_type", None),
]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: f"{bad[1]} {bad[2]}")
@pytest.mark.parametrize("content_type", ["application/json", NDJSON])
def test_a_bad_item_says_what_is_wrong_and_its_neighbours_live(bad, content_type):
    item, code, field = bad
    sent = body(GOOD, item, GOOD) if content_type != NDJSON else lines(GOOD, item, GOOD)
    before, found, after = read(sent, content_type).items
    assert isinstance(before, Item)
    assert before == after
    assert isinstance(found, BadItem)
    assert (found.index, found.code, found.field) == (1, code, field)
    assert found.sentence.endswith(".")


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: f"{bad[1]} {bad[2]}")
def test_no_sentence_repeats_what_was_sent(bad):
    marked = json.dumps(bad[0]).replace("80.5", "8765.25").replace("guessed", "zzsecret")
    found = read(b'{"readings": [' + marked.encode() + b"]}").items[0]
    assert isinstance(found, BadItem)
    assert "8765" not in found.sentence
    assert "zzsecret" not in found.sentence
    assert "1795161720" not in found.sentence


def test_everything_of_an_item_is_kept():
    full = GOOD | {"id": "a1", "provenance": "device", "context": {"arm": "left"}}
    decoded = read(body(full, patient="999 000 0018", client_now="2026-11-20T08:02:05Z"))
    assert decoded.items == [Item(**full)]
    assert decoded.patient == "999 000 0018"
    assert decoded.client_now == "2026-11-20T08:02:05Z"


def test_unknown_fields_are_left_and_provenance_is_unknown_until_said():
    item = read(body(GOOD | {"colour": "blue"})).items[0]
    assert item == Item(**GOOD, provenance="unknown")


@pytest.mark.parametrize("provenance", PROVENANCES)
def test_every_provenance_is_taken(provenance):
    assert read(body(GOOD | {"provenance": provenance})).items[0].provenance == provenance


def test_the_places_of_provenances_stay_what_stored_rows_mean_by_them():
    assert PROVENANCES == ("unknown", "device", "bluetooth", "patient_typed", "staff_typed", "file_import")


def test_a_whole_number_a_decimal_a_text_a_truth_and_an_object_are_values():
    values = [97, 80.5, "same", True, {"systolic": 120, "diastolic": 80}]
    found = [item.value for item in read(body(*(GOOD | {"value": value} for value in values))).items]
    assert found == values
    assert isinstance(found[0], float)
    assert isinstance(found[3], bool)


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\n\n  \n"])
def test_ndjson_may_end_lines_as_it_likes_and_hold_empty_ones(ending):
    sent = ending.join([json.dumps(GOOD).encode()] * 3) + ending
    assert read(sent, NDJSON).items == [Item(**GOOD)] * 3


def test_a_line_that_is_no_json_costs_itself_only():
    sent = lines(GOOD) + b'\n{"kind": "body_wei\n\n \r\n\xff\xfe\n' + lines(GOOD)
    good, cut, odd, last = read(sent, NDJSON).items
    assert (cut.index, cut.code) == (1, "not_json")
    assert (odd.index, odd.code) == (2, "not_utf8")
    assert good == last == Item(**GOOD)


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", " GZIP "])
def test_gzip_is_unpacked(encoding):
    assert read(gzip.compress(body(GOOD)), encoding=encoding).items == [Item(**GOOD)]


def test_gzip_in_several_members_is_one_body():
    sent = body(GOOD)
    assert read(gzip.compress(sent[:20]) + gzip.compress(sent[20:]), encoding="gzip").items == [Item(**GOOD)]


def test_a_byte_order_mark_is_no_reason_to_refuse():
    assert read(b"\xef\xbb\xbf" + body(GOOD)).items == [Item(**GOOD)]


PACKED = gzip.compress(body(GOOD))


@pytest.mark.parametrize(
    ("sent", "content_type", "encoding", "code", "status"),
    [
        (b"", "application/json", None, "not_json", 400),
        (b"{", "application/json", None, "not_json", 400),
        (body(GOOD)[:-1], "application/json", None, "not_json", 400),
        (b'{"readings": [' + b"[" * 100_000, "application/json", None, "not_json", 400),
        (b"\xff" + body(GOOD), "application/json", None, "not_utf8", 400),
        (b"[]", "application/json", None, "no_readings", 400),
        (b"{}", "application/json", None, "no_readings", 422),
        (b'{"readings": {}}', "application/json", None, "no_readings", 400),
        (b'{"readings": []}', "application/json", None, "no_readings", 422),
        (b'{"readings": NaN}', "application/json", None, "no_readings", 400),
        (b"\n\n", NDJSON, None, "no_readings", 422),
        (body(GOOD, patient=9990000018), "application/json", None, "patient_not_text", 422),
        (PACKED[:-9], "application/json", "gzip", "gzip_broken", 400),
        (PACKED + b"x", "application/json", "gzip", "gzip_broken", 400),
        (b"", "application/json", "gzip", "gzip_broken", 400),
        (body(GOOD), "application/json", "gzip", "gzip_broken", 400),
        (body(GOOD), "application/json", "br", "encoding_unknown", 415),
        (body(GOOD), "text/csv", None, "type_unknown", 415),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_whole(sent, content_type, encoding, code, status):
    refused = refusal(sent, content_type, encoding)
    assert (refused.code, refused.status) == (code, status)


def test_a_body_is_bounded_by_its_unpacked_size():
    sent = body(GOOD)
    assert read(sent, most=len(sent)).items
    assert refusal(sent, most=len(sent) - 1).code == "too_large"
    assert read(gzip.compress(sent), encoding="gzip", most=len(sent)).items
    assert refusal(gzip.compress(sent), encoding="gzip", most=len(sent) - 1).code == "too_large"


def test_a_gzip_that_grows_a_thousandfold_is_never_unpacked_beyond_the_limit(monkeypatch):
    unpacked = []

    class Watched:
        def __init__(self, inner):
            self._inner = inner

        def decompress(self, data, most):
            part = self._inner.decompress(data, most)
            unpacked.append(len(part))
            return part

        def __getattr__(self, name):
            return getattr(self._inner, name)

    make = zlib.decompressobj
    monkeypatch.setattr(zlib, "decompressobj", lambda bits: Watched(make(bits)))
    bomb = gzip.compress(b" " * 20_000_000)
    assert refusal(bomb, encoding="gzip", most=10_000).code == "too_large"
    assert sum(unpacked) == 10_001


def test_a_hundred_thousand_empty_gzip_members_are_refused_at_once():
    began = time.process_time()
    assert refusal(gzip.compress(b"") * 100_000, encoding="gzip").code == "gzip_broken"
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("bad", [None, float("nan"), "\0", 10**400])
@pytest.mark.parametrize("content_type", ["application/json", NDJSON])
def test_one_bad_item_among_a_hundred_thousand_costs_itself_and_half_a_second_at_most(bad, content_type):
    readings = [GOOD | {"id": f"x{number}"} for number in range(100_000)]
    readings[50_000]["value"] = bad
    sent = lines(*readings) if content_type == NDJSON else body(*readings)
    began = time.process_time()
    items = read(sent, content_type).items
    taken = time.process_time() - began
    assert len(items) == 100_000
    assert [index for index, item in enumerate(items) if isinstance(item, BadItem)] == [50_000]
    assert taken < 0.5


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
ITEMS = st.one_of(
    JSON,
    st.just(GOOD),
    st.builds(
        lambda name, value: GOOD | {name: value}, st.sampled_from([*GOOD, "id", "context", "odd"]), JSON
    ),
)


def leaves(value):
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in leaves(inner)]
    return [value]


def check_storable(items):
    for index, item in enumerate(items):
        if isinstance(item, BadItem):
            assert item.index == index
            continue
        for leaf in leaves([item.kind, item.value, item.unit, item.measured_at, item.id, item.context]):
            json.dumps(leaf, allow_nan=False, ensure_ascii=False).encode()
            assert not isinstance(leaf, str) or "\0" not in leaf


@given(st.lists(ITEMS, min_size=1, max_size=8))
def test_no_item_is_ever_lost_and_what_lives_can_be_stored(readings):
    check_storable(both := read(body(*readings)).items)
    assert len(both) == len(readings)
    check_storable(both := read(lines(*readings), NDJSON).items)
    assert len(both) == len(readings)


@given(st.lists(ITEMS, min_size=1, max_size=8))
def test_a_request_and_its_lines_are_judged_alike(readings):
    def told(items):
        return [item.code if isinstance(item, BadItem) else item for item in items]

    assert told(read(body(*readings)).items) == told(read(lines(*readings), NDJSON).items)


@given(
    st.binary(max_size=300)
    | st.text(max_size=300).map(str.encode)
    | JSON.map(lambda value: json.dumps(value).encode()),
    st.sampled_from(["application/json", NDJSON, "", "text/plain"]),
    st.sampled_from([None, "gzip", "br"]),
)
def test_arbitrary_bytes_are_read_or_refused(sent, content_type, encoding):
    try:
        items = read(sent, content_type, encoding).items
    except Refused:
        return
    assert items


@given(st.data())
@settings(max_examples=200)
def test_a_damaged_gzip_is_read_or_refused(data):
    sent = bytearray(PACKED)
    for place in data.draw(st.lists(st.integers(0, len(sent) - 1), max_size=3)):
        sent[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(sent)))
    with suppress(Refused):
        assert read(bytes(sent[:cut]), encoding="gzip").items
