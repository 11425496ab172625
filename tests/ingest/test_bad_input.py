"""Whatever is sent, by whomever: a verdict or a problem that says what to do, and nobody's data in it or in the log.

Over HTTP against a real `telehealth serve`, on one database for all of these tests; each has patients of its own.
"""

from __future__ import annotations

import base64
import gzip
import http.client
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec
import psutil
import pytest
from sqlalchemy import text

from alerts import pathways
from alerts.check import Checker
from foundation import database as engines
from foundation.clock import now
from foundation.database import transaction
from people.viewer import OWNER
from tests.builders import a_staff, a_team, an_nhs_number, bearer
from tests.crowd import Person, a_crowd, breaths, days_ago
from tests.processes import HOST, Reply, Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

MEGABYTES = 16  # the largest body taken here
CANARY, NUMBER = "kestrel", "7777.75"  # what a bad request holds, and no answer or log may repeat
READINGS = "/api/v1/readings"
ITEM = breaths(16, days_ago(3))


@pytest.fixture(scope="module")
def served(server_for, tmp_path_factory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    with server_for("ordinary").copy() as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TELEHEALTH_DATABASE_URL", url)
        patch.setenv("TELEHEALTH_DATA", str(folder))
        engines.forget()
        with serving(url, folder, max_body=str(MEGABYTES * 2**20)) as running:
            yield running
        engines.forget()


@pytest.fixture
def person(served) -> Iterator[Person]:
    """A patient about whom neither the log nor any answer says anything while the test lasts."""
    [made] = a_crowd(1)
    before = len(served.log.read_bytes())
    yield made
    log = served.log.read_bytes()[before:].decode()
    for secret in (CANARY, NUMBER, made.nhs_number, made.token, "Made Up", "Traceback"):
        assert secret not in log


def post(served: Served, person: Person, body: Any, **headers: str) -> Reply:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return served.ask("POST", READINGS, body, person.headers | told)


def problem(reply: Reply, status: int, code: str) -> dict[str, Any]:
    """What an RFC 9457 answer says; it is one, and its sentence is ours."""
    assert reply.status == status, reply.body
    assert reply.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = reply.json
    assert told["code"] == code
    assert told["status"] == status
    assert told["title"].endswith(".")
    assert told["detail"].endswith(".")
    assert all(error["pointer"].startswith("/") for error in told.get("errors", []))
    for secret in (CANARY, NUMBER, "Traceback", "psycopg", "sqlalchemy"):
        assert secret not in reply.body.decode()
    return told


def rejected(reply: Reply, code: str, pointer: str) -> None:
    """The one item that was sent is no reading; the answer says why and where, and not what it was."""
    assert reply.status == 422, reply.body
    [result] = reply.json["results"]
    assert (result["verdict"], result["reason"], result["field"]) == ("rejected", code, pointer)
    assert result["detail"].endswith(".")
    assert CANARY not in reply.body.decode()
    assert NUMBER not in reply.body.decode()


def stored(person: Person) -> int:
    with transaction(OWNER) as session:
        counted = text("SELECT count(*) FROM reading WHERE patient_id = :id")
        return int(session.execute(counted, {"id": person.id}).scalar_one())


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in ITEM.items() if key != name}


@pytest.mark.parametrize(
    ("item", "code", "field"),
    [
        (ITEM | {"kind": CANARY}, "kind_unknown", "/kind"),
        (ITEM | {"unit": CANARY}, "unit_unknown", "/unit"),
        (ITEM | {"unit": "mmHg"}, "unit_unknown", "/unit"),
        (without("unit"), "unit_missing", "/unit"),
        (without("kind"), "field_missing", "/kind"),
        (without("value"), "field_missing", "/value"),
        (without("measured_at"), "field_missing", "/measured_at"),
        (ITEM | {"value": float(NUMBER)}, "impossible_value", "/value"),
        (ITEM | {"value": -1}, "impossible_value", "/value"),
        (ITEM | {"value": CANARY}, "not_a_number", "/value"),
        (ITEM | {"value": True}, "not_a_number", "/value"),
        (ITEM | {"value": [16]}, "wrong_type", "/value"),
        (ITEM | {"value": None}, "wrong_type", "/value"),
        (ITEM | {"kind": 5}, "wrong_type", "/kind"),
        (ITEM | {"measured_at": 1_700_000_000}, "wrong_type", "/measured_at"),
        (ITEM | {"context": CANARY}, "wrong_type", "/context"),
        (ITEM | {"provenance": CANARY}, "provenance_unknown", "/provenance"),
        (ITEM | {"kind": CANARY * 100}, "too_long", "/kind"),
        (ITEM | {"id": "a\0b"}, "text_broken", "/id"),
        (ITEM | {"context": {"note": "a\0b"}}, "text_broken", "/context"),
        (ITEM | {"measured_at": CANARY}, "time_not_understood", "/measured_at"),
        (ITEM | {"measured_at": "2026-02-30T10:00:00Z"}, "time_not_understood", "/measured_at"),
        (ITEM | {"measured_at": "0001-01-01T00:00:00+14:00"}, "time_not_understood", "/measured_at"),
        (ITEM | {"measured_at": "1950-06-01T08:00:00Z"}, "measured_too_long_ago", "/measured_at"),
        (ITEM | {"measured_at": "9998-06-01T08:00:00Z"}, "measured_in_future", "/measured_at"),
        ({}, "field_missing", "/kind"),
        (CANARY, "wrong_type", ""),
        (None, "wrong_type", ""),
        ([ITEM], "wrong_type", ""),
    ],
)  # fmt: skip
def test_an_item_that_is_no_reading_is_rejected_with_reason_and_place(served, person, item, code, field):
    rejected(post(served, person, {"readings": [item]}), code, f"/readings/0{field}")
    assert stored(person) == 0


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999"])
def test_what_is_no_number_is_rejected(served, person, number):
    body = msgspec.json.encode({"readings": [ITEM]}).replace(b":16", b":" + number)
    reply = post(served, person, body)
    rejected(reply, "not_a_number", "/readings/0/value")


def test_a_clock_a_little_ahead_is_a_clock_and_one_far_ahead_is_not(served, person):
    ahead = [ITEM | {"measured_at": (datetime.now(UTC) + timedelta(minutes=m)).isoformat()} for m in (4, 7)]
    results = post(served, person, {"readings": ahead}).json["results"]
    assert [result["verdict"] for result in results] == ["stored", "rejected"]


def test_an_implausible_value_is_held_and_alerts_at_face_value(served, person):
    reply = post(served, person, {"readings": [breaths(45, days_ago(0.1))]})
    assert reply.status == 201
    [result] = reply.json["results"]
    assert (result["verdict"], result["reason"], result["level"]) == ("held", "unusual_value", "red")
    assert stored(person) == 0
    checker = Checker(pathways.load())
    checker.run(now)
    checker.close()
    with transaction(OWNER) as session:
        found = text("SELECT severity, evidence ->> 'confirmed' FROM alert WHERE patient_id = :id")
        assert tuple(session.execute(found, {"id": person.id}).one()) == (4, "false")


@pytest.mark.parametrize(
    ("given", "stored_as"),
    [
        ("2024-10-27T01:30:00", "2024-10-27T01:30:00+01:00"),  # the hour that happens twice: its first pass
        ("2024-10-27T01:30:00+00:00", "2024-10-27T01:30:00+00:00"),  # its second, said so
        ("2024-03-31T01:30:00", "2024-03-31T01:30:00+00:00"),  # the hour that did not exist: as if it had
    ],
)  # fmt: skip
def test_a_time_of_the_night_on_which_clocks_change_is_resolved_once(served, person, given, stored_as):
    body = {"readings": [ITEM | {"measured_at": given}]}
    assert [post(served, person, body).status for _ in range(2)] == [201, 200]
    kept = served.ask("GET", f"/api/v1/patients/{person.nhs_number}/readings", headers=person.headers).json
    assert [item["measured_at"] for item in kept["items"]] == [stored_as]
    with transaction(OWNER) as session:
        told = session.execute(
            text("SELECT given FROM reading WHERE patient_id = :id"), {"id": person.id}
        ).scalar_one()
    assert (told is None) == given.endswith("+00:00")
    assert told is None or msgspec.json.decode(told)["measured_at"] == given


PLAIN = msgspec.json.encode({"readings": [ITEM]})


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"", {}, 400, "not_json"),
        (b"not JSON, " + CANARY.encode(), {}, 400, "not_json"),
        (PLAIN[:-20], {}, 400, "not_json"),
        (PLAIN.replace(b"/min", b"/m\0in"), {}, 400, "not_json"),
        (b'{"readings":' + b"[" * 100_000, {}, 400, "not_json"),
        (b"[]", {}, 400, "no_readings"),
        (b'{"readings": 7}', {}, 400, "no_readings"),
        (b"{}", {}, 422, "no_readings"),
        (b'{"readings": []}', {}, 422, "no_readings"),
        (PLAIN.replace(b"respiratory", b"\xff\xfe"), {}, 400, "not_utf8"),
        (PLAIN.decode().encode("utf-16"), {}, 400, "not_utf8"),
        (gzip.compress(PLAIN)[: len(PLAIN) // 2], {"Content_Encoding": "gzip"}, 400, "gzip_broken"),
        (gzip.compress(PLAIN)[:-4] + b"wxyz", {"Content_Encoding": "gzip"}, 400, "gzip_broken"),
        (PLAIN, {"Content_Encoding": "gzip"}, 400, "gzip_broken"),
        (PLAIN, {"Content_Encoding": CANARY}, 415, "encoding_unknown"),
        (PLAIN, {"Content_Type": "text/html"}, 415, "type_unknown"),
        (b"a,b\n1,2\n", {"Content_Type": "text/csv"}, 422, "format_unknown"),
        (b"kind,value\0\n", {"Content_Type": "text/csv"}, 422, "not_text"),
        (PLAIN, {"Idempotency_Key": "k" * 256}, 400, "idempotency_key_length"),
        (PLAIN, {"Idempotency_Key": ""}, 400, "idempotency_key_length"),
        (b'{"patient": 7, "readings": [{}]}', {}, 422, "patient_not_text"),
        (b'{"patient": "' + CANARY.encode() + b'", "readings": [{}]}', {}, 422, "nhs_number_invalid"),
        (gzip.compress(b"0" * 200_000_000), {"Content_Encoding": "gzip"}, 413, "too_large"),
        (b" " * (MEGABYTES * 2**20 + 1), {}, 413, "too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_body_that_cannot_be_read_is_a_problem_with_a_sentence(served, person, body, headers, status, code):
    problem(post(served, person, body, **headers), status, code)
    assert stored(person) == 0


def test_a_body_without_length_is_cut_off_where_it_is_too_large(served, person):
    """Chunk by chunk, and the server answers before it has taken the whole of it."""
    sent = 0
    with socket.create_connection((HOST, served.port), timeout=30) as line:
        head = [f"POST {READINGS} HTTP/1.1", "Host: here", f"Authorization: Bearer {person.token}"]
        line.sendall("\r\n".join([*head, "Transfer-Encoding: chunked", "", ""]).encode())
        chunk = b"100000\r\n" + b" " * 2**20 + b"\r\n"
        try:
            while sent < 10 * MEGABYTES:
                line.sendall(chunk)
                sent += 1
        except OSError:
            pass  # it hung up on us
        answer = http.client.HTTPResponse(line)
        answer.begin()
        problem(
            Reply(answer.status, {"content-type": answer.headers["content-type"]}, answer.read()),
            413,
            "too_large",
        )


def test_one_bad_item_among_a_hundred_thousand_costs_itself_alone_and_little_time(served, person):
    begin = days_ago(200)
    items = [breaths(16, begin + timedelta(minutes=minute)) for minute in range(100_000)]
    items[77_777] = ITEM | {"value": CANARY}
    body = gzip.compress(msgspec.json.encode({"readings": items}), 1)
    process = psutil.Process(served.process.pid)
    used, begun = process.cpu_times().user, time.monotonic()

    reply = post(served, person, body, Content_Encoding="gzip")

    used, took = process.cpu_times().user - used, time.monotonic() - begun
    print(f"100,000 items: {took:.1f} s, {used:.1f} s of them the web process's own")
    assert reply.status == 201
    verdicts = [result["verdict"] for result in reply.json["results"]]
    assert verdicts.count("stored") == 99_999
    assert verdicts[77_777] == "rejected"
    assert stored(person) == 99_999
    assert used < 5, "seconds of computing; others may be busy on this machine"


def test_another_patients_file_is_not_found_whether_or_not_there_is_such_a_patient(served, person):
    [other] = a_crowd(1)
    problems = []
    for number in (other.nhs_number, an_nhs_number()):
        problems += [
            problem(post(served, person, {"patient": number, "readings": [ITEM]}), 404, "not_found"),
            problem(post(served, person, PLAIN, Patient_NHS_Number=number), 404, "not_found"),
            problem(
                served.ask("GET", f"/api/v1/patients/{number}/readings", headers=person.headers),
                404,
                "not_found",
            ),
        ]
    assert all(told == problems[0] for told in problems)
    assert stored(other) == 0


def test_staff_of_another_team_find_no_such_patient(served, person):
    stranger = bearer(a_staff("clinician", a_team()))
    told = problem(
        served.ask("POST", READINGS, {"patient": person.nhs_number, "readings": [ITEM]}, stranger),
        404,
        "not_found",
    )
    nobody = served.ask("POST", READINGS, {"patient": an_nhs_number(), "readings": [ITEM]}, stranger)
    assert nobody.json == told
    assert stored(person) == 0


def test_staff_who_name_no_patient_are_asked_to(served, person):
    reply = served.ask("POST", READINGS, PLAIN, bearer(a_staff("clinician")))
    assert problem(reply, 422, "patient_missing")["errors"][0]["pointer"] == "/patient"


@pytest.mark.parametrize("given", [None, "", "Bearer", "Bearer th_" + CANARY, "Basic " + CANARY, CANARY])
def test_who_shows_no_valid_token_is_told_to_sign_in(served, person, given):
    headers = {"Content-Type": "application/json"} | ({} if given is None else {"Authorization": given})
    reply = served.ask("POST", READINGS, PLAIN, headers)
    problem(reply, 401, "not_signed_in")
    assert reply.headers["www-authenticate"] == "Bearer"


def test_a_key_used_for_another_body_is_refused_and_nothing_of_it_stored(served, person):
    first = post(served, person, PLAIN, Idempotency_Key="today")
    other = post(served, person, {"readings": [ITEM | {"value": 20}]}, Idempotency_Key="today")
    again = post(served, person, PLAIN, Idempotency_Key="today")
    assert problem(other, 422, "idempotency_key_reused")["errors"][0]["pointer"] == "/headers/Idempotency-Key"
    assert (again.status, again.body) == (first.status, first.body)
    assert again.headers["idempotent-replayed"] == "true"
    assert stored(person) == 1


def test_the_same_key_many_times_at_once_gets_one_answer(served, person):
    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(lambda _: post(served, person, PLAIN, Idempotency_Key="once"), range(32)))
    assert {reply.status for reply in replies} == {201}
    assert len({reply.body for reply in replies}) == 1
    assert sum("idempotent-replayed" in reply.headers for reply in replies) == 31
    assert stored(person) == 1


def test_what_was_stored_as_usual_is_a_duplicate_also_once_it_would_be_odd(served, person):
    """Sending again changes nothing, whatever has become usual for this patient since."""
    old, *later = [
        {"kind": "oxygen_saturation", "value": rate, "unit": "%", "measured_at": days_ago(days).isoformat()}
        for rate, days in ((93, 5), (99, 4), (99, 3), (99, 2), (99, 1))
    ]
    assert post(served, person, {"readings": [old]}).json["results"][0]["verdict"] == "stored"
    post(served, person, {"readings": later})
    checker = Checker(pathways.load())
    checker.run(now)
    checker.close()
    again = post(served, person, {"readings": [old]})
    assert (again.status, again.json["results"][0]["verdict"]) == (200, "duplicate")


def _cursor(told: str) -> str:
    return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")


STRANGE = [
    "from=0001-01-01T00:00:00%2B14:00", "to=9999-12-31T23:59:59-14:00", "from=0001-01-01T00:00:00",
    "from=" + CANARY, "limit=0", "limit=99999999999999999999", "limit=" + CANARY, "kind=" + CANARY, "kind=%00",
    "cursor=" + CANARY, "cursor=%00%ff", "cursor=" + _cursor(f"2024-01-01T00:00:00+00:00|{CANARY}"),
    "cursor=" + _cursor("9999-12-31T23:59:59.999999+00:00|systolic"),
    "cursor=" + _cursor("0001-01-01T00:00:00+14:00|systolic"),
    "state=%00", "severity=" + CANARY, "team=9999999999999999999999", "assigned_to=9999999999999999999999",
    "patient=" + CANARY, "cursor=" + _cursor(f"True|{10**30}|2024-01-01|{'0' * 32}"),
    "cursor=" + _cursor(f"True|-4|0001-01-01T00:00:00+14:00|{'0' * 32}"),
]  # fmt: skip


@pytest.mark.parametrize("question", STRANGE)
def test_a_strange_question_is_answered_or_refused_and_never_an_error_of_ours(served, person, question):
    post(served, person, PLAIN)
    team = bearer(a_staff("clinician"))
    for path, headers in (
        (f"/api/v1/patients/{person.nhs_number}/readings", person.headers),
        ("/api/v1/alerts", team),
    ):
        reply = served.ask("GET", f"{path}?{question}", headers=headers)
        assert reply.status in (200, 422)
        if reply.status == 422:
            problem(reply, 422, reply.json["code"])


def test_a_note_that_cannot_be_stored_is_refused_and_the_alert_stays_as_it_was(served, person):
    with transaction(OWNER) as session:
        team = session.scalar(text("SELECT team_id FROM patient WHERE id = :id"), {"id": person.id})
        staff = a_staff("clinician")
        session.execute(
            text("INSERT INTO staff_team VALUES (:staff, :team)"), {"staff": staff.id, "team": team}
        )
    post(served, person, {"readings": [breaths(28, days_ago(0.1))]})
    checker = Checker(pathways.load())
    checker.run(now)
    checker.close()
    headers = bearer(staff) | {"Content-Type": "application/json"}
    [alert] = served.ask("GET", f"/api/v1/alerts?patient={person.nhs_number}", headers=headers).json["items"]
    path = f"/api/v1/alerts/{quote(alert['id'])}"
    for verb in ("note", "acknowledge"):
        problem(served.ask("POST", f"{path}/{verb}", {"note": f"{CANARY}\0"}, headers), 422, "not_storable")
        problem(served.ask("POST", f"{path}/{verb}", b"{", headers), 422, "not_json")
    after = served.ask("GET", path, headers=headers).json
    assert after["state"] == "raised"
    assert [line["what"] for line in after["timeline"]] == ["raised"]
