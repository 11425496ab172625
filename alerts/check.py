"""One pass over what is waiting: arrivals taken, history loaded, rules run, reconciled, saved; one transaction a batch.

Safe to run anywhere, any number at once, and to kill at any moment: what a batch took is put back with everything it wrote.
"""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np
import pandas as pd
from sqlalchemy import text

from alerts import history, known, rule_lives, rule_versions, rules, save, shadow, waiting
from alerts.episodes import judge_from, rows
from alerts.in_force import InForce
from alerts.moments import as_moment, as_utc, micros, moment_micros
from alerts.reconcile import Stretch, reconcile
from alerts.rules.frames import BOUNDS
from foundation import arrays
from foundation.database import transaction
from ingest import rollups
from ingest.catalogue import KINDS, by_id
from ingest.times import FUTURE_ALLOWED
from people.viewer import CHECKER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from alerts.episodes import Episode
    from alerts.known import Agreed, Key, OnRecord
    from alerts.pathways import Packs
    from alerts.rules import History, RuleSpec


FORGET_PASSES = text("DELETE FROM pass WHERE finished_at < :before")
PASSED = text("""INSERT INTO pass (started_at, finished_at, patients, readings, raised, failures)
    VALUES (:started_at, :finished_at, :patients, :readings, :raised, :failures)""")
FAILED = text("""INSERT INTO check_failure (patient_id, rule, since, problem) VALUES (:patient_id, :rule, :since, :problem)
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
    shadowed: int = 0  # episodes that rules in shadow found, raised to nobody

    def add(self, other: Checked) -> None:
        """Count another batch in."""
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class Checker:
    """Checks readings by the rules that run here, after putting its packs on record. Holds a connection for cohorts."""

    def __init__(self, packs: Packs) -> None:
        self.packs = packs
        self.reader = history.Reader()
        self.rules: InForce | None = None  # not known before the first batch
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
        at = clock()
        self._on_record(at)
        with transaction(CHECKER) as session:
            much = waiting.much(session, at)
        if not much:
            yield from self._lane(clock)
            return
        beside = Checker(self.packs)
        beside.rules = self.rules
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
        rules = self._on_record(at)
        with transaction(CHECKER) as session:
            taken = waiting.take(session, at)
            if taken is None or not taken.since:
                return None if taken is None else Checked()
            # After taking: whoever changes what runs has the patients wait again, so who is taken is judged by it.
            self.rules = rules.as_it_is(session)
            return self._check(session, self.rules, taken.since, at)

    def _on_record(self, at: datetime) -> InForce:
        """The rules that run here, after putting the packs on record the first time."""
        if self.rules is None:
            with transaction(CHECKER) as session:
                rule_versions.register(session, self.packs, at)
                self.rules = InForce.of(rule_lives.running(session))
        return self.rules

    def _check(
        self, session: Session, running: InForce, changed: Mapping[int, datetime], at: datetime
    ) -> Checked:
        until = at + FUTURE_ALLOWED
        record = known.load(session, changed)
        shadowed = shadow.on_record(session, changed, running.shadow)
        both = known.OnRecord({}, {**record.episodes, **shadowed})
        since = judge_from(_as_frame(changed), known.kept(both))
        earlier = _earlier(since)
        needed = running.reach.needed(changed, earlier, at)
        # The history is read on another connection while what people decided is looked up on this one.
        agreeing = self._beside.submit(known.agreed, self.reader, list(changed))
        reading = self._beside.submit(history.stored, self.reader, needed, until)
        decided = history.decided(session, changed)
        agreed, frame = agreeing.result(), reading.result()
        readings, count = history.as_it_stands(frame, decided, needed, until)
        found, failures = self._found(running, readings, agreed, since, at)
        tried, failed = shadow.taken_out(running.shadow, found, failures)
        judged = (set(found) | set(record.episodes)) - set(failures)
        windows = {key: earlier.get(key, changed[key[0]]) for key in judged}
        teams = known.teams(session, {patient for patient, _ in windows})
        changes = self._reconciled(running, readings, record, agreed, teams, windows, found, at)
        changes.write(session)
        new = shadow.save(session, running.shadow, changed, earlier, shadowed, tried, failed, at)
        rollups.recompute(session, readings, changed)
        asleep = self._asleep(running, changed, agreed, at)
        waiting.try_again({patient for patient, _ in failures}, asleep, at)
        waiting.sleep(session, asleep)
        session.execute(MENDED, {"patients": arrays.numbers(changed)})
        if failures:
            session.execute(
                FAILED,
                [
                    {"patient_id": p, "rule": r, "since": min(changed[p], at), "problem": why}
                    for (p, r), why in failures.items()
                ],
            )
        return Checked(len(changed), count, len(changes.raised), len(changes.changed), len(failures), new)

    def _asleep(
        self, running: InForce, changed: Iterable[int], agreed: Agreed, at: datetime
    ) -> dict[int, datetime | None]:
        """When each patient must be looked at again even if nothing arrives; None: never."""
        due = rules.next_deadline(running.by_time, agreed.enrolled, at)
        moments = micros(due["due_at"]).tolist()
        named = {moment: as_moment(moment) for moment in set(moments)}  # thousands of patients share a few
        asleep: dict[int, datetime | None] = dict.fromkeys(changed)
        asleep.update(zip(due["patient_id"].tolist(), (named[moment] for moment in moments), strict=True))
        return asleep

    def _found(
        self, running: InForce, readings: History, agreed: Agreed, since: pd.DataFrame, at: datetime
    ) -> tuple[dict[Key, list[Episode]], dict[Key, str]]:
        """Episodes of each patient and rule, in order; and the rules that failed on somebody."""
        found: dict[Key, list[Episode]] = defaultdict(list)
        came = rules.run(
            running.judged,
            readings,
            agreed.bounds,
            agreed.enrolled,
            agreed.pauses,
            since=since,
            at=at,
            ahead=FUTURE_ALLOWED,
            traits=agreed.traits,
        )
        for rule, frame in came.episodes.items():
            for episode in rows(frame):
                found[episode.patient_id, rule].append(episode)
        return found, {(int(row.patient_id), row.rule): row.error for row in _rows_of(came.failures)}

    def _reconciled(
        self,
        running: InForce,
        readings: History,
        record: OnRecord,
        agreed: Agreed,
        teams: Mapping[int, int],
        windows: Mapping[Key, datetime],
        found: dict[Key, list[Episode]],
        at: datetime,
    ) -> save.Changes:
        changes = save.Changes()
        for key, start in sorted(windows.items()):
            patient, rule = key
            spec = running.specs.get(rule)
            if spec is None:
                continue  # a rule that is retired leaves its alerts to people
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
                else _words(spec, lead, readings, agreed.bounds, at)
            )
            changes.add(patient, teams[patient], spec, verdict, row, told, at)
            _episodes(changes, spec, window, found[key], verdict.owners)
        return changes


def _rows_of(frame: pd.DataFrame) -> Iterator[Any]:
    """A frame's rows by name; pandas types them as almost anything."""
    return frame.itertuples()


def _as_frame(changed: Mapping[int, datetime]) -> pd.DataFrame:
    """patient_id, since."""
    moments = [moment_micros(moment) for moment in changed.values()]
    return pd.DataFrame(
        {
            "patient_id": np.fromiter(changed, dtype=np.int64, count=len(changed)),
            "since": as_utc(np.array(moments, dtype=np.int64)),
        }
    )


def _earlier(since: pd.DataFrame) -> dict[Key, datetime]:
    """What `judge_from` says of rules that begin before what is new."""
    own = since[(since["rule"] != "").to_numpy()]
    return {(int(row.patient_id), row.rule): row.since.to_pydatetime() for row in _rows_of(own)}


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
    four = (
        None
        if own_bounds.empty
        else [None if pd.isna(b) else float(b) for b in own_bounds[list(BOUNDS)].iloc[0]]
    )
    return save.words(
        spec,
        lead,
        rules.sentence(spec, lead, evidence),
        rules.arithmetic(spec, lead, evidence),
        pinned,
        four,
        at,
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
