"""Arrays for the database written as it writes them itself: a tenth of what the driver's own way costs for thousands."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, datetime


def numbers(values: Iterable[float]) -> str:
    """`{1,2,3}`, for a parameter that the statement casts: `%s::bigint[]`."""
    return f"{{{','.join(map(repr, values))}}}"


def moments(values: Iterable[datetime] | Iterable[date]) -> str:
    """`{2026-11-20T08:02:00+00:00,…}`, for a parameter that the statement casts."""
    return f"{{{','.join(value.isoformat() for value in values)}}}"
