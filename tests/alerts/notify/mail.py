"""A real mail server on this machine, which can also refuse and stall; and messages that wait to be sent."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from aiosmtpd.controller import Controller
from sqlalchemy import insert, select, update

from alerts.moments import RED
from alerts.notify import MailServer
from alerts.tables import Outbox
from foundation.database import transaction
from people.tables import Team
from people.viewer import OWNER
from tests.builders import NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from email.message import EmailMessage


@dataclass
class Mailbox:
    """What the server took, and how it answers."""

    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    to: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    greeted_by: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)  # by recipient, to RCPT
    to_data: str = "250 taken"
    after: float = 0.0  # seconds that it thinks before it answers to DATA
    when_taken: Callable[[], None] | None = None  # called when it has a mail, before it says so
    port: int = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802 the library's own name
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 the library's own name
        await asyncio.sleep(self.after)
        if self.to_data.startswith("250"):
            self.raw.append(envelope.original_content)
            self.mails.append(message_from_bytes(envelope.content, policy=default))  # type: ignore[arg-type]
            self.to.extend(envelope.rcpt_tos)
            self.encrypted.append(session.ssl is not None)
            self.greeted_by.append(session.host_name)
            if self.when_taken is not None:
                self.when_taken()
        return self.to_data

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def server(self) -> MailServer:
        return server_at(self.port)

    @property
    def ids(self) -> list[str]:
        return [mail["Message-ID"] for mail in self.mails]

    @property
    def subjects(self) -> list[str]:
        return [mail["Subject"] for mail in self.mails]


@dataclass
class Clock:
    """A clock that stands still until it is set on."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def on(self, **by: float) -> Clock:
        self.at += timedelta(**by)
        return self


@contextmanager
def mail_server(**how: Any) -> Iterator[Mailbox]:
    """A server that runs meanwhile. `how`: what aiosmtpd's SMTP can be told."""
    box = Mailbox(port=free_port())
    controller = Controller(box, hostname="127.0.0.1", port=box.port, **how)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


def server_at(port: int, scheme: str = "smtp", *, timeout: float = 5.0) -> MailServer:
    return MailServer.of(
        f"{scheme}://127.0.0.1:{port}", base_url="https://alerts.example.org", timeout=timeout
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def wait_for(team: Team | int, *severities: int, at: datetime = NOW, **columns: Any) -> list[UUID]:
    """Messages to a team, as the checker puts them into the outbox; their ids."""
    rows = [
        {
            "patient_id": 1,
            "id": uuid4(),
            "alert_id": uuid4(),
            "what": "raised",
            "created_at": at,
            "next_try_at": at,
        }
        | {"team_id": team if isinstance(team, int) else team.id, "severity": severity}
        | columns
        for severity in severities or (RED,)
    ]
    with transaction(OWNER) as session:
        session.execute(insert(Outbox), rows)
    return [row["id"] for row in rows]


def give_address(team: Team, email: str) -> None:
    """As somebody may have written it into the database: the verbs would have refused some."""
    with transaction(OWNER) as session:
        session.execute(update(Team).where(Team.id == team.id).values(email=email))


def in_outbox(ids: Sequence[UUID] | None = None) -> list[Outbox]:
    """The rows as they stand, oldest first."""
    query = select(Outbox).order_by(Outbox.created_at, Outbox.id)
    with transaction(OWNER) as session:
        return list(session.scalars(query if ids is None else query.where(Outbox.id.in_(ids))))


def one_row() -> Outbox:
    (row,) = in_outbox()
    return row


def counted(box: Mailbox) -> Counter[str]:
    """How many e-mails each address got."""
    return Counter(box.to)
