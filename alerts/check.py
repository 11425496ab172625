"""One pass over what is waiting: arrivals taken, history loaded, rules run, reconciled, saved; one transaction a batch.

Safe to run anywhere, any number at once, and to kill at any moment: what a batch took is put back with everything it wrote.
"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pandas as pd
from sqlalchemy import text

from alerts import history, known, rules, save, waiting
from alerts.episodes import rows
from alerts.reconcile import Stretch, reconcile
from foundation import arrays
from foundation.database import transaction
from ingest import rollups
from ingest.catalogue import KINDS, by_id
from ingest.times import FUTURE_ALLOWED
from people.viewer import CHECKER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy.orm import Session

    from alerts.episodes import Episode
    from alerts.known import Key, OnRecord
    from alerts.pathways import Packs
    from alerts.rules import History, RuleSpec

MUCH = 1_000  # patients in one batch, from which a second lane is worth its connections

FORGET_PASSES = text("DELETE FROM pass WHERE finished_at < :before")
PASSED = text("""INSERT INTO pass (started_at, finished_at, patients, readings, raised, failures)
    VALUES (:started_at, :finished_at, :patients, :readings, :raised, :failures)""")
FAILED = text("""INSERT INTO check_failure (patient_id, rule, since, problem) VALUES (:patient_id, :rule, :at, :problem)
    ON CONFLICT (patient_id, rule) DO UPDATE SET problem = excluded.problem""")
MENDED = text("DELETE FROM check_failure WHERE patient_id = ANY(CAST(:patients AS bigint[]))")


@dataclass
class Checked:
    """What a pass came to."""

    patients: int = 0
    readings: int = 0  # looked at
    raised: int = 0  # alerts new on the queue
    changed: int = 0
    failures: int = 0  # rules that could not be evaluated, each for a patient

    def add(self, other: Checked) -> None:
        """Count another batch in."""
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class Checker:
    """Checks readings by one set of packs. Holds a connection for reading cohorts, and nothing else."""

    def __init__(self, packs: Packs) -> None:
        self.packs = packs
        self.reader = history.Reader()
        self.specs = {spec.id: spec for spec in packs.rules}
        self._by_time = [spec for spec in packs.rules if spec.schedule is not None]
        self._by_value = [spec for spec in packs.rules if spec.schedule is None]
        self._lookback = max((spec.lookback for spec in packs.rules), default=timedelta())
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="reader")

    def close(self) -> None:
        """Give up the connection and the thread that reads by it."""
        self._beside.shutdown()
        self.reader.close()

    def run(self, clock: Any) -> Checked:
        """One whole pass: batch after batch until nothing waits; then it is noted as complete."""
        started_at = clock()
        total = Checked()
        for done in self._batches(clock):
            total.add(done)
        finished_at = clock()
        with transaction(CHECKER) as session:
            session.execute(
                PASSED,
                {"started_at": started_at, "finished_at": finished_at, "patients": total.patients, "readings": total.readings,
                 "raised": total.raised, "failures": total.failures},
            )  # fmt: skip
            session.execute(FORGET_PASSES, {"before": finished_at - timedelta(days=2)})
            session.execute(text("SELECT pg_notify('alert', 'pass')"))
        return total

    def _batches(self, clock: Any) -> Iterator[Checked]:
        """Batch after batch. When there is much to do, a second lane computes while the first one's history is read."""
        first = self.batch(clock())
        if first is None:
            return
        yield first
        if first.patients < MUCH:
            yield from self._lane(clock)
            return
        beside = Checker(self.packs)
        try:
            with ThreadPoolExecutor(1, thread_name_prefix="lane") as pool:
                other = pool.submit(lambda: list(beside._lane(clock)))
                yield from self._lane(clock)
                yield from other.result()
        finally:
            beside.close()

    def _lane(self, clock: Any) -> Iterator[Checked]:
        while (done := self.batch(clock())) is not None:
            yield done

    def batch(self, at: datetime) -> Checked | None:
        """Take some of what is waiting and check it; None when nothing is."""
        with transaction(CHECKER) as session:
            taken = waiting.take(session, at)
            return (
                None if taken is None else self._check(session, taken.since, at) if taken.since else Checked()
            )

    def _check(self, session: Session, changed: Mapping[int, datetime], at: datetime) -> Checked:
        until = at + FUTURE_ALLOWED
        # Most of the history is read on another connection while the rest is looked up on this one.
        reach = {patient: self._reach(moment) for patient, moment in changed.items()}
        reading = self._beside.submit(history.stored, self.reader, reach, until)
        limits = self._beside.submit(history.bounds, self.reader, list(changed))
        record = known.load(session, changed)
        since = _since(changed, record)
        more = {
            patient: self._reach(moment)
            for patient, moment in _earliest(changed, since).items()
            if moment < changed[patient]
        }
        frame, bounds = reading.result(), limits.result()
        frame = history.longer(self.reader, frame, more, until)
        readings, count = history.as_it_stands(session, frame, reach | more, until)
        found, failures = self._found(readings, record, bounds, since, at)
        changes = self._reconciled(readings, record, bounds, since, found, failures, at)
        changes.write(session)
        rollups.recompute(session, readings, changed)
        due = rules.next_deadline(self._by_time, record.enrolled, at)
        asleep: dict[int, datetime | None] = dict.fromkeys(changed)
        asleep |= {int(row.patient_id): row.due_at.to_pydatetime() for row in _rows_of(due)}
        waiting.try_again({patient for patient, _ in failures}, asleep, at)
        waiting.sleep(session, asleep)
        session.execute(MENDED, {"patients": arrays.numbers(changed)})
        if failures:
            session.execute(
                FAILED,
                [{"patient_id": p, "rule": r, "at": at, "problem": why} for (p, r), why in failures.items()],
            )
        return Checked(len(changed), count, len(changes.raised), len(changes.changed), len(failures))

    def _reach(self, moment: datetime) -> datetime:
        """How far back history is needed to judge from this moment, and to sum up its day."""
        return min(rollups.day_start(moment), moment - self._lookback)

    def _found(
        self, readings: History, record: OnRecord, bounds: pd.DataFrame, since: pd.DataFrame, at: datetime
    ) -> tuple[dict[Key, list[Episode]], dict[Key, str]]:
        """Episodes of each patient and rule, in order; and the rules that failed on somebody."""
        found: dict[Key, list[Episode]] = defaultdict(list)
        failures: dict[Key, str] = {}
        # A phone's clock may be a little ahead of ours: its reading is judged now, not when our clock gets there.
        for specs, until in ((self._by_value, at + FUTURE_ALLOWED), (self._by_time, at)):
            came = rules.run(specs, readings, bounds, record.enrolled, record.pauses, since=since, at=until)
            for rule, frame in came.episodes.items():
                for episode in rows(frame):
                    found[episode.patient_id, rule].append(episode)
            failures |= {(int(row.patient_id), row.rule): row.error for row in _rows_of(came.failures)}
        return found, failures

    def _reconciled(
        self,
        readings: History,
        record: OnRecord,
        bounds: pd.DataFrame,
        since: pd.DataFrame,
        found: dict[Key, list[Episode]],
        failures: dict[Key, str],
        at: datetime,
    ) -> save.Changes:
        changes = save.Changes()
        windows = {(int(row.patient_id), row.rule): row.since for row in _rows_of(since)}
        for key in sorted(set(found) | set(record.episodes)):
            patient, rule = key
            spec = self.specs.get(rule)
            if spec is None or key in failures:
                continue  # a rule that is no longer in any pack leaves its alerts to people
            start = windows.get(key, windows[patient, ""])
            on_record = record.episodes.get(key, [])
            window = [row for row in on_record if row.started_at >= start]
            before = {row.id: row for row in record.alerts.get(key, [])}
            verdict = reconcile(
                [Stretch(e.started_at, e.last_at, e.settled_at, e.level, e.evidence_at) for e in found[key]],
                [known.as_recorded(row) for row in window],
                [known.as_recorded(row) for row in on_record if row.started_at < start],
                [known.as_known(row) for row in before.values()],
                uuid4,
                at,
            )
            lead = next(
                (
                    e
                    for e in found[key]
                    if verdict.lead is not None and e.started_at == verdict.lead.started_at
                ),
                None,
            )
            row = before.get(verdict.alert.id) if verdict.alert is not None else None
            told = (
                None
                if lead is None or save.told_already(spec, lead, row)
                else _words(spec, lead, readings, bounds, at)
            )
            changes.add(patient, record.teams[patient], spec, verdict, row, told, at)
            _episodes(changes, spec, window, found[key], verdict.owners)
        return changes


def _rows_of(frame: pd.DataFrame) -> Iterator[Any]:
    """A frame's rows by name; pandas types them as almost anything."""
    return frame.itertuples()


def _since(changed: Mapping[int, datetime], record: OnRecord) -> pd.DataFrame:
    """From which moment each patient is judged again: patient_id, since, rule ("" for all rules not named).

    No episode may be under way there, so a rule that has one starts where that one does.
    """
    told = [(patient, moment, "") for patient, moment in changed.items()]
    for (patient, rule), episodes in record.episodes.items():
        under_way = [
            e.started_at for e in episodes if e.settled_at is None or e.settled_at >= changed[patient]
        ]
        if under_way and min(under_way) < changed[patient]:
            told.append((patient, min(under_way), rule))
    frame = pd.DataFrame(told, columns=["patient_id", "since", "rule"])
    frame["since"] = pd.to_datetime(frame["since"], utc=True).astype("datetime64[us, UTC]")
    return frame.astype({"patient_id": "int64"})


def _earliest(changed: Mapping[int, datetime], since: pd.DataFrame) -> dict[int, datetime]:
    earliest = dict(changed)
    for row in _rows_of(since[since["rule"] != ""]):
        earliest[int(row.patient_id)] = min(earliest[int(row.patient_id)], row.since.to_pydatetime())
    return earliest


def _words(
    spec: RuleSpec, lead: Episode, readings: History, bounds: pd.DataFrame, at: datetime
) -> save.Words:
    frames = []
    for name in spec.kinds:
        frame = readings.get(KINDS[name].id)
        if frame is not None:
            low, high = (
                frame["patient_id"].searchsorted(lead.patient_id),
                frame["patient_id"].searchsorted(lead.patient_id, side="right"),
            )
            own = frame.iloc[low:high]
            own = own[(own["measured_at"] >= lead.since) & (own["measured_at"] <= lead.evidence_at)]
            frames.append(own.assign(kind=KINDS[name].id))
    evidence = (
        pd.concat(frames, ignore_index=True)
        if frames
        else pd.DataFrame(columns=["kind", "measured_at", "value", "confirmed"])
    )
    pinned = [
        [by_id(int(row.kind)).name, row.measured_at.isoformat(), float(row.value), bool(row.confirmed)]
        for row in _rows_of(evidence)
    ]
    own_bounds = bounds[(bounds["patient_id"] == lead.patient_id) & (bounds["kind"] == lead.kind)]
    four = None if own_bounds.empty else [None if pd.isna(b) else float(b) for b in own_bounds.iloc[0, 2:6]]
    return save.words(
        spec, lead, rules.sentence(spec, lead), rules.arithmetic(spec, lead, evidence), pinned, four, at
    )


def _episodes(
    changes: save.Changes,
    spec: RuleSpec,
    window: list[Any],
    found: list[Episode],
    owners: Mapping[datetime, Any],
) -> None:
    """Replace what is on record of the window by what was found, leaving alone what is the same."""
    rows_now = [save.episode_row(spec, episode, owners[episode.started_at]) for episode in found]
    same = {row.started_at: row for row in window}
    kept = set()
    for row in rows_now:
        before = same.get(row["started_at"])
        if before is not None and all(getattr(before, name) == value for name, value in row.items()):
            kept.add(row["started_at"])
        else:
            changes.episodes.append(row)
    changes.dropped += [
        (row.patient_id, row.rule, row.started_at) for row in window if row.started_at not in kept
    ]
