from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import Refused
from ingest.formats import FORMATS, Options, read
from ingest.items import BadItem, FileItem
from tests.ingest.formats.samples import SAMPLES

GARBAGE = [
    "",
    "\0",
    "﻿",
    '"',
    ",",
    ";",
    "\t",
    "\r",
    "HI",
    "-",
    "1e9",
    "٣",
    "25-11-2024 08:05",
    "01-02-2024 01:30",
]


def drain(body, **options):
    """Read a file to its end; every item is one of two types, numbered as they come."""
    opened = read(body, options=Options(**options))
    for index, item in enumerate(opened.items):
        assert isinstance(item, FileItem | BadItem)
        if isinstance(item, BadItem):
            assert item.index == index
    return opened


@given(st.binary(max_size=400), st.sampled_from(FORMATS))
def test_any_bytes_are_read_or_refused(body, name):
    try:
        opened = read(body, format=name)
    except Refused:
        return
    assert all(isinstance(item, FileItem | BadItem) for item in opened.items)


@given(st.data())
@settings(max_examples=300)
def test_a_damaged_file_is_read_or_refused(data):
    lines = data.draw(st.sampled_from(SAMPLES)).splitlines()
    for _ in range(data.draw(st.integers(0, 4))):
        place = data.draw(st.integers(0, len(lines) - 1))
        line = lines[place]
        cut = data.draw(st.integers(0, len(line)))
        keep = data.draw(st.integers(cut, len(line)))
        lines[place] = line[:cut] + data.draw(st.sampled_from(GARBAGE) | st.text(max_size=5)) + line[keep:]
    ending = data.draw(st.sampled_from(["\n", "\r\n", "\r"]))
    encoding = data.draw(st.sampled_from(["utf-8", "utf-16", "cp1252"]))
    body = ending.join(lines).encode(encoding, errors="replace")
    try:
        drain(body, unit=data.draw(st.sampled_from([None, "mg/dL"])), patient="9990000018")
    except Refused as refused:
        assert refused.sentence.endswith(".")  # noqa: PT017 whether it is refused depends on the damage


@pytest.mark.parametrize(
    ("body", "name", "filename", "code"),
    [
        (b"", "auto", None, "format_unknown"),
        (b"hello\n", "auto", None, "format_unknown"),
        (b"\x89PNG\x00\x00", "auto", None, "not_text"),
        (SAMPLES[1].encode(), "libreview", None, "format_unknown"),
        (SAMPLES[0].encode(), "omron", None, "format_unknown"),
        (SAMPLES[0].encode(), "auto", "Export.XLSX", "format_unknown"),
    ],
)
def test_a_file_of_an_unknown_kind_is_refused(body, name, filename, code):
    with pytest.raises(Refused) as refused:
        read(body, format=name, filename=filename)
    assert refused.value.code == code


def test_items_are_made_as_they_are_asked_for():
    rows = "".join(f"2026-11-20T08:02:{second:02d}Z,97\n" for second in range(60))
    opened = read(f"time,spo2\n{rows}".encode())
    next(opened.items)
    assert len(list(opened.items)) == 59
    assert list(opened.items) == []


def test_every_sample_is_read_to_its_end():
    assert [len(list(drain_sample(sample))) for sample in SAMPLES] == [3, 3, 2]


def drain_sample(sample):
    return read(sample.encode(), options=Options(unit="mg/dL")).items
