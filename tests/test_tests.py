"""What the tests stand on: a database of one's own, on both servers, and no way out of the machine."""

from __future__ import annotations

import socket

import pytest
from sqlalchemy import text

from foundation.database import transaction
from people.viewer import OWNER
from tests.conftest import BeyondThisMachineError

ADD = text("INSERT INTO team (name) VALUES ('Riverside')")


@pytest.mark.storage
@pytest.mark.parametrize("again", [1, 2])
def test_each_test_has_a_database_of_its_own(database, again):
    with transaction(OWNER) as session:
        assert session.scalar(text("SELECT count(*) FROM team")) == 0
        session.execute(ADD)


@pytest.mark.storage
def test_a_storage_test_runs_on_the_server_it_is_named_for(database, request):
    with transaction(OWNER) as session:
        hypertables = session.scalar(text("SELECT to_regclass('timescaledb_information.hypertables')"))
    assert (hypertables is not None) == ("hypertable" in request.node.callspec.id)


@pytest.mark.parametrize("address", [("192.0.2.1", 9), ("example.org", 80)])
def test_a_test_cannot_reach_another_machine(address):
    with pytest.raises(BeyondThisMachineError):
        socket.create_connection(address, timeout=1)


def test_a_test_may_reach_this_machine():
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        assert client.getpeername() == server.getsockname()
