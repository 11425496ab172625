from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from uuid import UUID, uuid4

import pytest

from alerts.moments import AMBER, BLUE, RED
from alerts.notify import message
from alerts.notify.bundles import LEASE, Bundle, Row, Team
from tests.builders import NOW

SENDER = "Telehealth alerts <alerts@example.org>"


def row(severity, *, at=NOW, id_=None):
    return Row(8841, id_ or uuid4(), uuid4(), severity, at, at, 0, None)


def composed(*rows, name="Riverside", email="team@example.org", base_url="https://alerts.example.org"):
    bundle = Bundle(Team(7, name, email), rows, NOW + LEASE)
    made = message.compose(bundle, sender=SENDER, base_url=base_url, at=NOW)
    return message_from_bytes(made.as_bytes(), policy=default)


@pytest.mark.parametrize(
    ("severities", "words"),
    [
        ([RED], "1 red alert is waiting"),
        ([AMBER], "1 amber alert is waiting"),
        ([RED, RED], "2 red alerts are waiting"),
        ([AMBER, RED, RED], "2 red and 1 amber alerts are waiting"),
        ([AMBER, RED], "1 red and 1 amber alerts are waiting"),
        ([BLUE, AMBER, AMBER, RED], "1 red, 2 amber and 1 blue alerts are waiting"),
        ([RED] * 1200, "1200 red alerts are waiting"),
    ],
)
def test_what_waits_is_counted_worst_first(severities, words):
    assert message.are_waiting(severities) == words


def test_a_mail_says_how_many_since_when_for_whom_and_where_and_no_more():
    mail = composed(row(RED, at=NOW - timedelta(minutes=4)), row(RED), row(AMBER))
    assert mail["Subject"] == "Riverside: 2 red and 1 amber alerts are waiting"
    assert mail["From"] == SENDER
    assert mail["To"] == "team@example.org"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().splitlines() == [
        "2 red and 1 amber alerts are waiting for Riverside.",
        "The oldest has been waiting since 08:56 on 20 November 2026.",
        "",
        "Open the queue to see whom this is about, and to act:",
        "https://alerts.example.org/queue",
        "",
        "This message holds nothing about any patient, and nobody reads replies to it.",
        "This is not an emergency service. In an emergency call 999.",
    ]


def test_a_mail_has_no_header_beyond_those_that_we_mean():
    expected = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted"}
    expected |= {"MIME-Version", "Content-Type", "Content-Transfer-Encoding"}
    assert set(composed(row(RED)).keys()) == expected


def test_times_are_by_the_clock_on_the_wall():
    summer = datetime(2026, 6, 1, 23, 30, tzinfo=UTC)
    assert "since 00:30 on 2 June 2026" in composed(row(RED, at=summer)).get_content()


def test_the_link_is_right_whether_or_not_the_address_of_the_pages_ends_in_a_slash():
    assert "https://alerts.example.org/queue\n" in composed(
        row(RED), base_url="https://alerts.example.org/"
    ).get_content().replace("\r\n", "\n")


def test_a_team_name_with_a_line_break_adds_no_header():
    mail = composed(row(RED), name="River\r\nBcc: someone@example.org")
    assert mail["Bcc"] is None
    assert mail["Subject"] == "River Bcc: someone@example.org: 1 red alert is waiting"


def test_a_team_name_in_any_script_arrives_whole_in_plain_ascii():
    bundle = Bundle(Team(7, "Équipe নিউহ্যাম", "team@example.org"), (row(RED),), NOW + LEASE)
    raw = message.compose(bundle, sender=SENDER, base_url="https://alerts.example.org", at=NOW).as_bytes()
    assert raw.isascii()
    mail = message_from_bytes(raw, policy=default)
    assert "Équipe নিউহ্যাম" in mail["Subject"]
    assert "Équipe নিউহ্যাম" in mail.get_content()


def test_the_same_messages_have_the_same_message_id_and_any_others_another():
    first, second, third = (row(RED, id_=UUID(int=number)) for number in (1, 2, 3))
    assert message.message_id([first, second], SENDER) == message.message_id([first, second], SENDER)
    ids = {message.message_id(some, SENDER) for some in ([first], [first, second], [first, second, third])}
    assert len(ids) == 3
    assert all(str(first.id) in one and one.endswith("@example.org>") for one in ids)
