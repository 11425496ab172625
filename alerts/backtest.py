"""What a rule, or a change of one, would have raised over a stretch of what is stored, as the readings came then.

Read in batches of patients: memory is bounded by a batch, whatever the number of patients. Bounds are those of each
moment. Traits, pauses and enrolments are as they are now. What people did to alerts is not played: see
`alerts.backtest_figures` for what counts as one.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sqlalchemy import text

from alerts import replaying, stored
from alerts.arrived import Checks, joined, out_of_order
from alerts.backtest_figures import PROPOSED, TODAY, Figures, watched
from alerts.history import Reader
from alerts.moments import micros, moment_micros
from alerts.rules import EVERY
from foundation import arrays
from foundation.database import transaction
from ingest.catalogue import KINDS
from people.viewer import CHECKER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from alerts.arrived import Cohort
    from alerts.moments import Ints
    from alerts.rules import RuleSpec

# An alert under way when the stretch begins was not raised in it; who was in breach within this time is known to be.
BEFORE = timedelta(days=30)
ROWS = 400_000  # readings in a batch, about
MOST, FEWEST, FIRST = 4_000, 20, 500  # patients in a batch
FIRST_OF_SENSOR = 50  # who wears one sends 288 values a day
SENSOR = KINDS["interstitial_glucose"].id

WATCHED = """SELECT id FROM patient p WHERE (CAST(:teams AS int[]) IS NULL OR team_id = ANY(CAST(:teams AS int[]))) AND EXISTS (
    SELECT 1 FROM enrolment e WHERE e.patient_id = p.id AND (CAST(:everybody AS boolean) OR e.pathway = ANY(CAST(:pathways AS text[])))
    AND e.started_on <= CAST(:until AS date) AND (e.ended_on IS NULL OR e.ended_on >= CAST(:since AS date)))"""
COUNT = text(f"SELECT count(*) FROM ({WATCHED}) AS watched")
PAGE = text(f"{WATCHED} AND id > :after ORDER BY id LIMIT :most")
EVERYBODY = text("SELECT count(*) FROM patient WHERE id BETWEEN :first AND :last")
ON_RECORD = """SELECT patient_id, rule, first_at, last_at, raised_at >= '{since}'::timestamptz AS within FROM alert
WHERE patient_id = ANY('{patients}'::bigint[]) AND raised_at < '{until}'::timestamptz AND last_at >= '{since}'::timestamptz"""


class Cancelled(Exception):
    """Somebody does not want the answer any more."""


@dataclass(frozen=True)
class Question:
    """What to try, and over what."""

    proposed: RuleSpec
    today: RuleSpec | None  # the version that runs; None: no rule of this name does
    since: datetime
    until: datetime
    teams: tuple[int, ...] | None = None  # whose patients; None: everybody's

    @property
    def specs(self) -> tuple[RuleSpec, ...]:
        """Both versions under names of their own; one where they say the same."""
        proposed = replace(self.proposed, id=PROPOSED)
        if self.today is None or self.same:
            return (proposed,)
        return proposed, replace(self.today, id=TODAY)

    @property
    def same(self) -> bool:
        """Whether what is tried is what runs."""
        return self.today is not None and replace(self.today, version=self.proposed.version) == self.proposed


def run(question: Question, progress: Callable[[int, int], None] = lambda _done, _of: None) -> Figures:
    """Everything counted. `progress` is told of patients done, of how many, after each batch; it may raise Cancelled."""
    figures = Figures()
    kinds = sorted({KINDS[name].id for spec in question.specs for name in spec.reads})
    reach = BEFORE + max(spec.lookback for spec in question.specs) + timedelta(days=1)
    stretch = stored.Stretch(tuple(kinds), question.since - reach, question.until)
    total, done = _count(question), 0
    reader, beside = Reader(), ThreadPoolExecutor(1, thread_name_prefix="reader")
    try:
        waiting: list[_Batch] = []
        progress(0, total)
        pages = _Pages(question, SENSOR in kinds)
        coming = beside.submit(_next, reader, pages, stretch, question)
        while (batch := coming.result()) is not None:
            pages.sized(len(batch.cohort.patients), batch.rows)
            coming = beside.submit(_next, reader, pages, stretch, question)
            figures.readings += batch.rows
            _judge(question, batch, figures, waiting)
            done += len(batch.cohort.patients)
            progress(done, total)
        _judge_apart(question, waiting, figures)
    finally:
        beside.shutdown(cancel_futures=True)
        reader.close()
    return figures


@dataclass(frozen=True)
class _Batch:
    """Some patients, and the alerts on record about them."""

    cohort: Cohort
    recorded: pd.DataFrame

    @property
    def rows(self) -> int:
        """How many readings."""
        return sum(len(values.at) for values in self.cohort.kinds.values())

    def only(self, patients: Ints) -> _Batch:
        """Some of them; sorted."""
        if len(patients) == len(self.cohort.patients):
            return self
        own = np.isin(self.recorded["patient_id"].to_numpy(np.int64), patients)
        return _Batch(self.cohort.only(patients), self.recorded[own])


@dataclass
class _Pages:
    """The patients in shares of about as many readings each."""

    question: Question
    sensor: bool
    after: int = 0
    most: int = 0

    def sized(self, patients: int, rows: int) -> None:
        """So many patients had so many readings."""
        self.most = int(np.clip(patients * ROWS / max(rows, 1), FEWEST, min(MOST, 4 * patients + FEWEST)))

    def take(self) -> tuple[list[int], bool]:
        """The next ones; and whether there is nobody else between the first and the last."""
        most = self.most or (FIRST_OF_SENSOR if self.sensor else FIRST)
        with transaction(CHECKER) as session:
            told = {**_whom(self.question), "after": self.after, "most": most}
            patients = list(session.execute(PAGE, told).scalars())
            if not patients:
                return [], False
            self.after = patients[-1]
            span = {"first": patients[0], "last": patients[-1]}
            return patients, session.execute(EVERYBODY, span).scalar_one() == len(patients)


def _count(question: Question) -> int:
    with transaction(CHECKER) as session:
        return int(session.execute(COUNT, _whom(question)).scalar_one())


def _whom(question: Question) -> dict[str, object]:
    pathways = {spec.pathway for spec in question.specs}
    return {
        "teams": None if question.teams is None else list(question.teams),
        "everybody": EVERY in pathways,
        "pathways": sorted(pathways),
        "since": question.since.date(),
        "until": question.until.date() + timedelta(days=1),
    }


def _next(reader: Reader, pages: _Pages, stretch: stored.Stretch, question: Question) -> _Batch | None:
    """The next patients; None: that was all."""
    patients, together = pages.take()
    if not patients:
        return None
    cohort = stored.cohort(reader, patients, stretch, together=together)
    told = {"since": question.since.isoformat(), "until": question.until.isoformat()}
    return _Batch(cohort, reader.fetch(ON_RECORD.format(patients=arrays.numbers(patients), **told)))


def _judge(question: Question, batch: _Batch, figures: Figures, waiting: list[_Batch]) -> None:
    """Those whose readings came in order now; the others are kept until there are enough to judge side by side."""
    begin, checks = _span(question)
    cohort = batch.cohort
    pathway = None if question.proposed.pathway == EVERY else question.proposed.pathway
    patients, spans = watched(cohort.enrolled, pathway, moment_micros(question.since), checks.until)
    figures.patients += len(patients)
    figures.micros += int(spans.sum())
    late = out_of_order(question.specs, cohort, begin, checks)
    figures.apart += len(late)
    if len(late):
        waiting.append(batch.only(late))
    others = np.setdiff1d(cohort.patients, late, assume_unique=True)
    if len(others):
        in_order = batch.only(others)
        came = replaying.at_once(question.specs, in_order.cohort, begin, checks)
        _add(question, came, in_order.recorded, figures)
    if sum(one.rows for one in waiting) > ROWS:
        _judge_apart(question, waiting, figures)


def _judge_apart(question: Question, waiting: list[_Batch], figures: Figures) -> None:
    if waiting:
        begin, checks = _span(question)
        together = joined([one.cohort for one in waiting])
        recorded = pd.concat([one.recorded for one in waiting], ignore_index=True)
        waiting.clear()
        _add(question, replaying.replay(question.specs, together, begin, checks), recorded, figures)


def _span(question: Question) -> tuple[int, Checks]:
    """From which moment on everything is judged; and that each arrival is a check."""
    return moment_micros(question.since - BEFORE), Checks(moment_micros(question.until))


def _add(question: Question, came: replaying.Replayed, recorded: pd.DataFrame, figures: Figures) -> None:
    raised = came.raised
    at = micros(raised["raised_at"])
    raised = raised[(at >= moment_micros(question.since)) & (at <= moment_micros(question.until))]
    if question.same:
        raised = pd.concat([raised, raised.assign(rule=TODAY)], ignore_index=True)
    figures.failures += int(came.failures["patient_id"].nunique())
    figures.add(raised, recorded, question.proposed.id)


def raised(
    specs: Sequence[RuleSpec], patients: Sequence[int], since: datetime, until: datetime
) -> pd.DataFrame:
    """Every run of breach that these rules would have raised about these patients (ids, sorted), as `replaying` gives it."""
    kinds = tuple(sorted({KINDS[name].id for spec in specs for name in spec.reads}))
    reach = BEFORE + max(spec.lookback for spec in specs) + timedelta(days=1)
    reader = Reader()
    try:
        cohort = stored.cohort(reader, patients, stored.Stretch(kinds, since - reach, until))
    finally:
        reader.close()
    checks = Checks(moment_micros(until))
    found = replaying.replay(specs, cohort, moment_micros(since - BEFORE), checks).raised
    return found[micros(found["raised_at"]) >= moment_micros(since)].reset_index(drop=True)
