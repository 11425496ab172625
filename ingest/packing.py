"""How uploads and their answers are kept: in zlib's format, packed where that saves anything worth its time."""

from __future__ import annotations

import struct
import zlib

# Bytes up to which they are kept as they are: packing one reading saves a dozen bytes, and costs more than judging it.
SMALL = 500
_HEAD = b"\x78\x01\x01"  # zlib's header, and the last block of the stream: stored, not packed


def packed(body: bytes) -> bytes:
    """What `zlib.decompress` makes the body of again."""
    if len(body) > SMALL:
        return zlib.compress(body, 1)
    size = len(body)
    return _HEAD + struct.pack("<HH", size, size ^ 0xFFFF) + body + struct.pack(">I", zlib.adler32(body))
