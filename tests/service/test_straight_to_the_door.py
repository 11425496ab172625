"""Readings go past FastAPI's layers; whoever sends them must not be able to tell."""

from __future__ import annotations

import pytest
from fastapi import Request
from starlette.testclient import TestClient

import ingest.routes
from foundation.errors import Refused, Unavailable
from service import metrics, web


def client():
    return TestClient(web.app(), raise_server_exceptions=False)


def failing_with(error, monkeypatch):
    async def send_readings(_request: Request):
        raise error

    monkeypatch.setattr(ingest.routes, "send_readings", send_readings)
    return client().post("/api/v1/readings", json={"readings": []})


def test_who_is_not_signed_in_is_told_so_as_everywhere():
    straight, other = client().post("/api/v1/readings"), client().get("/api/v1/alerts")
    assert straight.status_code == other.status_code == 401
    assert straight.json() == other.json()
    assert straight.headers == other.headers


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Refused("too_large", "Send it in smaller parts.", status=413), 413, "too_large"),
        (Unavailable("Send it again in a moment."), 503, "unavailable"),
        (RuntimeError("80.5 kg"), 500, "unexpected"),
    ],
)
def test_an_error_is_answered_by_the_applications_own_handler(error, status, code, monkeypatch):
    answer = failing_with(error, monkeypatch)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert "80.5" not in answer.text


def test_what_was_sent_is_counted_under_its_route():
    counted = metrics.REQUESTS.labels("/api/v1/readings", "POST", 401)
    before = counted._value.get()
    client().post("/api/v1/readings")
    assert counted._value.get() == before + 1


def test_other_ways_of_asking_there_are_refused_as_before():
    assert client().delete("/api/v1/readings").status_code == 405
