"""The words of an e-mail to a team: how many alerts wait, since when, and nothing about any patient. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import TYPE_CHECKING

from alerts.moments import SEVERITY_NAMES
from foundation.clock import LOCAL

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from alerts.notify.bundles import Bundle, Row

BODY = """\
{waiting} for {team}.
The oldest has been waiting since {since}.

Open the queue to see whom this is about, and to act:
{link}

This message holds nothing about any patient, and nobody reads replies to it.
This is not an emergency service. In an emergency call 999.
"""


def compose(bundle: Bundle, *, sender: str, base_url: str, at: datetime) -> EmailMessage:
    """The e-mail that tells a team of a bundle. `sender`: an address, or `Name <address>`."""
    team = " ".join(bundle.team.name.split())  # a line break would end the header that it stands in
    waiting = are_waiting(bundle.severities)
    message = EmailMessage()
    message["From"] = sender
    message["To"] = bundle.team.email
    message["Subject"] = f"{team}: {waiting}"
    message["Date"] = format_datetime(at)
    message["Message-ID"] = message_id(bundle.rows, sender)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    body = BODY.format(
        waiting=waiting, team=team, since=on_the_wall(bundle.since), link=f"{base_url.rstrip('/')}/queue"
    )
    message.set_content(body, cte="quoted-printable")  # goes through servers that know only ASCII
    return message


def are_waiting(severities: Iterable[int]) -> str:
    """`2 red and 1 amber alerts are waiting`."""
    counts = Counter(severities)
    parts = [f"{counts[severity]} {SEVERITY_NAMES[severity]}" for severity in sorted(counts, reverse=True)]
    listed = " and ".join(filter(None, [", ".join(parts[:-1]), parts[-1]]))
    return f"{listed} alert is waiting" if counts.total() == 1 else f"{listed} alerts are waiting"


def on_the_wall(moment: datetime) -> str:
    """`09:05 on 20 November 2026`, by the clock on the wall."""
    local = moment.astimezone(LOCAL)
    return f"{local:%H:%M} on {local.day} {local:%B %Y}"


def message_id(rows: Iterable[Row], sender: str) -> str:
    """The same for the same messages, so that a repeat can be known as one; another for any other bundle."""
    ids = [str(row.id) for row in rows]
    digest = hashlib.sha256(" ".join(sorted(ids)).encode()).hexdigest()[:16]
    domain = envelope_address(sender).rpartition("@")[2] or "telehealth.invalid"
    return f"<{ids[0]}.{digest}@{domain}>"


def envelope_address(sender: str) -> str:
    """The address alone."""
    return parseaddr(sender)[1]
