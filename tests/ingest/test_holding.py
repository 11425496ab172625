"""Which odd values are believed follows from what came, in whatever order, uploads and transactions it came."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from foundation.clock import now
from foundation.database import transaction
from foundation.errors import Refused
from ingest import decisions, holding, intake, waiting, writer
from ingest.believing import ODD, Said, Value
from ingest.catalogue import KINDS
from people.viewer import OWNER, Viewer
from tests.builders import a_patient, a_staff, a_team
from tests.crowd import a_crowd
from tests.ingest.test_races import in_pairs, kept, sent, verdicts

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from uuid import UUID

    from ingest.steps import Rows, Step
    from tests.crowd import Person

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
READINGS = text("SELECT kind, measured_at, value FROM reading WHERE patient_id = :p ORDER BY 1, 2, 3")
STATES = text("SELECT kind, measured_at, value, state, code FROM held WHERE patient_id = :p ORDER BY 1, 2, 3")


@dataclass(frozen=True)
class Taken:
    """One item: a number, or a blood pressure of two numbers and perhaps a pulse."""

    kind: str
    minute: int
    value: float | tuple[float, ...]

    @property
    def at(self) -> datetime:
        return START + timedelta(minutes=self.minute)

    def item(self) -> dict[str, Any]:
        told: dict[str, Any] = {"kind": self.kind, "value": self.value, "measured_at": self.at.isoformat()}
        if isinstance(self.value, tuple):
            names = ("systolic", "diastolic", "heart_rate")
            told["value"] = dict(zip(names, self.value, strict=False))
        units = {"oxygen_saturation": "%", "respiratory_rate": "/min", "blood_pressure": "mmHg"}
        return told | {"unit": units[self.kind]}

    def values(self) -> tuple[Value, ...]:
        if not isinstance(self.value, tuple):
            return (Value(KINDS[self.kind].id, self.at, float(self.value)),)
        kinds = [KINDS[name].id for name in ("systolic", "diastolic", "heart_rate")]
        return tuple(Value(kind, self.at, float(one)) for kind, one in zip(kinds, self.value, strict=False))


def oxygen(minute: int, value: float = 84) -> Taken:
    return Taken("oxygen_saturation", minute, value)


def upload(items: Sequence[Taken]) -> bytes:
    return msgspec.json.encode({"readings": [one.item() for one in items]})


def send(person: Person, *items: Taken, key: str | None = None) -> list[str]:
    return verdicts(kept(sent(person, upload(items), key))[0].body)


def send_each(person: Person, items: Sequence[Taken]) -> list[str]:
    return [verdict for one in items for verdict in send(person, one)]


def readings(person: Person) -> list[tuple[Any, ...]]:
    with transaction(OWNER) as session:
        return [tuple(row) for row in session.execute(READINGS, {"p": person.id})]


def states(person: Person) -> list[tuple[int, datetime, float, str, str]]:
    with transaction(OWNER) as session:
        return [(row[0], row[1], row[2], row[3], row[4]) for row in session.execute(STATES, {"p": person.id})]


def minutes(person: Person, state: str) -> list[float]:
    """Of the held values in a state, when they were measured."""
    return [(at - START).total_seconds() / 60 for _, at, _, one, _ in states(person) if one == state]


def looked_at_from(person: Person) -> datetime:
    """From where on the checker was last told to look."""
    with transaction(OWNER) as session:
        sql = text("SELECT measured_from FROM arrival WHERE patient_id = :p ORDER BY id DESC LIMIT 1")
        return session.execute(sql, {"p": person.id}).scalar_one()


# ------------------------------------------------------------------------------------------ whatever the order

SINGLE = {
    "oxygen_saturation": st.sampled_from([70, 77, 84, 86, 93]),  # the last one is not odd
    "respiratory_rate": st.sampled_from([16, 34, 37, 45]),  # the first one is not
}
# The last one is not odd; the one before it is held because its numbers do not belong together.
PRESSURE = st.sampled_from(
    [(205, 130), (220, 135), (220, 160), (215, 136, 60), (210, 132, 80), (210, 90), (120, 80)]
)


@st.composite
def histories(draw: st.DrawFn) -> list[Taken]:
    """Values of one or two kinds, mostly odd and minutes apart; at each moment one."""
    kinds = draw(st.lists(st.sampled_from([*SINGLE, "blood_pressure"]), min_size=1, max_size=2, unique=True))
    drawn = st.sampled_from(kinds).flatmap(
        lambda kind: st.builds(
            Taken, st.just(kind), st.integers(0, 40).map(lambda n: n * 10), SINGLE.get(kind, PRESSURE)
        )
    )
    return draw(st.lists(drawn, min_size=1, max_size=9, unique_by=lambda one: (one.kind, one.minute)))


@st.composite
def ways(draw: st.DrawFn) -> tuple[list[Taken], list[list[list[Taken]]]]:
    """A history, and how it came: shuffled, repeated, in transactions of uploads of items."""
    history = draw(histories())
    order = draw(st.permutations([*history, *draw(st.lists(st.sampled_from(history), max_size=4))]))
    came: list[list[list[Taken]]] = [[[]]]
    for one in order:
        apart = draw(st.sampled_from(["same upload", "same transaction", "later"]))
        if apart == "later":
            came.append([[]])
        elif apart == "same transaction":
            came[-1].append([])
        came[-1][-1].append(one)
    return history, [[each for each in batch if each] for batch in came if any(batch)]


@pytest.mark.storage
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(way=ways())
def test_the_same_readings_and_the_same_waiting_values_whatever_their_way(database, way):
    history, came = way
    in_order, as_it_came, at_once = a_crowd(3)
    punctual = sorted(history, key=lambda one: one.minute)
    send_each(in_order, punctual)
    send(at_once, *punctual)
    for batch in came:
        kept(*[sent(as_it_came, upload(each)) for each in batch])
    assert readings(as_it_came) == readings(in_order) == readings(at_once)
    assert states(as_it_came) == states(in_order) == states(at_once)

    # As the rule says.
    held = {one[:3] for one in states(in_order) if one[4] in ODD}
    odd = [one for one in history if held.intersection(one.values())]
    said = Said(one.values() for one in odd)
    believed = {value for one in odd if said.believed(one.values()) for value in one.values()}
    assert {one[:3] for one in states(in_order) if one[3] == "believed"} == believed
    assert {one for one in readings(in_order) if one in held} == believed

    # And nothing changes when all of it comes once more.
    before = readings(as_it_came), states(as_it_came)
    again = send(as_it_came, *history)
    waits = {one[:3] for one in before[1] if one[3] == "waiting"}
    assert again == ["held" if waits.intersection(one.values()) else "duplicate" for one in history]
    assert (readings(as_it_came), states(as_it_came)) == before


@pytest.mark.storage
@pytest.mark.parametrize("order", [(0, 30, 80), (80, 30, 0), (30, 80, 0), (0, 80, 30)])
def test_the_first_of_a_run_waits_and_the_others_are_readings(database, order):
    [person] = a_crowd(1)
    send_each(person, [oxygen(minute) for minute in order])
    assert (minutes(person, "waiting"), minutes(person, "believed")) == ([0], [30, 80])
    assert [row[1] for row in readings(person)] == [oxygen(30).at, oxygen(80).at]


@pytest.mark.storage
def test_one_that_waited_is_stored_as_it_came_and_looked_at_again(database):
    [person] = a_crowd(1)
    assert send(person, oxygen(30), key="first") == ["held"]
    with transaction(OWNER) as session:
        sql = text("SELECT upload_id, received_at FROM held WHERE patient_id = :p")
        came = tuple(session.execute(sql, {"p": person.id}).one())
    assert send(person, oxygen(0)) == ["held"]
    with transaction(OWNER) as session:
        sql = text("SELECT upload_id, received_at FROM reading WHERE patient_id = :p")
        assert tuple(session.execute(sql, {"p": person.id}).one()) == came
        assert [row.measured_at for row in waiting.waiting(session, person.id)] == [oxygen(0).at]
    assert looked_at_from(person) == oxygen(0).at
    assert send(person, oxygen(30), key="first") == ["held"]  # as it was told
    assert send(person, oxygen(30), oxygen(0)) == ["duplicate", "held"]


def test_one_that_should_be_believed_is_looked_at_also_where_nothing_new_came(database):
    """As one may wait that came before repeats were looked for in both directions."""
    [person] = a_crowd(1)
    send(person, oxygen(0), oxygen(30))
    with transaction(OWNER) as session:
        session.execute(text("DELETE FROM reading WHERE patient_id = :p"), {"p": person.id})
        session.execute(text("UPDATE held SET state = 'waiting', decided_at = NULL"))
        session.execute(text("DELETE FROM arrival"))
    assert send(person, oxygen(30)) == ["duplicate"]
    assert minutes(person, "believed") == [30]
    assert looked_at_from(person) == oxygen(30).at


# ------------------------------------------------------------------------------------------ two at once


def ends_as_in_order(people: list[Person]) -> bool:
    return all(
        (minutes(person, "waiting"), minutes(person, "believed"), len(readings(person))) == ([0], [30], 1)
        for person in people
    )


def halves(people: list[Person]) -> Callable[[int], list[str]]:
    """Sends one of a pair of odd values, and the next time the other."""
    turns = [iter((oxygen(0), oxygen(30))) for _ in people]
    return lambda number: send(people[number], next(turns[number]))


@pytest.mark.storage
def test_a_pair_sent_by_two_connections_at_once_ends_as_one_sent_in_order(database):
    people = a_crowd(60)
    in_pairs(halves(people), 4, 15)
    assert ends_as_in_order(people)


def test_without_their_lock_neither_would_see_the_other(database, monkeypatch):
    """The test of the test above: the race is real, and it is seen."""
    monkeypatch.setattr(holding, "ONE_BY_ONE", "SELECT %s::bigint[]")
    people = a_crowd(60)
    in_pairs(halves(people), 4, 15)
    assert not ends_as_in_order(people)


@pytest.mark.storage
def test_a_pair_in_two_uploads_of_one_transaction_ends_as_one_sent_in_order(database):
    [person] = a_crowd(1)
    later, first = (sent(person, upload([oxygen(minute)])) for minute in (30, 0))
    assert [verdicts(answer.body) for answer in kept(later, first)] == [["stored"], ["held"]]
    assert ends_as_in_order([person])


def test_an_upload_without_anything_odd_takes_no_lock_and_no_statement_more(database, monkeypatch):
    [person] = a_crowd(1)
    ran: list[str] = []

    def plan(*told: Any) -> Generator[Step, Rows, Any]:
        inner = intake.keeping(*told)
        step = next(inner)
        while True:
            ran.extend(one.sql for one in (step, *step.also))
            rows = yield step
            try:
                step = inner.send(rows)
            except StopIteration as done:
                return done.value

    monkeypatch.setattr(writer, "keeping", plan)
    assert send(person, oxygen(0, 97)) == ["stored"]
    assert len(ran) == 5  # bounds, what is usual, the reading, a chain of the audit, the rest
    assert not {holding.ONE_BY_ONE, holding.STORED, holding.AROUND, holding.HOLD}.intersection(ran)


# ------------------------------------------------------------------------------------------ what people decide


@dataclass(frozen=True)
class Cared:
    """A patient, and a clinician of their team."""

    id: int
    by: Viewer


@pytest.fixture
def cared(database: str) -> Cared:
    team = a_team()
    return Cared(a_patient(team).id, Viewer("staff", a_staff("clinician", team).id, "clinician"))


def item_of(cared: Cared, minute: int) -> tuple[UUID, int]:
    with transaction(OWNER) as session:
        sql = text("SELECT upload_id, item FROM held WHERE patient_id = :p AND measured_at = :at")
        upload_id, item = session.execute(sql, {"p": cared.id, "at": oxygen(minute).at}).one()
        return upload_id, item


def decide(cared: Cared, minute: int, verb: Callable[..., None]) -> None:
    with transaction(cared.by) as session:
        verb(session, cared.id, *item_of(cared, minute), reason="She rang.", by=cared.by, at=now())


@pytest.mark.storage
def test_a_dismissed_value_speaks_for_nothing_and_is_not_believed(cared):
    send(cared, oxygen(0))
    send(cared, oxygen(100))
    decide(cared, 0, decisions.dismiss)
    decide(cared, 100, decisions.dismiss)
    assert send(cared, oxygen(30)) == ["held"]
    assert send(cared, oxygen(70), oxygen(100)) == ["stored", "held"]
    assert (minutes(cared, "dismissed"), minutes(cared, "believed")) == ([0, 100], [70])


@pytest.mark.storage
def test_an_accepted_value_speaks_for_its_repeat(cared):
    send(cared, oxygen(0))
    decide(cared, 0, decisions.accept)
    assert send(cared, oxygen(30)) == ["stored"]


@pytest.mark.storage
def test_a_believed_value_that_was_taken_back_speaks_for_nothing(cared):
    send(cared, oxygen(0), oxygen(50))
    with transaction(cared.by) as session:
        decisions.correct(
            session, cared.id, oxygen(0).values()[0].kind_id, oxygen(50).at, None,
            reason="A cold finger.", by=cared.by, at=now(),
        )  # fmt: skip
    assert send(cared, oxygen(100)) == ["held"]
    assert send(cared, oxygen(50)) == ["duplicate"]


@pytest.mark.storage
@pytest.mark.parametrize("verb", [decisions.accept, decisions.dismiss])
def test_nobody_decides_on_what_is_believed_and_they_are_told_why(cared, verb):
    send(cared, oxygen(0), oxygen(30))
    with pytest.raises(Refused) as refused:
        decide(cared, 30, verb)
    assert (refused.value.code, refused.value.status) == ("already_believed", 409)
    assert minutes(cared, "believed") == [30]
    decide(cared, 0, verb)


@pytest.mark.storage
def test_no_other_value_for_its_moment_is_overwritten_by_a_believed_one(cared):
    """It waits for a person, whichever of the three comes last."""
    disputed, other, first = oxygen(30), oxygen(30, 96), oxygen(0)
    send_each(cared, [disputed, other, first])
    assert [row[2] for row in readings(cared)] == [96]
    another = replace(cared, id=a_patient().id)
    send_each(another, [other, first, disputed])
    assert [one[1:] for one in states(another)] == [one[1:] for one in states(cared)]
    assert minutes(another, "waiting") == [0, 30]
    assert send(another, oxygen(80)) == ["stored"]  # it came, and speaks for others
