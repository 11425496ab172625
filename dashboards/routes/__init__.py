"""The pages' addresses. A route only translates: who asks and what for in, a page or a way on out."""

from __future__ import annotations

from fastapi import APIRouter

from dashboards.routes import alerts, queue, sign_in

routers: tuple[APIRouter, ...] = (sign_in.router, queue.router, alerts.router)
