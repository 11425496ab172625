"""Delivers one bundle: taken in one transaction, sent, marked in another."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from alerts.moments import AMBER, RED
from alerts.notify import outbox
from alerts.notify.message import compose, envelope_address, message_id
from alerts.notify.smtp import MailServer, UndeliveredError, send
from foundation.database import transaction
from foundation.settings import settings
from people.viewer import NOTIFIER

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from alerts.notify.bundles import Bundle

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Tried:
    """A bundle that was tried. `problem`: why it did not go. `away`: another would fare no better now."""

    bundle: Bundle
    problem: str | None = None
    away: bool = False


def deliver_next(server: MailServer, clock: Callable[[], datetime]) -> Tried | None:
    """Deliver the next bundle; None when nothing may go now. Safe to run anywhere, any number at once."""
    with transaction(NOTIFIER) as session:
        bundle = outbox.take(session, clock())
    if bundle is None:
        return None
    try:
        _send(server, bundle, clock())
    except UndeliveredError as error:
        _put_off(bundle, error, clock())
        return Tried(bundle, error.problem, error.away)
    except Exception as error:  # noqa: BLE001 an address or a name that cannot be sent must not stop the other teams
        _put_off(bundle, UndeliveredError(type(error).__name__), clock())
        return Tried(bundle, type(error).__name__)
    with transaction(NOTIFIER) as session:
        outbox.went(session, bundle, clock())
    log.info("delivered", **_about(bundle))
    return Tried(bundle)


def _send(server: MailServer, bundle: Bundle, at: datetime) -> None:
    sender = settings().smtp_from
    message = compose(bundle, sender=sender, base_url=settings().base_url, at=at)
    send(server, message, sender=envelope_address(sender), to=bundle.team.email)


def _put_off(bundle: Bundle, error: UndeliveredError, at: datetime) -> None:
    chance = random.random()  # noqa: S311 it spreads the load; there is nothing to guess
    with transaction(NOTIFIER) as session:
        given_up = outbox.failed(session, bundle, error.problem, at, chance=chance, for_good=error.for_good)
    about = _about(bundle) | {"problem": error.problem, "status": error.status}
    if given_up:
        log.error("given_up", **about | {"count": given_up})
    else:
        log.warning("put_off", **about, tries=min(row.tries for row in bundle.rows) + 1)


def _about(bundle: Bundle) -> dict[str, int | str]:
    """What a log may say of a bundle: numbers and ids of our own making."""
    severities = bundle.severities
    return {
        "team": bundle.team.id,
        "count": len(bundle.rows),
        "red": severities.count(RED),
        "amber": severities.count(AMBER),
        "message_id": message_id(bundle.rows, settings().smtp_from),
    }
