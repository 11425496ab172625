"""What each person sees and changes by SQL alone, with none of the application's own checks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import ProgrammingError

from foundation import database as engines
from foundation.database import transaction
from people import audit
from people.viewer import OWNER, Process
from tests import rows
from tests.builders import NOW
from tests.people.world import a_world

pytestmark = pytest.mark.storage

EVERYBODY = {"own", "other", "far"}
HERE, THERE, NONE = {"own", "other"}, {"far"}, set()

# Which patients' rows each viewer sees, by what the table is about.
CARE = {
    "patient": {"own"},
    "clinician": HERE,
    "coordinator": HERE,
    "lead": HERE,
    "admin": NONE,
    "clinician of there": THERE,
    "clinician of both": EVERYBODY,
    "disabled clinician": NONE,
    "nobody": NONE,
}
WHO = CARE | {"admin": EVERYBODY}  # an admin sees who the patients are, and nothing that they sent
ALERTS = CARE | {"patient": NONE}

VISIBLE = {
    "patient": WHO,
    "enrolment": WHO,
    "check_failure": WHO,
    "upload": CARE,
    "correction": CARE,
    "held": CARE,
    "rollup_day": CARE,
    "rollup_recent": CARE,
    "threshold": CARE,
    "trait": CARE,
    "pause": CARE,
    "alert": ALERTS,
    "episode": ALERTS,
    "alert_event": ALERTS,
    "shadow_episode": ALERTS,
    "shadow_failure": ALERTS,
}
PEOPLE = {"staff", "staff_team", "team"}  # said below
OF_STAFF = {"rule_life"}  # all rows, to all staff
OF_WHO_ASKED = {"backtest"}  # tests/dashboards/routes/test_backtests.py
ABOUT_NOBODY = {
    "rule_version",
    "pass",
    "process",
    "bucket",
    "audit_head",
    "alembic_version",
}  # all rows, to all

READABLE = text("""
    SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v')
      AND has_any_column_privilege('telehealth_web', oid, 'SELECT')""")


@pytest.fixture
def world(database):
    return a_world()


def seen(viewer, world, table):
    """The patients of whom this viewer sees a row."""
    column = "id" if table == "patient" else "patient_id"
    with transaction(viewer) as session:
        ids = session.scalars(text(f"SELECT {column} FROM {table}")).all()
    return {world.patients[patient_id] for patient_id in ids}


def test_every_table_that_the_web_may_read_has_its_expected_rows_here(database):
    with transaction(OWNER) as session:
        assert (
            set(session.scalars(READABLE)) == set(VISIBLE) | PEOPLE | OF_STAFF | OF_WHO_ASKED | ABOUT_NOBODY
        )


def test_each_viewer_sees_exactly_the_rows_of_whom_they_care_for(world):
    told = {
        table: {name: seen(viewer, world, table) for name, viewer in world.viewers.items()}
        for table in VISIBLE
    }
    assert told == VISIBLE


def test_readings_are_reached_by_the_functions_and_only_of_whom_one_cares_for(world):
    one = text("SELECT count(*) FROM readings_of(:id, ARRAY[1::smallint], '-infinity', 'infinity', 100)")
    many = text("SELECT patient_id FROM recent_of(:ids, ARRAY[1::smallint], '-infinity')")
    for name, viewer in world.viewers.items():
        with transaction(viewer) as session:
            by_one = {called for key, called in world.patients.items() if session.scalar(one, {"id": key})}
            by_many = session.scalars(many, {"ids": list(world.patients)}).all()
        assert by_one == CARE[name]
        assert {world.patients[key] for key in by_many} == CARE[name]


def test_no_viewer_reads_the_readings_past_the_functions(world):
    with transaction(OWNER) as session:
        found = text("SELECT to_regclass('timescaledb_information.chunks')")
        chunks = []
        if session.scalar(found):
            chunks = session.scalars(
                text("SELECT format('%I.%I', chunk_schema, chunk_name) FROM timescaledb_information.chunks")
            ).all()
            assert chunks
    for viewer in world.viewers.values():
        for table in ("reading", *chunks):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction(viewer) as session:
                session.execute(text(f"SELECT 1 FROM {table}"))


def test_staff_know_their_colleagues_and_a_patient_the_name_of_their_team(world):
    with transaction(OWNER) as session:
        all_of_them = {table: session.scalar(text(f"SELECT count(*) FROM {table}")) for table in PEOPLE}
    for name, viewer in world.viewers.items():
        with transaction(viewer) as session:
            told = {table: session.scalar(text(f"SELECT count(*) FROM {table}")) for table in PEOPLE}
            teams = session.scalars(text("SELECT name FROM team")).all()
        if name == "patient":
            assert (told["staff"], told["staff_team"], teams) == (0, 0, ["Here"])
        elif name in {"nobody", "disabled clinician"}:
            assert set(told.values()) == {0}
        else:
            assert told == all_of_them


# ---------------------------------------------------------------- changes

CLINICAL = CARE | {"patient": NONE, "coordinator": NONE, "lead": NONE}
CHASING = CLINICAL | {"coordinator": HERE}
AGREEING = CLINICAL | {"lead": HERE}


def insert(session, table, viewer, patient_id):
    """A row as this viewer would honestly write it."""
    by = getattr(viewer, "id", None)
    columns = {
        "correction": {"revision": 2, "decided_by": by},
        "threshold": {"source": "person", "set_by": by, "reason": "agreed", "kind": 9},
        "trait": {"set_by": by, "name": "another", "value": 1.0, "review_on": NOW.date()},
        "pause": {"set_by": by, "starts_at": NOW + timedelta(1), "ends_at": NOW + timedelta(2)},
        "arrival": {},
        "alert_event": {"alert_id": UUID(int=patient_id), "actor": f"staff:{by}"},
    }
    rows.add(session, table, patient_id=patient_id, **columns[table])


def allowed(viewer, world, change):
    """The patients of whom this viewer may do this; the database is left as it was."""
    done = set()
    for patient_id, name in world.patients.items():
        try:
            with transaction(viewer) as session:
                if change(session, patient_id) is not False:
                    done.add(name)
                session.rollback()
        except ProgrammingError as error:
            assert "row-level security" in str(error)  # noqa: PT017 which refusal it was
    return done


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("correction", CLINICAL),
        ("threshold", AGREEING),
        ("trait", AGREEING),
        ("arrival", AGREEING),
        ("pause", CHASING),
        ("alert_event", CHASING),
    ],
)
def test_only_who_may_decide_adds_rows_and_only_of_their_own_patients(world, table, expected):
    told = {
        name: allowed(viewer, world, lambda session, key, who=viewer: insert(session, table, who, key))
        for name, viewer in world.viewers.items()
    }
    assert told == expected


@pytest.mark.parametrize(
    "change",
    [
        "held SET state = 'accepted', decided_at = now(), decided_by = {by}",
        "alert SET acknowledged_at = now(), acknowledged_by = {by}, changes = changes + 1",
    ],
)
def test_only_a_clinician_changes_rows_and_only_of_their_own_patients(world, change):
    told = {name: allowed(viewer, world, update(viewer, change)) for name, viewer in world.viewers.items()}
    assert told == CLINICAL


@pytest.mark.parametrize("table", ["threshold", "trait"])
def test_only_a_clinician_or_a_lead_replaces_what_is_agreed_with_their_own_patients(world, table):
    change = f"{table} SET replaced_at = now()"
    told = {name: allowed(viewer, world, update(viewer, change)) for name, viewer in world.viewers.items()}
    assert told == AGREEING


def update(viewer, change):
    """What `allowed` asks: whether this viewer's statement changes the patient's row."""
    by = getattr(viewer, "id", 0)
    sql = text(f"UPDATE {change.format(by=by)} WHERE patient_id = :id RETURNING 1")
    return lambda session, key: session.execute(sql, {"id": key}).first() is not None


def test_a_lead_writes_on_an_alert_that_its_bounds_changed_and_nothing_else(world):
    lead, patient = world.viewers["lead"], world.own.id
    told = {"alert_id": UUID(int=patient), "actor": f"staff:{lead.id}", "patient_id": patient}
    with transaction(lead) as session:
        rows.add(session, "alert_event", **told, what="thresholds_changed")
    with pytest.raises(ProgrammingError, match="row-level security"), transaction(lead) as session:
        rows.add(session, "alert_event", **told, what="acknowledged")


@pytest.mark.parametrize("table", ["correction", "threshold", "trait", "pause", "alert_event"])
def test_nobody_decides_in_anothers_name(world, table):
    clinician, another = world.viewers["clinician"], world.viewers["clinician of both"]
    with pytest.raises(ProgrammingError, match="row-level security"), transaction(clinician) as session:
        insert(session, table, another, world.own.id)


def test_nobody_accepts_a_held_value_in_anothers_name(world):
    sql = text("UPDATE held SET state = 'accepted', decided_at = now(), decided_by = :by")
    another = world.viewers["clinician of both"].id
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction(world.viewers["clinician"]) as session,
    ):
        session.execute(sql, {"by": another})


def test_nobody_writes_the_audit_in_anothers_name(world):
    for viewer in world.viewers.values():
        with (
            pytest.raises(ProgrammingError, match=r"row-level security|unrecognized"),
            transaction(viewer) as session,
        ):
            audit.record(session, "record.seen", by=OWNER, at=NOW)
    with transaction(world.viewers["clinician"]) as session:
        audit.record(session, "record.seen", by=world.viewers["clinician"], at=NOW)


# ---------------------------------------------------------------- who is believed to ask


@pytest.fixture
def pool_of_one(world, monkeypatch):
    """The web's engine with one connection, which every request must share."""
    make = engines.create_engine
    one = {"pool_size": 1, "max_overflow": 0}
    monkeypatch.setattr(engines, "create_engine", lambda *told, **options: make(*told, **options | one))
    engines.forget()
    used = []
    event.listen(engines.engine("web"), "checkout", lambda raw, *_: used.append(raw.info.backend_pid))
    return used


def test_two_requests_on_a_pool_of_one_connection_leak_nothing(world, pool_of_one):
    nobody = Process("web")
    first, second = world.viewers["clinician"], world.viewers["clinician of there"]
    for _ in range(3):
        assert seen(first, world, "upload") == HERE
        assert seen(nobody, world, "upload") == NONE
        assert seen(second, world, "upload") == THERE
        with pytest.raises(ProgrammingError), transaction(first) as session:
            session.execute(text("SELECT 1 FROM audit"))
        assert seen(nobody, world, "upload") == NONE
        with pytest.raises(StopIteration), transaction(first) as session:
            next(iter(session.scalars(text("SELECT 1 WHERE false"))))
        assert seen(nobody, world, "upload") == NONE
    assert len(set(pool_of_one)) == 1


def test_a_transaction_inside_a_transaction_keeps_to_who_asks(world, pool_of_one):
    with transaction(world.viewers["clinician"]) as session:
        with session.begin_nested():
            session.execute(text("SELECT 1"))
        assert session.scalar(text("SELECT count(*) FROM upload")) == 2
    assert seen(Process("web"), world, "upload") == NONE


@pytest.mark.parametrize("claim", ["1'; RESET ROLE; --", "", "1 OR 1", "é"])
def test_a_claim_cannot_be_more_than_a_number_or_a_word(world, claim):
    viewer = replace(world.viewers["clinician"], id=claim)
    with pytest.raises(ValueError, match="a claim must be"), transaction(viewer):
        pass


def test_a_patient_with_the_number_of_a_clinician_is_no_clinician(world):
    clinician = world.viewers["clinician"]
    viewer = replace(world.viewers["patient"], id=clinician.id)
    with transaction(viewer) as session:
        assert session.scalar(text("SELECT viewer_role()")) is None
        assert session.scalar(text("SELECT cardinality(viewer_teams())")) == 0
