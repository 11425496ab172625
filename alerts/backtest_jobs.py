"""Backtests that people ask for on the page: asked, called off and looked at by them; made one at a time by a process.

Who asks does so as themselves, and the row says whose patients it is about: the database takes no team that is not
theirs. The process that makes it reads those patients alone, and names of patients are never in a result.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from alerts import backtest, rule_lives
from alerts.backtest import Cancelled, Question
from alerts.backtest_figures import Figures
from alerts.rules.recorded import CannotRunError, spec_of
from foundation.database import transaction
from foundation.errors import Refused
from people import audit, rights
from people.viewer import CHECKER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from alerts.rules import RuleSpec
    from people.viewer import Viewer

TRIES = 3  # a process that died took it up before; what fails each time is given up
SHOWN = 20  # of one person, newest first
KEPT_DAYS = 30

ASK = text("""INSERT INTO backtest (id, asked_by, asked_at, teams, rule, body, since, until)
    VALUES (:id, :by, :at, CAST(:teams AS int[]), :rule, CAST(:body AS jsonb), :since, :until)""")
CALL_OFF = text("""UPDATE backtest SET state = 'cancelled', ended_at = :at
    WHERE id = :id AND state IN ('waiting', 'running') RETURNING rule""")
ONE = text("SELECT * FROM backtest WHERE id = :id")
MINE = text("""SELECT id, rule, body, asked_at, since, until, state, done, patients FROM backtest
    ORDER BY asked_at DESC LIMIT :most""")
AHEAD = text("SELECT count(*) FROM backtest WHERE state IN ('waiting', 'running')")

# Only one process makes backtests at a time, so one that is running was left by a process that died.
TAKE = text("""UPDATE backtest SET state = 'running', tries = tries + 1, done = 0 WHERE id = (
    SELECT id FROM backtest WHERE state IN ('waiting', 'running') AND tries < :tries ORDER BY asked_at LIMIT 1) RETURNING *""")
GIVE_UP = text("""UPDATE backtest SET state = 'failed', ended_at = :at, problem = 'It stopped again and again.'
    WHERE state IN ('waiting', 'running') AND tries >= :tries""")
GOES_ON = text(
    "UPDATE backtest SET done = :done, patients = :of WHERE id = :id AND state = 'running' RETURNING 1"
)
DONE = text("""UPDATE backtest SET state = 'done', ended_at = :at, result = CAST(:result AS jsonb), done = patients
    WHERE id = :id AND state = 'running'""")
FAILED = text("""UPDATE backtest SET state = 'failed', ended_at = :at, problem = :problem
    WHERE id = :id AND state = 'running'""")
FORGET = text("DELETE FROM backtest WHERE ended_at < CAST(:at AS timestamptz) - make_interval(days => :days)")


def ask(
    session: Session, spec: RuleSpec, since: datetime, until: datetime, *, by: Viewer, at: datetime
) -> UUID:
    """Have a rule tried over the patients of all teams of who asks. One at a time for each person."""
    rights.require(by, "rules.try")
    if not by.teams:
        raise Refused("no_team", "You are in no team, so there are no patients to try it on.")
    id_ = uuid4()
    told = {"id": id_, "by": by.id, "at": at, "teams": list(by.teams), "rule": spec.id}
    try:
        session.execute(ASK, {**told, "body": json.dumps(spec.body()), "since": since, "until": until})
    except IntegrityError as error:
        raise Refused(
            "under_way", "A backtest of yours is under way. Wait for it, or cancel it.", status=409
        ) from error
    audit.record(session, "backtest.asked", by=by, at=at, about=f"rule:{spec.id}")
    return id_


def call_off(session: Session, id_: UUID, *, by: Viewer, at: datetime) -> None:
    """Stop one that is not wanted any more."""
    rights.require(by, "rules.try")
    one(session, id_)
    if session.execute(CALL_OFF, {"id": id_, "at": at}).first() is None:
        raise Refused("ended_already", "It had ended already.", status=409)
    audit.record(session, "backtest.cancelled", by=by, at=at, about=f"backtest:{id_}")


def one(session: Session, id_: UUID) -> Any:
    """One backtest's row, as the model says; of somebody else's there is none."""
    row = session.execute(ONE, {"id": id_}).one_or_none()
    if row is None:
        raise rights.not_found()
    return row


def mine(session: Session) -> Sequence[Any]:
    """The viewer's own, newest first."""
    return session.execute(MINE, {"most": SHOWN}).all()


def question_of(row: Any, today: dict[str, Any] | None) -> Question:
    """What a row asks; `today`: the body of the version that ran."""
    now = None if today is None else spec_of(today)
    return Question(spec_of(row.body), now, row.since, row.until, tuple(row.teams))


def found(row: Any) -> tuple[Question, Figures]:
    """What came of one that is done."""
    return question_of(row, row.result["today"]), Figures.of(row.result["figures"])


# ------------------------------------------------------------------ the process that makes them


def waiting() -> bool:
    """Whether anybody waits for one."""
    with transaction(CHECKER) as session:
        return bool(session.execute(AHEAD).scalar_one())


def make_next(clock: Callable[[], datetime]) -> bool:
    """Make the one that waits longest; False when none does. Only one process may do this at a time."""
    with transaction(CHECKER) as session:
        session.execute(GIVE_UP, {"at": clock(), "tries": TRIES})
        session.execute(FORGET, {"at": clock(), "days": KEPT_DAYS})
        row = session.execute(TAKE, {"tries": TRIES}).one_or_none()
        running = rule_lives.running(session)
    if row is None:
        return False
    today = next((spec for spec in running.active if spec.id == row.rule), None)
    body = None if today is None else today.body()
    try:
        figures = backtest.run(question_of(row, body), lambda done, of: _goes_on(row.id, done, of))
    except Cancelled:
        return True
    except (CannotRunError, Refused) as error:
        _end(FAILED, row.id, clock(), problem=str(error))
    except Exception as error:  # noqa: BLE001  # whatever it is, the next one waits; its text could hold what was sent
        _end(FAILED, row.id, clock(), problem=f"It could not be worked out ({type(error).__name__}).")
    else:
        _end(DONE, row.id, clock(), result=json.dumps({"figures": figures.told(), "today": body}))
    return True


def _goes_on(id_: UUID, done: int, of: int) -> None:
    with transaction(CHECKER) as session:
        if session.execute(GOES_ON, {"id": id_, "done": done, "of": of}).first() is None:
            raise Cancelled


def _end(how: Any, id_: UUID, at: datetime, **told: str) -> None:
    with transaction(CHECKER) as session:
        session.execute(how, {"id": id_, "at": at, **told})
