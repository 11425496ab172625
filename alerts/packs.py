"""The rule packs of this process, read once; and what to check by when they cannot be read."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from alerts import pathways, rule_lives, rule_versions
from alerts.pathways import PackError, Packs
from foundation.database import transaction
from foundation.errors import Refused
from foundation.settings import settings
from people.viewer import CHECKER

if TYPE_CHECKING:
    from datetime import datetime


@cache
def in_force() -> Packs:
    """Those that the settings name."""
    return pathways.load(settings().pathways)


def put_on_record(at: datetime) -> tuple[Packs, str]:
    """The packs, put on record; and what is wrong with them.

    Where they cannot be read, or changed a rule in place, checking goes on by what is on record: then there is nothing
    in the packs given back. Where nothing is on record either, PackError: that nothing is checked must not look like
    nothing to find.
    """
    packs, problem = Packs({}), ""
    try:
        packs = pathways.load(settings().pathways)
        with transaction(CHECKER) as session:
            rule_versions.register(session, packs, at)
    except (PackError, Refused) as error:
        packs, problem = Packs({}), error.sentence if isinstance(error, Refused) else str(error)
    with transaction(CHECKER) as session:
        if problem and not rule_lives.running(session).active:
            raise PackError(f"{problem} No rule is on record, so nothing can be checked.")
    return packs, problem
