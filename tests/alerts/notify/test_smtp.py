from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager
from email.message import EmailMessage

import pytest
from aiosmtpd.smtp import AuthResult

from alerts.notify import smtp
from alerts.notify.smtp import MailServer, UndeliveredError
from foundation.errors import Refused
from tests.alerts.notify.mail import free_port, mail_server, server_at

PAGES = "https://alerts.example.org"
SECRET = "k3ttle:0tter"


def a_mail():
    mail = EmailMessage()
    mail["Subject"] = "1 red alert is waiting"
    mail.set_content("One.\n.\nA line that is a dot stays one.\n")
    return mail


def send(server, to="team@example.org"):
    smtp.send(server, a_mail(), sender="alerts@example.org", to=to)


def problem(server, to="team@example.org"):
    with pytest.raises(UndeliveredError) as caught:
        send(server, to)
    error = caught.value
    return error.problem, error.status, error.for_good, error.away


@contextmanager
def a_server_that(serves):
    """A server that does this with the one connection that it takes; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve():
            connection, _address = listening.accept()
            with connection:
                serves(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1]
        thread.join()


def dies_after(steps):
    """Answers as a mail server does for so many steps, then is gone."""

    def serve(connection):
        with connection.makefile("rwb") as talk:
            for answer in (b"220 here", b"250 hello", b"250 OK", b"250 OK", b"354 go on", b"250 taken")[
                :steps
            ]:
                talk.write(answer + b"\r\n")
                talk.flush()
                while talk.readline() != b".\r\n" and answer.startswith(b"354"):
                    pass

    return serve


def hangs(connection):
    connection.recv(1)  # until the other gives up


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for this machine that nobody has signed, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    files = folder / "certificate.pem", folder / "key.pem"
    made = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
    named = ["-addext", "subjectAltName=IP:127.0.0.1", "-out", files[0], "-keyout", files[1]]
    subprocess.run([*made.split(), *named], check=True, capture_output=True)
    return files


@pytest.fixture
def context(certificate):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    return context


@pytest.fixture
def trusted(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))


def test_a_mail_arrives_whole_and_the_server_is_greeted_by_our_name(box):
    send(box.server)
    assert box.to == ["team@example.org"]
    assert box.mails[0].get_content().splitlines()[:3] == ["One.", ".", "A line that is a dot stays one."]
    assert box.greeted_by == ["alerts.example.org"]


def test_a_server_that_is_not_there_is_away():
    assert problem(server_at(free_port())) == ("server_away", None, False, True)


def test_a_server_that_says_nothing_is_away_and_is_not_waited_for_long():
    begun = time.monotonic()
    with a_server_that(hangs) as port:
        assert problem(server_at(port, timeout=0.3)) == ("server_away", None, False, True)
    assert time.monotonic() - begun < 4


def test_a_server_is_waited_for_ten_seconds_by_default():
    assert MailServer.of("smtp://localhost", base_url=PAGES).timeout == 10


def test_a_server_that_turns_everybody_away_is_away():
    with a_server_that(lambda connection: connection.sendall(b"421 too many\r\n")) as port:
        assert problem(server_at(port)) == ("server_refused", 421, False, True)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (0, ("server_away", None, False, True)),
        (1, ("server_away", None, False, True)),
        (2, ("connection_lost", None, False, False)),
        (3, ("connection_lost", None, False, False)),
        (4, ("unsure", None, False, False)),
        (5, ("unsure", None, False, False)),
    ],
)
def test_a_server_that_dies_midway_leaves_us_unsure_only_where_it_may_have_the_mail(steps, expected):
    with a_server_that(dies_after(steps)) as port:
        assert problem(server_at(port)) == expected


def test_a_server_that_dies_after_it_said_that_it_has_the_mail_has_it():
    with a_server_that(dies_after(6)) as port:
        send(server_at(port))


def test_a_recipient_refused_for_good_is_told_from_one_refused_for_now(box):
    box.answers = {"gone@example.org": "550 no such user", "full@example.org": "452 mailbox is full"}
    assert problem(box.server, "gone@example.org") == ("recipient_refused", 550, True, False)
    assert problem(box.server, "full@example.org") == ("recipient_deferred", 452, False, False)
    assert box.mails == []


@pytest.mark.parametrize("code", [451, 554])
def test_a_refused_mail_is_tried_again_whatever_the_code_for_the_same_words_may_pass_tomorrow(box, code):
    box.to_data = f"{code} not now"
    assert problem(box.server) == ("message_refused", code, False, False)


def test_an_offered_encryption_is_used_even_if_nobody_vouches_for_it(context):
    with mail_server(tls_context=context) as box:
        send(box.server)
        assert box.encrypted == [True]


def test_where_encryption_is_asked_for_nothing_is_sent_without(box):
    assert problem(server_at(box.port, "smtp+starttls")) == ("tls_not_offered", None, False, True)
    assert box.mails == []


def test_where_encryption_is_asked_for_somebody_must_vouch_for_the_server(context):
    with mail_server(tls_context=context) as box:
        assert problem(server_at(box.port, "smtp+starttls")) == ("tls_failed", None, False, True)
        assert box.mails == []


def test_with_a_certificate_that_is_trusted_it_goes_encrypted(context, trusted):
    with mail_server(tls_context=context) as box:
        send(server_at(box.port, "smtp+starttls"))
        assert box.encrypted == [True]


def test_a_server_that_is_encrypted_from_the_start(context, trusted):
    with mail_server(ssl_context=context) as box:
        send(server_at(box.port, "smtps"))
        assert len(box.mails) == 1


def test_a_server_that_is_encrypted_from_the_start_must_be_vouched_for(context):
    with mail_server(ssl_context=context) as box:
        assert problem(server_at(box.port, "smtps")) == ("tls_failed", None, False, True)


def test_name_and_password_of_the_setting_are_given(context):
    def only_us(_server, _session, _envelope, _mechanism, given):
        right = (given.login, given.password) == (b"team@example.org", SECRET.encode())
        return AuthResult(success=right, handled=False)

    with mail_server(tls_context=context, authenticator=only_us, auth_required=True) as box:
        address = f"@127.0.0.1:{box.port}"
        send(MailServer.of(f"smtp://team%40example.org:k3ttle%3A0tter{address}", base_url=PAGES))
        assert len(box.mails) == 1
        wrong = MailServer.of(f"smtp://team%40example.org:wrong{address}", base_url=PAGES)
        assert problem(wrong) == ("sign_in_refused", 535, False, True)


def test_a_password_for_a_server_that_asks_for_none_is_a_mistake_to_mend_and_is_not_sent(box):
    server = MailServer.of(f"smtp://us:{SECRET}@127.0.0.1:{box.port}", base_url=PAGES)
    assert problem(server) == ("sign_in_not_offered", None, False, True)


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("smtp://mail", 25),
        ("smtps://mail", 465),
        ("smtp+starttls://mail", 587),
        ("smtp+starttls://u:p@mail:2525", 2525),
    ],
)
def test_each_way_has_its_own_port(url, port):
    assert MailServer.of(url, base_url=PAGES).port == port


@pytest.mark.parametrize(
    "url", ["mail.example.org", "http://mail", "smtp://", f"smtp://u:{SECRET}@mail:port", "smtp://[mail", ""]
)
def test_a_setting_that_cannot_be_read_is_refused_without_repeating_it(url):
    with pytest.raises(Refused) as caught:
        MailServer.of(url, base_url=PAGES)
    assert "TELEHEALTH_SMTP_URL" in caught.value.sentence
    assert SECRET not in caught.value.sentence
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_password_is_not_shown_with_the_server():
    assert SECRET not in repr(MailServer.of(f"smtp://u:{SECRET.replace(':', '%3A')}@mail", base_url=PAGES))


@pytest.mark.parametrize(
    ("base_url", "name"),
    [
        ("https://alerts.example.org/", "alerts.example.org"),
        ("http://127.0.0.1:8000", "[127.0.0.1]"),
        ("http://[::1]:8000", "[IPv6:::1]"),
    ],
)
def test_the_server_is_greeted_by_the_name_of_the_pages(base_url, name):
    assert MailServer.of("smtp://mail", base_url=base_url).calls_itself == name
