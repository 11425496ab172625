from __future__ import annotations

import zlib

from hypothesis import example, given
from hypothesis import strategies as st

from ingest.packing import SMALL, packed


@given(st.binary(max_size=2 * SMALL))
@example(b"")
@example(b"x" * SMALL)
@example(b"x" * (SMALL + 1))
def test_what_is_kept_is_what_came_packed_or_not(body):
    assert zlib.decompress(packed(body)) == body


def test_a_long_upload_is_packed():
    assert len(packed(b"80.5 " * 1000)) < 100
