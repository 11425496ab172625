"""Counters and gauges for Prometheus. No label tells of a person: routes by their pattern, never by their address."""

from __future__ import annotations

from functools import cache
from typing import Any

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("telehealth_requests_total", "Requests answered", ["route", "method", "status"])
SECONDS = Histogram(
    "telehealth_request_seconds",
    "Time to answer",
    ["route"],
    buckets=(0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5),
)
PASSES = Counter("telehealth_passes_total", "Complete passes of the checker")
LAST_PASS = Gauge("telehealth_last_pass_timestamp_seconds", "When the last complete pass ended")
RAISED = Counter("telehealth_alerts_raised_total", "Alerts raised")
FAILURES = Counter("telehealth_check_failures_total", "Rules that could not be evaluated for a patient")


def answered(scope: Any, status: int, seconds: float) -> None:
    """Count one answer."""
    route = getattr(scope.get("route"), "path", "none")
    _requests(route, scope["method"], status).inc()
    _seconds(route).observe(seconds)


# Looked up once for each: looking up checks and writes out every label again.
_requests = cache(REQUESTS.labels)
_seconds = cache(SECONDS.labels)
