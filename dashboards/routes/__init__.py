"""The pages' addresses. A route only translates: who asks and what for in, a page or a way on out."""

from __future__ import annotations

from fastapi import APIRouter

from dashboards.routes import (
    alerts,
    backtests,
    live,
    my_readings,
    patients,
    quality,
    queue,
    record,
    rules,
    service,
    sign_in,
    thresholds,
    today,
    traits,
    trends,
)

routers: tuple[APIRouter, ...] = (
    sign_in.router,
    queue.router,
    live.router,
    alerts.router,
    patients.router,
    record.router,
    thresholds.router,
    traits.router,
    trends.router,
    quality.router,
    rules.router,
    backtests.router,
    service.router,
    today.router,
    my_readings.router,
)
