from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta, timezone

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from foundation.database import engine, transaction
from people import audit
from people.tables import Audit, AuditHead, Team
from people.viewer import CHECKER, DOOR, OWNER
from tests.builders import NOW, a_patient, viewer_for

pytestmark = pytest.mark.storage


@pytest.fixture
def chains(database):
    """A hundred rows in chains, some of them of one transaction."""
    for number in range(50):
        with transaction(OWNER) as session:
            for of in ("first", "second"):
                audit.record(
                    session,
                    f"test.{of}",
                    by=OWNER,
                    at=NOW + timedelta(microseconds=number),
                    patient_id=number,
                    about=f"thing:{number}",
                    detail={"number": number, "words": 'ä 纸 "quoted" \\u0041', "day": NOW.date()},
                )
    assert broken() == []


def broken():
    with transaction(OWNER) as session:
        return audit.broken(session)


def as_superuser(sql, **told):
    with transaction(OWNER) as session:
        changed = session.execute(text(sql), told)
        assert changed.rowcount == 1


def a_row(*, last=False):
    """The place of one row: the longest chain's middle, or its end."""
    with transaction(OWNER) as session:
        stream, seq = session.execute(
            select(Audit.stream, func.max(Audit.seq))
            .group_by(Audit.stream)
            .order_by(func.count().desc())
            .limit(1)
        ).one()
    assert seq >= 3
    return stream, seq if last else seq - 1


CHANGES = {
    "at": "at + interval '1 microsecond'",
    "actor": "'staff:9'",
    "action": "action || '.'",
    "patient_id": "patient_id + 1",
    "about": "NULL",
    "detail": "jsonb_set(detail, '{number}', '-1')",
    "hash": "sha256(hash)",
}


@pytest.mark.parametrize("column", CHANGES)
def test_a_row_that_was_changed_is_found(chains, column):
    stream, seq = a_row()
    as_superuser(
        f"UPDATE audit SET {column} = {CHANGES[column]} WHERE (stream, seq) = (:s, :q)", s=stream, q=seq
    )
    assert broken() == [(stream, seq)]


def test_a_row_that_was_removed_is_found(chains):
    stream, seq = a_row()
    as_superuser("DELETE FROM audit WHERE (stream, seq) = (:s, :q)", s=stream, q=seq)
    assert broken() == [(stream, seq)]


def test_a_tail_that_was_cut_off_is_found(chains):
    stream, seq = a_row(last=True)
    as_superuser("DELETE FROM audit WHERE (stream, seq) = (:s, :q)", s=stream, q=seq)
    assert broken() == [(stream, seq)]


def test_a_chain_that_was_emptied_is_found(chains):
    stream, _ = a_row()
    with transaction(OWNER) as session:
        session.execute(text("DELETE FROM audit WHERE stream = :s"), {"s": stream})
    assert broken() == [(stream, 1)]


def test_a_row_that_was_added_is_found(chains):
    stream, seq = a_row(last=True)
    as_superuser(
        """INSERT INTO audit (stream, seq, at, actor, action, hash)
           SELECT stream, seq + 1, at, actor, action, sha256(hash) FROM audit WHERE (stream, seq) = (:s, :q)""",
        s=stream,
        q=seq,
    )
    assert broken() == [(stream, seq + 1)]


def test_two_rows_that_changed_places_are_found(chains):
    stream, seq = a_row()
    for before, after in ((seq, 0), (seq - 1, seq), (0, seq - 1)):
        as_superuser(
            "UPDATE audit SET seq = :after WHERE (stream, seq) = (:s, :before)",
            s=stream,
            before=before,
            after=after,
        )
    assert broken() == [(stream, seq - 1)]


def test_a_row_moved_to_the_end_of_another_chain_is_found(chains):
    stream, seq = a_row()
    with transaction(OWNER) as session:
        other = session.scalars(select(AuditHead.stream).where(AuditHead.stream != stream).limit(1)).one()
        last = session.scalar(select(func.max(Audit.seq)).where(Audit.stream == other)) or 0
    as_superuser(
        "UPDATE audit SET stream = :o, seq = :n WHERE (stream, seq) = (:s, :q)",
        o=other,
        n=last + 1,
        s=stream,
        q=seq,
    )
    assert broken() == sorted([(stream, seq), (other, last + 1)])


def test_a_head_moved_back_to_hide_a_cut_tail_shows_in_a_head_noted_outside(chains):
    stream, seq = a_row(last=True)
    with transaction(OWNER) as session:
        noted = session.execute(select(AuditHead.seq, AuditHead.hash).where(AuditHead.stream == stream)).one()
    as_superuser("DELETE FROM audit WHERE (stream, seq) = (:s, :q)", s=stream, q=seq)
    as_superuser(
        """UPDATE audit_head h SET seq = a.seq, hash = a.hash FROM audit a
           WHERE h.stream = :s AND (a.stream, a.seq) = (:s, :q)""",
        s=stream,
        q=seq - 1,
    )
    with transaction(OWNER) as session:
        now = session.execute(select(AuditHead.seq, AuditHead.hash).where(AuditHead.stream == stream)).one()
    assert broken() == []  # within the database alone it cannot be seen
    assert now != noted


def test_sixteen_writers_at_once_leave_every_chain_unbroken(database):
    def write(number):
        for each in range(25):
            with transaction(CHECKER if number % 2 else DOOR) as session:
                audit.record(session, "test", by=CHECKER, at=NOW, about=f"{number}:{each}")

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(write, range(16)))

    assert broken() == []
    with transaction(OWNER) as session:
        assert session.scalar(select(func.count(Audit.about.distinct()))) == 16 * 25
        assert session.scalar(select(func.count()).select_from(Audit)) == 16 * 25


def test_more_writers_than_chains_wait_for_one(database):
    with transaction(OWNER) as holder:
        holder.execute(text("SELECT 1 FROM audit_head WHERE stream > 0 FOR UPDATE"))
        with transaction(DOOR) as session:
            audit.record(session, "test", by=DOOR, at=NOW)
    with transaction(OWNER) as session:
        assert session.scalars(select(Audit.stream)).all() == [0]
    assert broken() == []


def test_a_moment_is_the_same_in_any_zone(database):
    with transaction(OWNER) as session:
        audit.record(session, "test", by=OWNER, at=NOW.astimezone(timezone(timedelta(hours=1))))
    assert broken() == []


@pytest.mark.parametrize("undo", ["rollback", "close"])
def test_what_was_undone_leaves_no_row_also_in_the_next_transaction_of_the_session(database, undo):
    with Session(engine("owner")) as session:
        audit.record(session, "undone before it began", by=OWNER, at=NOW)
        session.execute(text("SELECT 1"))
        audit.record(session, "undone", by=OWNER, at=NOW)
        getattr(session, undo)()
        audit.record(session, "done", by=OWNER, at=NOW)
        session.commit()
    with transaction(OWNER) as session:
        assert session.scalars(select(Audit.action)).all() == ["done"]


def test_what_was_undone_to_a_savepoint_leaves_no_row(database):
    with transaction(OWNER) as session:
        audit.record(session, "kept", by=OWNER, at=NOW)
        inner = session.begin_nested()
        session.add(Team(name="Riverside"))
        audit.record(session, "undone", by=OWNER, at=NOW)
        with session.begin_nested():
            audit.record(session, "undone too", by=OWNER, at=NOW)
        inner.rollback()
        with session.begin_nested():
            audit.record(session, "kept too", by=OWNER, at=NOW)
    with transaction(OWNER) as session:
        assert sorted(session.scalars(select(Audit.action))) == ["kept", "kept too"]
        assert session.scalars(select(Team)).all() == []
    assert broken() == []


def test_a_look_that_cannot_be_noted_is_not_given(database):
    viewer = viewer_for(a_patient())
    with transaction(OWNER) as session:
        session.execute(text("ALTER TABLE audit ADD CONSTRAINT nothing_more CHECK (false) NOT VALID"))
    with pytest.raises(DBAPIError), transaction(viewer) as session:
        audit.record(session, "record.seen", by=viewer, at=NOW, patient_id=viewer.id)
