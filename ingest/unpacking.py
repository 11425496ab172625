"""Bodies that come packed: gzip, unpacked without ever holding more than is allowed."""

from __future__ import annotations

import zlib

from foundation.errors import Refused

_GZIP = 16 + zlib.MAX_WBITS  # tells zlib to expect gzip's own header
_INFLATE_STEP = 64 * 1024  # bytes fed at a time, so that what follows one gzip member is never copied whole
_MOST_MEMBERS = 100  # a gzip file may be several in a row; nobody sends more, but an attacker might


def unpacked(body: bytes, content_encoding: str | None, max_bytes: int) -> bytes:
    """The body as text in bytes. Refused: `encoding_unknown`, `gzip_broken`, `too_large`."""
    encoding = (content_encoding or "").strip().lower()
    if encoding in ("gzip", "x-gzip"):
        body = _inflated(body, max_bytes)
    elif encoding not in ("", "identity"):
        raise Refused("encoding_unknown", "Send the body as it is, or packed with gzip.", status=415)
    if len(body) > max_bytes:
        raise _too_large()
    return body.removeprefix(b"\xef\xbb\xbf")  # some programs on Windows put a byte order mark before UTF-8


def _inflated(body: bytes, max_bytes: int) -> bytes:
    """Unpack gzip, holding never more than `max_bytes` and one byte."""
    parts: list[bytes] = []
    room = max_bytes + 1
    position, members = 0, 0
    member = zlib.decompressobj(_GZIP)
    while position < len(body):
        step = body[position : position + _INFLATE_STEP]
        try:
            part = member.decompress(step, room)
        except zlib.error:
            raise _gzip_broken() from None
        parts.append(part)
        room -= len(part)
        if room <= 0:
            raise _too_large()
        position += len(step) - len(member.unused_data) - len(member.unconsumed_tail)
        if member.eof and position < len(body):
            members += 1
            if members >= _MOST_MEMBERS:
                raise _gzip_broken()
            member = zlib.decompressobj(_GZIP)
    if not member.eof:
        raise _gzip_broken()
    return b"".join(parts)


def _too_large() -> Refused:
    return Refused("too_large", "This is more than we take at once. Send it in smaller parts.", status=413)


def _gzip_broken() -> Refused:
    return Refused(
        "gzip_broken", "This gzip is cut off or damaged. Send it again, whole, or without gzip.", status=400
    )
