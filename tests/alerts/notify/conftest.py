from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.alerts.notify.mail import Clock, Mailbox, mail_server

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as mailbox:
        yield mailbox


@pytest.fixture
def clock() -> Clock:
    return Clock()
