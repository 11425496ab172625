"""The rules that run, as a checker needs them: the active ones and those in shadow, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from alerts import rule_lives, shadow
from alerts.reach import Reach

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from alerts.rule_lives import Running
    from alerts.rules import RuleSpec

log = structlog.get_logger()


@dataclass(frozen=True)
class InForce:
    """One state of what runs. Rules in shadow go by the names of `shadow.named`."""

    running: Running
    specs: dict[str, RuleSpec]  # the active ones, by id: only these reach alerts
    shadow: tuple[RuleSpec, ...]
    judged: tuple[RuleSpec, ...]  # all of them
    by_time: tuple[RuleSpec, ...]  # those that wait for what is missing
    reach: Reach

    @classmethod
    def of(cls, running: Running) -> InForce:
        """Ready for a checker. A rule that this program cannot run is left out, and cried out for."""
        for problem in running.broken:
            log.error("rule_cannot_run", process="checker", problem=problem)
        beside = shadow.named(running.shadow)
        every = (*running.active, *beside)
        return cls(
            running=running,
            specs={spec.id: spec for spec in running.active},
            shadow=beside,
            judged=every,
            by_time=tuple(spec for spec in every if spec.schedule is not None),
            reach=Reach(every),
        )

    def as_it_is(self, session: Session) -> InForce:
        """What runs now; this one where nothing was decided since."""
        now = rule_lives.running(session, self.running)
        return self if now is self.running else InForce.of(now)
