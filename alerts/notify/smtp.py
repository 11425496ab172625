"""Hands one e-mail to the mail server, and says what became of it in words of our own: never the server's."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.policy import SMTP
from ipaddress import ip_address
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote, urlsplit

from alerts.notify.bundles import UNSURE
from foundation.errors import Refused

if TYPE_CHECKING:
    from email.message import EmailMessage

TIMEOUT = 10.0  # seconds, for each step of the conversation

PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
OK = 250
WILL_FORWARD = 251
FOR_GOOD = 500  # from here on a server's answer is permanent


class UndeliveredError(Exception):
    """The e-mail did not go, or nobody knows whether it did.

    problem: its class, for the outbox and the log. status: the server's code, where it gave one.
    for_good: trying again is no use. away: the next e-mail would fare no better just now.
    """

    def __init__(
        self, problem: str, status: int | None = None, *, for_good: bool = False, away: bool = False
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.status = status
        self.for_good = for_good
        self.away = away


@dataclass(frozen=True)
class MailServer:
    """Where e-mails are handed over, and how.

    smtp: encrypted when the server offers it. smtps: from the start. smtp+starttls: encrypted or not at all.
    """

    scheme: Literal["smtp", "smtps", "smtp+starttls"]
    host: str
    port: int
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    calls_itself: str = "localhost"  # how we greet it
    timeout: float = TIMEOUT  # seconds, for each step

    @classmethod
    def of(cls, url: str, *, base_url: str, timeout: float = TIMEOUT) -> MailServer:
        """The server that a setting names. Refused when it cannot be read, without repeating its password."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise _unreadable() from None  # the cause would repeat a part of it
        if host is None or parts.scheme not in PORTS:
            raise _unreadable()
        return cls(
            parts.scheme,  # type: ignore[arg-type]  # looked up in PORTS
            host,
            port or PORTS[parts.scheme],
            unquote(parts.username) if parts.username else None,
            unquote(parts.password or ""),
            _greeting_name(base_url),
            timeout,
        )


def send(server: MailServer, message: EmailMessage, *, sender: str, to: str) -> None:
    """Hand an e-mail over, or raise UndeliveredError. Returns when the server has said that it has it."""
    smtp = _connected(server)
    try:
        _ready(smtp, server)
        _hand_over(smtp, message.as_bytes(policy=SMTP), sender, to)
    finally:
        with suppress(OSError):  # it has the e-mail, or not: how the farewell goes changes nothing
            smtp.quit()
        smtp.close()


def _connected(server: MailServer) -> smtplib.SMTP:
    try:
        if server.scheme == "smtps":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(
                server.host, server.port, server.calls_itself, timeout=server.timeout, context=context
            )
        return smtplib.SMTP(server.host, server.port, server.calls_itself, timeout=server.timeout)
    except ssl.SSLError as error:
        raise UndeliveredError("tls_failed", away=True) from error
    except smtplib.SMTPConnectError as error:
        raise UndeliveredError("server_refused", error.smtp_code, away=True) from error
    except OSError as error:
        raise UndeliveredError("server_away", away=True) from error


def _ready(smtp: smtplib.SMTP, server: MailServer) -> None:
    """Encrypted where that is to be had or asked for, and signed in."""
    try:
        smtp.ehlo_or_helo_if_needed()
        if server.scheme != "smtps" and smtp.has_extn("starttls"):
            smtp.starttls(context=_context(server))
        elif server.scheme == "smtp+starttls":
            raise UndeliveredError("tls_not_offered", away=True)
        if server.user is not None:
            smtp.login(server.user, server.password or "")
        smtp.ehlo_or_helo_if_needed()
    except ssl.SSLError as error:
        raise UndeliveredError("tls_failed", away=True) from error
    except smtplib.SMTPAuthenticationError as error:
        raise UndeliveredError("sign_in_refused", error.smtp_code, away=True) from error
    except smtplib.SMTPNotSupportedError as error:
        raise UndeliveredError("sign_in_not_offered", away=True) from error
    except smtplib.SMTPResponseException as error:
        raise UndeliveredError("server_refused", error.smtp_code, away=True) from error
    except OSError as error:
        raise UndeliveredError("server_away", away=True) from error


def _hand_over(smtp: smtplib.SMTP, message: bytes, sender: str, to: str) -> None:
    try:
        status, _ = smtp.mail(sender)
        if status != OK:
            raise UndeliveredError("sender_refused", status)
        status, _ = smtp.rcpt(to)
        if status >= FOR_GOOD:
            raise UndeliveredError("recipient_refused", status, for_good=True)
        if status not in (OK, WILL_FORWARD):
            raise UndeliveredError("recipient_deferred", status)
    except OSError as error:
        raise UndeliveredError("connection_lost") from error
    try:
        status, _ = smtp.data(message)
    except smtplib.SMTPDataError as error:
        raise UndeliveredError("message_refused", error.smtp_code) from error
    except OSError as error:
        raise UndeliveredError(UNSURE) from error
    if status != OK:
        raise UndeliveredError("message_refused", status)


def _context(server: MailServer) -> ssl.SSLContext:
    """Whom we talk to is checked where encryption was asked for; where not, any encryption beats none."""
    context = ssl.create_default_context()
    if server.scheme == "smtp":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _unreadable() -> Refused:
    return Refused(
        "smtp_url",
        "TELEHEALTH_SMTP_URL cannot be read. Write smtp://, smtps:// or smtp+starttls://, "
        "then user:password@ where needed, the host and :port.",
    )


def _greeting_name(base_url: str) -> str:
    """The name by which we greet: that of our pages. Python would look ours up, which can take seconds."""
    host = urlsplit(base_url).hostname or "localhost"
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return f"[{address}]" if address.version == 4 else f"[IPv6:{address}]"  # noqa: PLR2004 of the Internet Protocol
