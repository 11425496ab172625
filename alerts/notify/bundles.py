"""Which waiting messages go together, and when: bundles, one e-mail a minute, trying again. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from alerts.moments import RED

if TYPE_CHECKING:
    from collections.abc import Sequence

# How long a notifier may take to hand a bundle over before another may try. Longer than an SMTP conversation
# in which every step takes all of its time, so that no two send the same bundle.
LEASE = timedelta(minutes=3)
BETWEEN_MAILS = timedelta(minutes=1)  # to one team
FIRST_WAIT = timedelta(seconds=30)  # after the first failure; doubles with each
LONGEST_WAIT = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(hours=24)
# What waited untried (service down, no mail server set) is as old as any, but new to the mail server.
LEAST_TRIES = 10

# What a row's `problem` says beside the classes of errors.
SENDING = "sending"  # a notifier took it; seen after the lease, that notifier died
UNSURE = "unsure"  # the server may have taken it: it went away before it said
NO_ADDRESS = "no_address"


@dataclass(frozen=True, slots=True)
class Team:
    """To whom a bundle goes."""

    id: int
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Row:
    """One message as it waits in the outbox."""

    patient_id: int
    id: UUID
    alert_id: UUID
    severity: int
    created_at: datetime
    next_try_at: datetime
    tries: int
    problem: str | None


@dataclass(frozen=True, slots=True)
class Bundle:
    """The messages of one team that become one e-mail: red before amber, oldest first."""

    team: Team
    rows: tuple[Row, ...]  # at least one
    taken_until: datetime  # what `next_try_at` was set to

    @property
    def since(self) -> datetime:
        """When the first of them was written."""
        return min(row.created_at for row in self.rows)

    @property
    def severities(self) -> list[int]:
        """One for each alert, worst first. An alert that was raised and then worsened counts once."""
        worst: dict[UUID, int] = {}
        for row in self.rows:
            worst[row.alert_id] = max(row.severity, worst.get(row.alert_id, row.severity))
        return sorted(worst.values(), reverse=True)


@dataclass(frozen=True, slots=True)
class LastMail:
    """When a team was last written to, within the last minute: at all, and about a red alert."""

    at: datetime | None = None
    red_at: datetime | None = None


def may_go(last: LastMail, worst_due: int, at: datetime) -> bool:
    """One e-mail a minute, but the first about a red alert in a minute does not wait."""
    earliest = at - BETWEEN_MAILS
    quiet = last.at is None or last.at <= earliest
    first_red = worst_due >= RED and (last.red_at is None or last.red_at <= earliest)
    return quiet or first_red


def together(due: Sequence[Row]) -> list[Row]:
    """Those of a team's due messages that go in one e-mail, with the worst and oldest among them.

    Messages of which nobody knows whether they went go again as the bundle that they were, so that the repeat
    has the same Message-ID. What is new never joins them: a server that knows them would drop it with them.
    """
    first, *_ = ordered = sorted(due, key=lambda row: (-row.severity, row.created_at, row.id))
    if _may_have_gone(first):
        return [row for row in ordered if _may_have_gone(row) and row.next_try_at == first.next_try_at]
    return [row for row in ordered if not _may_have_gone(row)]


def next_try_at(bundle: Bundle, at: datetime, chance: float) -> datetime:
    """When to try again: 30 s doubled with each failure, up to an hour, less up to half by `chance` (0 to 1).

    One moment for the whole bundle, by its newest message, so that it stays one e-mail.
    """
    tries = min(row.tries for row in bundle.rows)
    wait = min(LONGEST_WAIT, FIRST_WAIT * (1 << min(tries, 10)))
    return at + wait * (1 - chance / 2)


def is_hopeless(row: Row, at: datetime) -> bool:
    """Whether a failure now is the last: old, and tried often enough."""
    return at - row.created_at >= GIVE_UP_AFTER and row.tries + 1 >= LEAST_TRIES


def _may_have_gone(row: Row) -> bool:
    return row.problem in (SENDING, UNSURE)
