from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from alerts.moments import AMBER, RED
from alerts.notify import bundles, deliver_next
from foundation import database as engines
from foundation.clock import now
from foundation.database import transaction
from foundation.errors import Refused
from people.viewer import OWNER
from service import notifier
from tests.alerts.notify.mail import Clock, counted, free_port, in_outbox, mail_server, one_row, wait_for
from tests.builders import NOW, a_team

SOON = 60.0  # seconds; the machine may be busy
PROCESS = "from foundation import logs; logs.set_up(); from service import notifier; notifier.main()"
# Delivers at a standing clock, and dies as it is about to send the n-th statement or commit to the database.
DIES = """
import os, signal, sys
from datetime import datetime
from sqlalchemy import event
from alerts.notify import MailServer, deliver_next
from foundation.database import engine

left = int(sys.argv[1])
def one_more(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
event.listen(engine("notifier"), "before_cursor_execute", one_more)
event.listen(engine("notifier"), "commit", one_more)
server = MailServer.of(os.environ["TELEHEALTH_SMTP_URL"], base_url="http://localhost")
deliver_next(server, lambda: datetime.fromisoformat(sys.argv[2]))
"""
TOLD = text("SELECT pg_notify('outbox', '')")


@pytest.fixture
def box(database, monkeypatch):
    with mail_server() as mailbox:
        monkeypatch.setenv("TELEHEALTH_SMTP_URL", mailbox.url)
        engines.settings.cache_clear()
        yield mailbox


@contextmanager
def running():
    """A notifier in a thread; afterwards it is told to stop, and must."""
    stop = threading.Event()
    thread = threading.Thread(target=notifier.run, args=(stop,))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(timeout=SOON)
        assert not thread.is_alive()


@contextmanager
def processes(count=1):
    """Notifiers as they run in production; none is left behind."""
    alive = [
        subprocess.Popen([sys.executable, "-c", PROCESS], stderr=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    try:
        yield alive
    finally:
        for process in alive:
            process.kill()
            process.communicate()


def until(happened, within=SOON):
    """Wait for it."""
    end = time.monotonic() + within
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def put(*severities, **columns):
    """Messages to a new team, put and told as the checker does."""
    ids = wait_for(a_team(**columns), *severities, at=now())
    with transaction(OWNER) as session:
        session.execute(TOLD)
    return ids


def seen_at():
    with transaction(OWNER) as session:
        return session.scalar(text("SELECT seen_at FROM process WHERE name = 'notifier'"))


def listeners():
    """Connections that listen to this database's outbox."""
    with transaction(OWNER) as session:
        return session.scalar(
            text(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND query = 'LISTEN outbox'"
            )
        )


def test_what_is_put_in_the_outbox_is_sent_at_once(box, monkeypatch):
    monkeypatch.setattr(notifier, "EVERY", 600.0)
    with running():
        until(lambda: listeners() == 1 and seen_at() is not None)
        time.sleep(1.0)  # whatever the start called for is done
        put(RED)
        until(lambda: box.mails, within=3.0)


def test_what_nobody_told_of_is_found_in_the_next_round(box, monkeypatch):
    monkeypatch.setattr(notifier, "EVERY", 0.2)
    with running():
        until(lambda: listeners() == 1)
        wait_for(a_team(), RED, at=now())
        until(lambda: box.mails)


def test_each_round_leaves_a_sign_of_life_even_when_nothing_waits(box, monkeypatch):
    monkeypatch.setattr(notifier, "EVERY", 0.1)
    with running():
        until(lambda: seen_at() is not None)
        first = seen_at()
        until(lambda: seen_at() > first)


def test_without_a_mail_server_all_waits_and_the_log_says_so_once(database, monkeypatch):
    monkeypatch.delenv("TELEHEALTH_SMTP_URL", raising=False)
    monkeypatch.setattr(notifier, "EVERY", 0.05)
    put(RED)
    with capture_logs() as said, running():
        until(lambda: seen_at() is not None)
        first = seen_at()
        until(lambda: seen_at() > first)
    assert [(event["event"], event["problem"]) for event in said] == [("waiting", "smtp_url_unset")]
    row = one_row()
    assert (row.tries, row.problem, row.delivered_at, row.given_up_at) == (0, None, None, None)


def test_a_mail_server_that_cannot_be_read_is_refused_at_the_start(database, monkeypatch):
    monkeypatch.setenv("TELEHEALTH_SMTP_URL", "mail.example.org")
    engines.settings.cache_clear()
    with pytest.raises(Refused, match="smtp_url"):
        notifier.run(threading.Event())


def test_a_round_without_an_address_says_which_team_and_goes_on(box):
    clock = Clock()
    lost, here = a_team(email=None), a_team()
    wait_for(lost, RED)
    wait_for(here, AMBER)
    with capture_logs() as said:
        notifier.empty(box.server, threading.Event(), clock)
        notifier.empty(box.server, threading.Event(), clock)
    assert [(event["event"], event["team"]) for event in said] == [
        ("no_address", lost.id),
        ("delivered", here.id),
    ]


def test_a_round_stops_at_a_mail_server_that_is_away(database):
    for _ in range(3):
        wait_for(a_team(), RED)
    with mail_server() as gone:
        pass
    notifier.empty(gone.server, threading.Event(), Clock())
    assert sorted(row.tries for row in in_outbox()) == [0, 0, 1]


def test_when_the_database_was_away_it_goes_on_by_itself(box, database, monkeypatch):
    monkeypatch.setattr(notifier, "EVERY", 600.0)
    with running():
        until(lambda: listeners() == 1)
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        engines.engine("owner").dispose()
        wait_for(a_team(), RED, at=now())  # told to nobody: found when it listens again
        until(lambda: box.mails)


def test_sigterm_ends_it_in_order_after_what_is_being_sent(box):
    box.after = 1.0
    with processes() as (process,):
        until(lambda: listeners() == 1)
        put(RED)
        until(lambda: one_row().problem == bundles.SENDING)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=SOON)
    assert process.returncode == 0
    assert "stopped" in said
    assert len(box.mails) == 1
    assert one_row().delivered_at is not None


def test_two_processes_send_each_bundle_once(box):
    box.after = 0.05
    with processes(2):
        until(lambda: listeners() == 2)
        for number in range(10):
            put(RED, AMBER, email=f"team{number}@example.org")
        until(lambda: all(row.delivered_at for row in in_outbox()))
    assert counted(box) == {f"team{number}@example.org": 1 for number in range(10)}


@pytest.mark.kill
def test_killed_while_the_mail_server_answers_the_same_mail_goes_again(box):
    with processes() as (process,):
        until(lambda: listeners() == 1)
        box.when_taken = process.kill
        put(RED, AMBER)
        process.wait(timeout=SOON)
    box.when_taken = None
    assert len(box.mails) == 1
    assert {row.problem for row in in_outbox()} == {bundles.SENDING}
    assert deliver_next(box.server, now) is None  # held until the lease ends
    wait_for(in_outbox()[0].team_id, RED, at=now())  # and then without company
    later = Clock(now() + bundles.LEASE)
    while deliver_next(box.server, later.on(minutes=1)) is not None:
        pass
    assert len(box.mails) == 3
    assert len(set(box.ids)) == 2
    assert all(row.delivered_at for row in in_outbox())


@pytest.mark.kill
@pytest.mark.slow
def test_killed_at_any_statement_nothing_is_lost_and_at_most_one_mail_repeated(box):
    sent = []
    for statement in range(1, 50):
        team = a_team()
        ids = wait_for(team, RED, AMBER)
        told = [sys.executable, "-c", DIES, str(statement), NOW.isoformat()]
        ended = subprocess.run(told, check=False, env=os.environ).returncode
        before = len(box.mails)
        later = Clock(NOW + bundles.LEASE + timedelta(minutes=statement))
        while deliver_next(box.server, later) is not None:
            pass
        assert all(row.delivered_at for row in in_outbox(ids)), f"lost at statement {statement}"
        assert len(set(box.ids)) == 1, f"another Message-ID at statement {statement}"
        sent.append((before, len(box.mails)))
        box.mails.clear()
        if ended == 0:
            break
        assert ended == -signal.SIGKILL
    # Killed before it was sent: one mail. After it was sent and before it was marked: that and its repeat.
    *killed, unharmed = sent
    assert set(killed) == {(0, 1), (1, 2)}
    assert unharmed == (1, 1)


def test_a_mail_server_that_comes_back_gets_everything(database, monkeypatch):
    monkeypatch.setenv("TELEHEALTH_SMTP_URL", f"smtp://127.0.0.1:{free_port()}")
    engines.settings.cache_clear()
    ids = [wait_for(a_team(), RED, AMBER) for _ in range(4)]
    clock, stop = Clock(), threading.Event()
    away = notifier._mail_server()
    for _ in range(40):
        notifier.empty(away, stop, clock.on(seconds=5))
    assert all(row.tries > 0 and row.problem == "server_away" for row in in_outbox())
    with mail_server() as back:
        for _ in range(13):
            notifier.empty(back.server, stop, clock.on(minutes=1))
        assert len(back.mails) == len(ids)
    assert all(row.delivered_at for row in in_outbox())
