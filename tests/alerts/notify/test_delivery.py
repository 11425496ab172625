from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import insert
from structlog.testing import capture_logs

from alerts.moments import AMBER, RED
from alerts.notify import deliver_next
from alerts.tables import Alert
from foundation import logs
from foundation.database import transaction
from people.viewer import OWNER
from tests.alerts.notify.mail import (
    Clock,
    counted,
    free_port,
    give_address,
    in_outbox,
    one_row,
    server_at,
    wait_for,
)
from tests.builders import NOW, a_patient, a_team


def deliver_all(server, clock):
    while (tried := deliver_next(server, clock)) is not None and not tried.away:
        pass


def test_what_waits_for_a_team_arrives_as_one_mail_and_is_marked(database, box, clock):
    wait_for(a_team("Riverside", "riverside@example.org"), AMBER, RED, RED)
    deliver_all(box.server, clock)
    assert box.subjects == ["Riverside: 2 red and 1 amber alerts are waiting"]
    assert box.to == ["riverside@example.org"]
    assert {(row.delivered_at, row.problem, row.tries) for row in in_outbox()} == {(NOW, None, 0)}


def test_a_flood_is_one_mail_a_minute_that_counts_it(database, box, clock):
    team = a_team("Riverside")
    for second in range(0, 180, 5):
        wait_for(team, AMBER, at=clock.at)
        if second == 30:
            wait_for(team, RED, at=clock.at)
        deliver_all(box.server, clock)
        clock.on(seconds=5)
    assert box.subjects == [
        "Riverside: 1 amber alert is waiting",
        "Riverside: 1 red and 6 amber alerts are waiting",  # the red did not wait for the minute to end
        "Riverside: 12 amber alerts are waiting",
        "Riverside: 12 amber alerts are waiting",
    ]


def test_a_mail_server_that_is_away_costs_one_try_a_round_and_loses_nothing(database, box, clock):
    for _ in range(3):
        wait_for(a_team(), RED)
    tried = deliver_next(server_at(free_port()), clock)
    assert (tried.problem, tried.away) == ("server_away", True)
    assert sorted(row.tries for row in in_outbox()) == [0, 0, 1]
    deliver_all(box.server, clock.on(seconds=30))
    assert len(box.mails) == 3


def test_a_refused_recipient_is_given_up_and_holds_up_nobody(database, box, clock):
    box.answers = {"gone@example.org": "550 no such user", "full@example.org": "452 full"}
    gone, full = wait_for(a_team(email="gone@example.org")), wait_for(a_team(email="full@example.org"))
    wait_for(a_team(email="here@example.org"))
    deliver_all(box.server, clock)
    assert box.to == ["here@example.org"]
    assert in_outbox(gone)[0].given_up_at == NOW
    assert in_outbox(full)[0].given_up_at is None
    assert [row.problem for row in in_outbox(gone + full)] in (
        ["recipient_refused", "recipient_deferred"],
        ["recipient_deferred", "recipient_refused"],
    )


@pytest.mark.parametrize("email", ["tea\r\nm@example.org", "équipe@exämple.org", "a" * 2000])
def test_an_address_that_cannot_be_written_to_holds_up_nobody(database, box, clock, email):
    team = a_team()
    give_address(team, email)
    bad = wait_for(team, at=NOW - timedelta(minutes=1))
    wait_for(a_team(email="here@example.org"))
    deliver_all(box.server, clock)
    assert box.to == ["here@example.org"]
    row = in_outbox(bad)[0]
    assert row.delivered_at is None
    assert row.problem


def test_a_mail_whose_fate_is_unknown_goes_again_with_the_same_id_and_without_company(database, box, clock):
    team = a_team("Riverside")
    wait_for(team, RED, AMBER)
    box.after = 3.0
    assert deliver_next(server_at(box.port, timeout=1.5), clock).problem == "unsure"
    box.after = 0.0
    wait_for(team, RED, at=clock.on(seconds=31).at)
    deliver_all(box.server, clock)
    deliver_all(box.server, clock.on(seconds=60))
    box.mails.sort(key=lambda mail: mail["Subject"])
    *both, new = reversed(box.mails)
    assert len({mail["Message-ID"] for mail in both}) == 1
    assert len(both) in (1, 2)  # the server may have dropped the first when we hung up
    assert new["Subject"] == "Riverside: 1 red alert is waiting"


def test_two_notifiers_at_once_send_each_bundle_once(database, box):
    for number in range(12):
        wait_for(a_team(email=f"team{number}@example.org"), RED, AMBER, AMBER)
    box.after = 0.02
    ready, clock = threading.Barrier(4), Clock()

    def notifier():
        ready.wait()
        deliver_all(box.server, clock)

    notifiers = [threading.Thread(target=notifier) for _ in range(4)]
    for one in notifiers:
        one.start()
    for one in notifiers:
        one.join()
    assert counted(box) == {f"team{number}@example.org": 1 for number in range(12)}
    assert all(row.delivered_at == NOW for row in in_outbox())


def test_many_rounds_of_a_race_for_one_team_give_one_mail_each(database, box):
    team = a_team()
    for minute in range(20):
        clock = Clock(NOW + timedelta(minutes=minute))
        wait_for(team, RED, AMBER, at=clock.at)
        ready = threading.Barrier(3)

        def notifier(clock=clock, ready=ready):
            ready.wait()
            deliver_all(box.server, clock)

        racing = [threading.Thread(target=notifier) for _ in range(3)]
        for one in racing:
            one.start()
        for one in racing:
            one.join()
    assert len(box.mails) == 20
    assert set(Counter(box.ids).values()) == {1}


def test_a_mail_and_the_log_hold_nothing_about_the_patient(database, box, clock):
    patient = a_patient(a_team("Riverside"), name="Zephyrine Quillfeather", nhs_number="9990000018")
    alert = {
        "patient_id": patient.id, "id": uuid4(), "team_id": patient.team_id, "rule": "oxygen_low", "version": 3,
        "severity": RED, "raised_at": NOW, "first_at": NOW, "last_at": NOW,
        "sentence": "Oxygen saturation 83.7 %, limit 88 %", "evidence": {"figure": 83.7, "kind": "oxygen_saturation"},
    }  # fmt: skip
    with transaction(OWNER) as session:
        session.execute(insert(Alert), [alert])
    wait_for(patient.team_id, RED, patient_id=patient.id, alert_id=alert["id"])
    box.answers = {
        "team@example.org": "451 Zephyrine Quillfeather is not here"
    }  # an echo of what it was told
    with capture_logs() as said:
        deliver_all(box.server, clock)
        box.answers = {}
        deliver_all(box.server, clock.on(seconds=30))
    assert [event["event"] for event in said] == ["put_off", "delivered"]
    assert all(set(event) <= logs.ALLOWED | {"log_level"} for event in said)
    (raw,), (mail,) = box.raw, box.mails
    everything = "\n".join(
        [raw.decode(), mail.get_content(), *mail.values(), repr(said), repr(one_row().problem)]
    )
    canaries = ["zephyrine", "quillfeather", "9990000018", "999 000 0018", "83.7", "88 %", "oxygen", "limit"]
    canaries += [str(alert["id"]), str(patient.born), "1951"]
    without_ids = everything.replace(mail["Message-ID"].strip(), "")
    assert [canary for canary in canaries if canary in without_ids.lower()] == []


def test_a_log_names_neither_address_nor_what_the_server_said(database, box, clock):
    wait_for(a_team("Riverside", "gone@example.org"))
    box.answers = {"gone@example.org": "550 gone@example.org is unknown at Riverside"}
    with capture_logs() as said:
        deliver_all(box.server, clock)
    assert [(event["event"], event["problem"], event["status"]) for event in said] == [
        ("given_up", "recipient_refused", 550)
    ]
    assert "gone@" not in repr(said)
    assert "Riverside" not in repr(said)
