"""Whether readings are being checked. "Nothing to do" and "nothing was checked" must never look alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from foundation.clock import LOCAL
from foundation.settings import settings

STATE = text("SELECT * FROM checking_state(:at)")

SILENT = timedelta(minutes=5)  # the notifier says that it lives far more often
UNDELIVERED = timedelta(minutes=15)  # a message that waits longer has met trouble


@dataclass(frozen=True)
class Watch:
    """How the checking goes."""

    last_pass_at: datetime | None  # when the last complete pass ended
    stopped_since: (
        datetime | None
    )  # since when something has not been checked; None: all is well, or see `stopped`
    patients: int
    checked: int  # patients with nothing that has waited for more than a minute
    waiting: int  # patients with anything that waits
    failures: int  # rules that could not be evaluated for somebody
    problems: tuple[str, ...] = ()  # other silences, one sentence each

    @property
    def stopped(self) -> bool:
        """Whether a person must be told that nobody checks: also when nobody ever has."""
        return self.stopped_since is not None or self.last_pass_at is None


def look(session: Session, at: datetime) -> Watch:
    """How the checking goes now; everyone may know."""
    told = settings()
    row = session.execute(STATE, {"at": at}).one()
    return watch(row, at, told.stopped_after_seconds, notifies=told.smtp_url is not None)


def watch(row: Any, at: datetime, stopped_after: float, *, notifies: bool = False) -> Watch:
    """What the figures of `checking_state` mean.

    stopped_after: seconds without a complete pass, or with something waiting, that mean it has stopped.
    notifies: messages are meant to go out, so their silence counts.
    """
    patience = timedelta(seconds=stopped_after)
    late = [
        moment
        for moment in (row.last_pass_at, row.waiting_since)
        if moment is not None and moment < at - patience
    ]
    if row.last_pass_at is None and row.waiting_since is not None:
        late = [row.waiting_since]
    return Watch(
        last_pass_at=row.last_pass_at,
        stopped_since=min(late, default=None),
        patients=row.patients,
        checked=max(0, row.patients - row.waiting_long),
        waiting=row.waiting,
        failures=row.failures,
        problems=tuple(_problems(row, at)) if notifies else (),
    )


def _problems(row: Any, at: datetime) -> list[str]:
    found = []
    if row.notifier_seen_at is None:
        found.append("What sends e-mails about alerts has never run.")
    elif row.notifier_seen_at < at - SILENT:
        found.append(
            f"What sends e-mails about alerts has been silent since {_clock(row.notifier_seen_at, at)}."
        )
    if row.undelivered_since is not None and row.undelivered_since < at - UNDELIVERED:
        found.append(f"E-mails about alerts have not gone out since {_clock(row.undelivered_since, at)}.")
    return found


def _clock(moment: datetime, at: datetime) -> str:
    """08:14; with the day where it is another."""
    local = moment.astimezone(LOCAL)
    same_day = local.date() == at.astimezone(LOCAL).date()
    return f"{local:%H:%M}" if same_day else f"{local:%H:%M} on {local.day} {local:%b}"
