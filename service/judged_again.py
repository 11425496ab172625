"""`telehealth alerts replay`: an alert judged again, by its pinned evidence and by what is stored now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts import judge_again
from foundation.database import transaction
from people.viewer import OWNER

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


def run(alert_id: UUID, at: datetime) -> int:
    """Print what came of it; 1 only where the pinned evidence does not give the pinned answer."""
    with transaction(OWNER) as session:
        again = judge_again.alert(session, alert_id, at)
    for line in lines(again):
        print(line)
    return 0 if again.holds else 1


def lines(again: judge_again.Again) -> list[str]:
    """What is said of it."""
    told = [f"{again.rule}@{again.version}: {again.sentence}"]
    pinned = judge_again.level(again.pinned)
    if again.holds:
        told.append(f"The pinned evidence gives the pinned answer again: {pinned}.")
    else:
        told.append(
            f"The pinned evidence does NOT give the pinned answer: {pinned} is pinned, and it gives "
            f"{judge_again.level(again.by_evidence)}."
        )
    if again.stands:
        told.append("What is stored now gives the same answer.")
    else:
        told.append(f"What is stored now gives another answer: {judge_again.level(again.by_store)}.")
    if again.since:
        told += ["Changed since:", *(f"  {sentence}" for sentence in again.since)]
    else:
        told.append("Nothing was corrected since.")
    return told
