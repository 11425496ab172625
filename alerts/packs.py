"""The rule packs of this process, read once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from alerts import pathways
from foundation.settings import settings

if TYPE_CHECKING:
    from alerts.pathways import Packs


@cache
def in_force() -> Packs:
    """Those that the settings name."""
    return pathways.load(settings().pathways)
