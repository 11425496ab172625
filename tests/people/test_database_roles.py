"""What each role of the database may do to each table, and that no role can step out of its own."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from foundation.database import ROLES, transaction
from people.viewer import OWNER, Process
from tests import rows
from tests.builders import a_patient, a_staff

pytestmark = pytest.mark.storage

# S: select, I: insert, U: update, D: delete; small: some columns only. What is not here a role may not touch.
MAY = {
    "web": {
        "S": "team staff_team enrolment rule_version pass process bucket upload rollup_day rollup_recent episode check_failure"
        " shadow_episode shadow_failure",
        "SI": "correction pause alert_event rule_life",
        "SIu": "threshold trait backtest",
        "Su": "held alert",
        "s": "patient staff",
        "I": "arrival",
    },
    "door": {
        "SIU": "bearer_token web_session enrolment_code",
        "SID": "sign_in_failure",
        "Su": "staff",
        "su": "patient",
        "S": "team staff_team",
    },
    "intake": {
        "SI": "upload reading arrival",
        "SIu": "held",
        "S": "correction rollup_day threshold",
        "s": "patient",
    },
    "checker": {
        "S": "team enrolment reading correction held threshold trait pause",
        "SI": "alert_event outbox rule_life",
        "SIU": "alert rule_version process",
        "SIUD": "episode wake check_failure rollup_day rollup_recent pass shadow_failure",
        "SID": "shadow_episode",
        "SD": "arrival",
        "SUD": "backtest",
        "SU": "bucket",
        "s": "patient",
    },
    "notifier": {"SU": "outbox", "SIU": "process", "s": "team"},
}
WRITE_THE_AUDIT = {"web", "door", "intake", "checker"}

PAST_SECURITY = "viewer_role viewer_teams cares_for readings_of recent_of accept_held checking_state judge_again teams_without_anybody"

# Of a table that holds who somebody is, the columns that a role reads.
READS = {
    ("web", "patient"): "id nhs_number name born sex phone language team_id created_at",
    ("web", "staff"): "id email name role disabled_at created_at",
    ("door", "patient"): "id nhs_number name born team_id password_hash",
    ("intake", "patient"): "id team_id nhs_number",
    ("checker", "patient"): "id team_id born",
    ("notifier", "team"): "id name email",
}

TABLES = text("""
    SELECT c.oid, c.relname FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')""")
WHOLE = text("SELECT has_table_privilege(:role, CAST(:table AS oid), :what)")
SOME = text("SELECT has_any_column_privilege(:role, CAST(:table AS oid), :what)")
COLUMNS = text("""
    SELECT attname FROM pg_attribute
    WHERE attrelid = CAST(:table AS regclass) AND attnum > 0 AND NOT attisdropped
      AND has_column_privilege(:role, attrelid, attnum, 'SELECT')""")


def rights(session, role, table):
    """The letters of MAY for this role and this table."""
    told = ""
    for letter, what in (("S", "SELECT"), ("I", "INSERT"), ("U", "UPDATE"), ("D", "DELETE")):
        asked = {"role": f"telehealth_{role}", "table": table, "what": what}
        if session.scalar(WHOLE, asked):
            told += letter
        elif letter != "D" and session.scalar(SOME, asked):
            told += letter.lower()
    return told


def expected(role):
    """What MAY says of a role, table by table."""
    told = {table: letters for letters, tables in MAY[role].items() for table in tables.split()}
    audit = {"audit": "I", "audit_head": "SU"} if role in WRITE_THE_AUDIT else {}
    return told | audit | {"alembic_version": "S"}  # each process looks whether it fits the database


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_to_each_table_what_its_work_needs_and_no_more(database, role):
    with transaction(OWNER) as session:
        told = {name: rights(session, role, oid) for oid, name in session.execute(TABLES).all()}
    assert {name: letters for name, letters in told.items() if letters} == expected(role)


@pytest.mark.parametrize(("role", "table"), READS)
def test_a_role_reads_of_people_only_the_columns_that_it_needs(database, role, table):
    with transaction(OWNER) as session:
        asked = {"role": f"telehealth_{role}", "table": table}
        assert sorted(session.scalars(COLUMNS, asked)) == sorted(READS[role, table].split())


@pytest.mark.parametrize("what", ["TRUNCATE", "REFERENCES", "TRIGGER"])
def test_no_role_may_empty_a_table_or_hang_something_on_it(database, what):
    with transaction(OWNER) as session:
        for oid, name in session.execute(TABLES).all():
            for role in ROLES:
                asked = {"role": f"telehealth_{role}", "table": oid, "what": what}
                assert not session.scalar(WHOLE, asked), (role, name)


def test_no_role_can_log_in_bypass_row_level_security_or_own_anything(database):
    powers = text("""
        SELECT rolcanlogin OR rolbypassrls OR rolsuper OR rolcreatedb OR rolcreaterole OR rolinherit
               OR EXISTS (SELECT 1 FROM pg_class c WHERE c.relowner = r.oid)
               OR EXISTS (SELECT 1 FROM pg_proc p WHERE p.proowner = r.oid)
               OR EXISTS (SELECT 1 FROM pg_auth_members m WHERE m.member = r.oid)
        FROM pg_roles r WHERE rolname = :role""")
    with transaction(OWNER) as session:
        for role in ROLES:
            assert session.scalar(powers, {"role": f"telehealth_{role}"}) is False, role


def test_every_table_with_a_patient_in_it_is_under_row_level_security_or_out_of_the_webs_reach(database):
    told = text("""
        SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
          AND (a.attname = 'patient_id' OR c.relname IN ('patient', 'staff')) AND NOT c.relrowsecurity
          AND (has_any_column_privilege('telehealth_web', c.oid, 'SELECT, INSERT, UPDATE')
               OR has_table_privilege('telehealth_web', c.oid, 'DELETE'))""")
    with transaction(OWNER) as session:
        assert session.scalars(told).all() == []


def test_no_role_may_make_anything_in_the_schema(database):
    for role in ROLES:
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction(Process(role)) as session,
        ):
            session.execute(text("CREATE TABLE of_our_own ()"))


def test_only_the_web_calls_the_functions_that_look_past_row_level_security(database):
    everybodys = text("""
        SELECT p.proname, r.rolname FROM pg_proc p CROSS JOIN pg_roles r
        WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef AND r.rolname LIKE 'telehealth\\_%'
          AND has_function_privilege(r.oid, p.oid, 'EXECUTE')""")
    with transaction(OWNER) as session:
        told = {(function, role) for function, role in session.execute(everybodys)}
    assert told == {(function, "telehealth_web") for function in PAST_SECURITY.split()} | {
        ("checking_state", "telehealth_door")
    }


def test_functions_that_look_past_row_level_security_say_where_they_look(database):
    loose = text("""
        SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef
          AND NOT coalesce(proconfig, '{}') && ARRAY['search_path=public, pg_temp']""")
    with transaction(OWNER) as session:
        assert session.scalars(loose).all() == []


@pytest.mark.parametrize("role", ROLES)
def test_nobody_changes_or_removes_what_the_audit_says(database, role):
    a_patient(), a_staff()
    for sql in ("UPDATE audit SET actor = 'x'", "DELETE FROM audit", "TRUNCATE audit"):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            transaction(Process(role)) as session,
        ):
            session.execute(text(sql))


def test_resetting_the_role_comes_back_to_the_role_and_not_to_the_login(database):
    for role in ROLES:
        with transaction(Process(role)) as session:
            session.execute(text("RESET ROLE"))
            assert session.scalar(text("SELECT current_user")) == f"telehealth_{role}"


def test_the_intake_keeps_a_reading_and_the_checker_reads_it(database):
    patient = a_patient()
    with transaction(Process("intake")) as session:
        for table in ("upload", "reading", "arrival"):
            rows.add(session, table, patient_id=patient.id)
    with transaction(Process("checker")) as session:
        assert session.scalar(text("SELECT count(*) FROM reading")) == 1
        assert session.execute(text("DELETE FROM arrival RETURNING patient_id")).all() == [(patient.id,)]
