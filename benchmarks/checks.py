"""Checks: everything against a plain ordered fetch of the same rows; a few against the same few among ten times as many."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
import urllib.request
from datetime import UTC, datetime
from statistics import median

import adbc_driver_postgresql.dbapi as adbc
import psycopg

from benchmarks import stage
from benchmarks.client import load
from benchmarks.uploads import Figure
from foundation.database import engine, plain_url
from ingest.tables import BUCKETS
from service.cohort.bulk import uniform

KINDS = (1, 3, 4, 7)
DAYS = 30
NEW = "patient_id, kind, measured_at, value, received_at, upload_id, item, provenance, offset_minutes"


def fill(patients: int, kinds: tuple[int, ...] = KINDS, days: int = DAYS) -> list[int]:
    """A crowd with a month of readings (or so many days), none of which waits to be checked."""
    ids = stage.a_crowd(patients)
    made = uniform(patients, kinds, days, seed=7, until=datetime.now(UTC))
    with psycopg.connect(plain_url("owner")) as connection, connection.cursor() as cursor:
        with cursor.copy(f"COPY reading ({NEW}) FROM STDIN") as copy:
            tail = "\t00000000-0000-0000-0000-000000000000\t0\t1\t0\n"
            rows = zip(
                made.patient.tolist(),
                made.kind.tolist(),
                made.measured_at.astype(str).tolist(),
                made.value.tolist(),
                strict=True,
            )
            part: list[str] = []
            for patient, kind, at, value in rows:
                part.append(f"{ids[patient]}\t{kind}\t{at}Z\t{value}\t{at}Z{tail}")
                if len(part) == 5_000:
                    copy.write("".join(part))
                    part.clear()
            copy.write("".join(part))
        connection.commit()
        connection.autocommit = True
        # Of everything, as the server does by itself after a while, and not in the midst of a round.
        cursor.execute("VACUUM ANALYZE")
    return ids


def announce(ids: list[int]) -> None:
    """Each of these patients has a new reading: their last."""
    with engine("owner").begin() as connection:
        connection.exec_driver_sql(
            """INSERT INTO arrival (patient_id, bucket, measured_from, received_at)
            SELECT patient_id, patient_id %% %s, max(measured_at), now() FROM reading WHERE patient_id = ANY(%s) GROUP BY patient_id""",
            (BUCKETS, ids),
        )


def check() -> dict[str, float]:
    """One pass in a process of its own: seconds (without its start), memory at its highest in MB, and what it did."""
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.one_check"], check=True, capture_output=True, text=True
    )
    told: dict[str, float] = json.loads(ran.stdout)
    return told


def fetch() -> float:
    """Seconds to read every reading in order by Arrow, and nothing else."""
    with adbc.connect(plain_url("checker"), autocommit=True) as connection, connection.cursor() as cursor:
        begun = time.perf_counter()
        cursor.execute(
            "SELECT patient_id, kind, measured_at, value FROM reading ORDER BY patient_id, kind, measured_at"
        )
        cursor.fetch_arrow_table()
        return time.perf_counter() - begun


def whole(patients: int, rounds: int = 3) -> list[Figure]:
    """One check over everybody, all rules."""
    ids = fill(patients)
    announce(ids)
    check()  # raises what there is to raise; from then on each pass finds the same
    floors, ours, memory = [], [], []
    for _ in range(rounds):
        announce(ids)
        floors.append(fetch())
        done = check()
        assert done["patients"] == patients, done
        ours.append(done["seconds"])
        memory.append(done["megabytes"])
    ratio = median(ours) / median(floors)
    rows = patients * len(KINDS) * DAYS
    return [
        Figure(
            f"one check over everything, {rows:,} rows",
            "s",
            median(floors),
            median(ours),
            ratio,
            "≤ 2",
            ratio <= 2,
        ),
        Figure("… memory", "MB", None, max(memory), max(memory), "≤ 500", max(memory) <= 500),
    ]


def few(patients: int, rounds: int = 3) -> list[Figure]:
    """A hundredth of the patients have something new; then the others grow tenfold. Runs in the database of `whole`.

    The few are the same number both times; what grows is everybody else.
    """
    new = patients // 100
    with engine("owner").connect() as connection:
        everybody = list(
            connection.exec_driver_sql(
                "SELECT id FROM patient WHERE name = 'Made Up' AND nhs_number LIKE 'bench%%' ORDER BY id"
            ).scalars()
        )
    chosen = everybody[:: len(everybody) // new][:new]
    many = []
    for _ in range(rounds + 1):
        announce(chosen)
        many.append(check()["seconds"])
    rest = set(everybody[: patients // 10]) | set(chosen)
    with psycopg.connect(plain_url("owner"), autocommit=True) as connection:
        for table in (
            "reading",
            "rollup_day",
            "threshold",
            "enrolment",
            "wake",
            "episode",
            "alert_event",
            "alert",
            "outbox",
            "audit",
        ):
            if table != "audit":
                connection.execute(f"DELETE FROM {table} WHERE patient_id <> ALL(%s)", (list(rest),))
        connection.execute("VACUUM FULL ANALYZE")
    fewer = []
    for _ in range(rounds + 1):
        announce(chosen)
        fewer.append(check()["seconds"])
    ratio = median(many[1:]) / median(fewer[1:])
    return [
        Figure(
            f"a check of {new} patients, the others grown tenfold",
            "s",
            median(fewer[1:]),
            median(many[1:]),
            ratio,
            "≤ 1.3",
            ratio <= 1.3,
        )
    ]


def seen(seconds: float = 12.0) -> list[Figure]:
    """From the answer to a reading in breach until its alert is on the queue, while single readings keep coming."""
    port = stage.free_port()
    watched = stage.a_few(40, "virtual_ward")  # where a single reading of theirs is red
    tokens = [token for _, token in stage.a_few(32)]
    nurse = stage.a_nurse()
    waits: list[float] = []
    stop = threading.Event()
    with stage.process("serve", "--port", str(port)), stage.process("checker"):
        stage.wait_for(port, "/health/ready")
        loading = threading.Thread(target=_keep_loading, args=(port, tokens, stop), daemon=True)
        loading.start()
        begun = time.monotonic()
        for _, token in watched:
            waits.append(_until_seen(port, token, nurse))
            if time.monotonic() - begun > 3 * seconds:
                break
        stop.set()
        loading.join(60)
    waits.sort()
    worst = waits[min(len(waits) - 1, int(len(waits) * 0.99))]
    return [
        Figure(
            f"accepted → on the queue, 99 of 100 ({len(waits)} alerts)",
            "s",
            None,
            worst,
            worst,
            "≤ 5",
            worst <= 5,
        )
    ]


def _keep_loading(port: int, tokens: list[str], stop: threading.Event) -> None:
    while not stop.is_set():
        load(port, "/api/v1/readings", tokens, connections=32, requests=20)


def _until_seen(port: int, token: str, nurse: str) -> float:
    """Post a reading in breach; seconds until one more alert is on the queue."""
    before = _alerts(port, nurse)
    at = datetime.now(UTC).isoformat()
    body = json.dumps({"readings": [{"kind": "heart_rate", "value": 128, "unit": "/min", "measured_at": at},
                                    {"kind": "oxygen_saturation", "value": 88, "unit": "%", "measured_at": at}]}).encode()  # fmt: skip
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/v1/readings", body, headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 201
    answered = time.perf_counter()
    while _alerts(port, nurse) <= before:
        if time.perf_counter() - answered > 30:
            break
        time.sleep(0.02)
    return time.perf_counter() - answered


def _alerts(port: int, nurse: str) -> int:
    url = f"http://127.0.0.1:{port}/api/v1/alerts?severity=red&limit=1000"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {nurse}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return len(json.loads(answer.read())["items"])
