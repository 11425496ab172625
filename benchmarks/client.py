"""A load of single readings over kept connections, with as little work of its own as can be."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import NamedTuple


class Load(NamedTuple):
    """What a load came to."""

    a_second: float
    p50: float  # milliseconds
    p99: float
    statuses: dict[str, int]


async def _one(
    port: int,
    path: str,
    tokens: list[str],
    me: int,
    requests: int,
    taken: list[float],
    statuses: Counter[str],
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    start = datetime.now(UTC) - timedelta(hours=20)
    for number in range(requests):
        at = (start + timedelta(seconds=number * 7 + me / 100)).isoformat()
        value = 80.5 + number % 5 / 10
        body = json.dumps(
            {"readings": [{"kind": "body_weight", "value": value, "unit": "kg", "measured_at": at}]}
        ).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {tokens[me % len(tokens)]}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        begun = time.perf_counter()
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        taken.append(time.perf_counter() - begun)
        statuses[answer[9:12].decode()] += 1
    writer.close()


async def _all(port: int, path: str, tokens: list[str], connections: int, requests: int) -> Load:
    taken: list[float] = []
    statuses: Counter[str] = Counter()
    begun = time.perf_counter()
    await asyncio.gather(
        *(_one(port, path, tokens, me, requests, taken, statuses) for me in range(connections))
    )
    seconds = time.perf_counter() - begun
    taken.sort()
    return Load(
        len(taken) / seconds,
        taken[len(taken) // 2] * 1e3,
        taken[int(len(taken) * 0.99)] * 1e3,
        dict(statuses),
    )


def load(port: int, path: str, tokens: list[str], *, connections: int = 32, requests: int = 100) -> Load:
    """This many requests on each of this many connections at once."""
    return asyncio.run(_all(port, path, tokens, connections, requests))
