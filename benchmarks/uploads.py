"""Uploads: many rows at once against COPY and INSERT … ON CONFLICT; one reading a request against a route that stores nothing."""

from __future__ import annotations

import json
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import NamedTuple

import psycopg

from benchmarks import stage
from benchmarks.client import load
from foundation.database import plain_url

ROWS = 100_000
WORKERS = (1, 2)  # web processes, of the floor and of ours


class Figure(NamedTuple):
    """One line of the table."""

    work: str
    unit: str
    floor: float | None
    ours: float
    ratio: float  # ours to the floor, or ours itself where there is none
    target: str
    met: bool
    note: str = ""


def bulk(rounds: int = 3) -> list[Figure]:
    """NDJSON and CSV over HTTP, fresh readings each time; the floor in the same round."""
    port = stage.free_port()
    seconds: dict[str, list[float]] = {"floor": [], "NDJSON": [], "CSV": []}
    with stage.process("serve", "--port", str(port)):
        stage.wait_for(port)
        for number in range(rounds + 1):
            for name, body, kind in (
                ("NDJSON", _ndjson(number), "application/x-ndjson"),
                ("CSV", _csv(number), "text/csv"),
            ):
                ((_, token),) = stage.a_few(1)
                floor = _floor(number)
                ours = _send(port, token, body, kind)
                if number:  # the first round warms up
                    seconds["floor"].append(floor)
                    seconds[name].append(ours)
    floor = ROWS / median(seconds["floor"])
    figures = []
    for name in ("NDJSON", "CSV"):
        ours = ROWS / median(seconds[name])
        figures.append(
            Figure(f"bulk upload, {name}", "rows/s", floor, ours, ours / floor, "≥ 0.5", ours / floor >= 0.5)
        )
    return figures


def _moments(number: int) -> list[str]:
    start = datetime.now(UTC) - timedelta(days=365 + number * 200)
    return [(start + timedelta(minutes=2 * row)).isoformat(timespec="seconds") for row in range(ROWS)]


def _ndjson(number: int) -> bytes:
    return "".join(
        json.dumps(
            {"kind": "interstitial_glucose", "value": 5 + row % 50 / 10, "unit": "mmol/L", "measured_at": at}
        )
        + "\n"
        for row, at in enumerate(_moments(2 * number))
    ).encode()


def _csv(number: int) -> bytes:
    rows = (
        f"interstitial_glucose,{5 + row % 50 / 10},mmol/L,{at}\n"
        for row, at in enumerate(_moments(2 * number + 1))
    )
    return ("kind,value,unit,measured_at\n" + "".join(rows)).encode()


def _send(port: int, token: str, body: bytes, kind: str) -> float:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/v1/readings", body, headers)
    begun = time.perf_counter()
    with urllib.request.urlopen(request, timeout=120) as answer:
        came = answer.read()
    seconds = time.perf_counter() - begun
    told = json.loads(came)
    assert sum(result["verdict"] == "stored" for result in told["results"]) == ROWS
    return seconds


def _floor(number: int) -> float:
    """The same rows by COPY to a staging table and INSERT … ON CONFLICT, into a table like ours."""
    lines = [
        f"1\t9\t{at}\t{5 + row % 50 / 10}\t00000000-0000-0000-0000-000000000000\t{row}\t1\t0\t\\N\n"
        for row, at in enumerate(_moments(number))
    ]
    new = "patient_id, kind, measured_at, value, upload_id, item, provenance, offset_minutes, given"
    with psycopg.connect(plain_url("owner")) as connection:
        connection.execute("DROP TABLE IF EXISTS floor")
        connection.execute("CREATE TABLE floor (LIKE reading INCLUDING ALL)")
        connection.execute(f"CREATE TEMPORARY TABLE staged AS SELECT {new} FROM reading WITH NO DATA")
        connection.commit()
        begun = time.perf_counter()
        with connection.cursor() as cursor:
            with cursor.copy(f"COPY staged ({new}) FROM STDIN") as copy:
                for start in range(0, len(lines), 1_000):
                    copy.write("".join(lines[start : start + 1_000]))
            cursor.execute(
                f"INSERT INTO floor ({new}, received_at) SELECT {new}, now() FROM staged ON CONFLICT DO NOTHING"
            )
        connection.commit()
        return time.perf_counter() - begun


def single(rounds: int = 5) -> list[Figure]:
    """One reading a request on 32 connections, durable before the answer; one web process each, and two."""
    return [figure for workers in WORKERS for figure in _single(workers, rounds)]


def _single(workers: int, rounds: int) -> list[Figure]:
    floor_port, port = stage.free_port(), stage.free_port()
    tokens = [token for _, token in stage.a_few(64)]
    floors, ours, p99 = [], [], []
    with (
        stage.process(str(floor_port), str(workers), module="benchmarks.floor_app"),
        stage.process("serve", "--port", str(port), "--workers", str(workers)),
    ):
        stage.wait_for(floor_port)
        stage.wait_for(port)
        for number in range(rounds + 1):
            floor = load(floor_port, "/floor", tokens)
            found = load(port, "/api/v1/readings", [token for _, token in stage.a_few(64)])
            assert set(found.statuses) == {"201"}, found.statuses
            if number:  # the first round warms up
                floors.append(floor.a_second)
                ours.append(found.a_second)
                p99.append(found.p99)
    ratio = median(ours) / median(floors)
    work = f"one reading a request, 32 connections, {workers} web process{'es' if workers > 1 else ''}"
    slowest = median(p99)
    return [
        Figure(work, "requests/s", median(floors), median(ours), ratio, "≥ 0.5", ratio >= 0.5),
        Figure("… 99 of 100 answered within", "ms", None, slowest, slowest, "≤ 100", slowest <= 100),
    ]
