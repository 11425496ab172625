"""What other bounds would have done to one patient in the last 90 days: both sets run over what is stored, and compared.

A preview is an if, not a history: it holds both sets of bounds against the whole stretch, whatever held at the time,
and it knows nothing of what people did. Its parts are pure but for `of`, which reads as the person who asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from alerts import rule_lives, thresholds, traits
from alerts.agreed import BOUNDS
from alerts.episodes import rows
from alerts.moments import NEVER, SEVERITY_NAMES, as_utc
from alerts.rules import EVERY, run, sentence
from foundation import arrays
from ingest import recent
from ingest.catalogue import KINDS, by_id
from ingest.times import local_day
from ingest.waiting import waiting
from people import patients

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from alerts.agreed import Four
    from alerts.pathways import Packs
    from alerts.rules import History, RuleSpec

DAYS = 90


@dataclass(frozen=True, slots=True)
class Raised:
    """One alert that a rule would have raised: a run of moments out of range."""

    rule: str
    title: str
    severity: str  # the worst that it reached
    started_at: datetime
    last_at: datetime
    settled_at: datetime | None
    sentence: str


@dataclass(frozen=True, slots=True)
class Pair:
    """What one run of readings comes to by today's bounds and by the proposed ones; None: nothing."""

    today: Raised | None
    proposed: Raised | None

    @property
    def change(self) -> Literal["gone", "new", "regraded", "same"]:
        """What becomes of it with the proposed bounds."""
        if self.proposed is None:
            return "gone"
        if self.today is None:
            return "new"
        return "same" if self.today.severity == self.proposed.severity else "regraded"


@dataclass(frozen=True, slots=True)
class Preview:
    """Both sets of bounds over the same days."""

    since: datetime
    at: datetime
    today: tuple[Raised, ...]
    proposed: tuple[Raised, ...]
    pairs: tuple[Pair, ...]  # oldest first
    readings: int  # of the kind, in those days
    waiting: int  # of these, values on which nobody has decided yet
    rules: tuple[str, ...]  # titles of the rules that look at the kind
    failed: tuple[str, ...]  # titles of those that could not be worked out

    @property
    def gone(self) -> int:
        """Alerts of today's bounds that the proposed ones would not have raised."""
        return self._count("gone")

    @property
    def new(self) -> int:
        """Alerts that only the proposed bounds would have raised."""
        return self._count("new")

    @property
    def regraded(self) -> int:
        """Alerts of both, of another severity."""
        return self._count("regraded")

    def _count(self, change: str) -> int:
        return sum(pair.change == change for pair in self.pairs)


def of(
    session: Session,
    patient_id: int,
    kind: int,
    four: Four,
    packs: Packs,
    at: datetime,
    *,
    by_person: bool = True,
) -> Preview:
    """What bounds would have done to a patient whom the session's viewer may see; of anybody else nothing is read.

    by_person: somebody sets these for this patient, so no rule moves them; not so where they are a pathway's own.
    """
    name = by_id(kind).name
    since = at - timedelta(days=DAYS)
    pathways = patients.pathways_on(session, [patient_id], local_day(at)).get(patient_id, ())
    specs = looking_at(in_force(session, packs), name, pathways)
    kinds = sorted({KINDS[one].id for spec in specs for one in spec.reads} | {kind})
    reach = since - max((spec.lookback for spec in specs), default=timedelta())
    history = history_of(session, patient_id, kinds, reach, at)
    held = {
        row.kind: (*tuple(row)[2:6], row.by_person)
        for row in session.connection().exec_driver_sql(thresholds.EVER, (arrays.numbers([patient_id]),))
        if row.replaced_at is None
    }
    now = bounds_frame(held, patient_id)
    then = bounds_frame(held | {kind: (*four, by_person)}, patient_id)
    enrolled = on_pathways(pathways, patient_id)
    facts = traits.current(session, [patient_id])
    today, failed = judge(specs, history, now, enrolled, facts, since, at)
    proposed, failed_too = judge(specs, history, then, enrolled, facts, since, at)
    own = history.get(kind)
    shown = None if own is None else own[own["measured_at"] >= since]
    return Preview(
        since=since,
        at=at,
        today=tuple(today),
        proposed=tuple(proposed),
        pairs=tuple(paired(today, proposed)),
        readings=0 if shown is None else len(shown),
        waiting=0 if shown is None else int((~shown["confirmed"]).sum()),
        rules=tuple(spec.title for spec in specs),
        failed=tuple(spec.title for spec in specs if spec.id in {*failed, *failed_too}),
    )


def in_force(session: Session, packs: Packs) -> tuple[RuleSpec, ...]:
    """The rules that run, as the checker knows them; those of the packs where none is on record yet."""
    return rule_lives.running(session).active or packs.starting


def looking_at(specs: Iterable[RuleSpec], kind: str, pathways: Iterable[str]) -> list[RuleSpec]:
    """The rules that look at values of a kind in somebody on these pathways; not those that wait for what is missing."""
    own = {EVERY, *pathways}
    return [spec for spec in specs if spec.schedule is None and kind in spec.kinds and spec.pathway in own]


def judge(
    specs: Sequence[RuleSpec],
    history: History,
    bounds: pd.DataFrame,
    enrolled: pd.DataFrame,
    facts: pd.DataFrame,
    since: datetime,
    at: datetime,
) -> tuple[list[Raised], list[str]]:
    """What the rules raise about one patient from `since` to `at`, in order; and the rules that failed.

    One that is under way at `since` counts as raised by the first moment after it.
    """
    never = as_utc(np.empty(0, np.int64))
    pauses = pd.DataFrame({"patient_id": np.empty(0, np.int64), "starts_at": never, "ends_at": never})
    found = run(specs, history, bounds, enrolled, pauses, since=since, at=at, traits=facts)
    by_rule = {spec.id: spec for spec in specs}
    raised = [
        Raised(
            rule,
            by_rule[rule].title,
            SEVERITY_NAMES[one.level],
            one.started_at,
            one.last_at,
            one.settled_at,
            sentence(by_rule[rule], one),
        )
        for rule, frame in found.episodes.items()
        for one in rows(frame)
    ]
    return sorted(raised, key=lambda one: (one.started_at, one.rule)), found.failures["rule"].tolist()


def paired(today: Sequence[Raised], proposed: Sequence[Raised]) -> list[Pair]:
    """Which of the one set are which of the other: of the same rule, over some of the same time. Oldest first."""
    pairs = [Pair(one, next((two for two in proposed if _overlap(one, two)), None)) for one in today]
    matched = {id(pair.proposed) for pair in pairs}
    pairs += [
        Pair(next((one for one in today if _overlap(one, two)), None), two)
        for two in proposed
        if id(two) not in matched
    ]
    return sorted(pairs, key=_first)


def _overlap(one: Raised, two: Raised) -> bool:
    return one.rule == two.rule and one.started_at <= two.last_at and two.started_at <= one.last_at


def _first(pair: Pair) -> datetime:
    return min(one.started_at for one in (pair.today, pair.proposed) if one is not None)


def bounds_frame(by_kind: dict[int, Any], patient_id: int) -> pd.DataFrame:
    """One patient's bounds as the rules take them. by_kind: kind's id → the four, and whether a person set them."""
    columns = ["patient_id", "kind", *BOUNDS, "by_person"]
    frame = pd.DataFrame([(patient_id, kind, *held) for kind, held in by_kind.items()], columns=columns)
    types = {"patient_id": "int64", "kind": "int64", "by_person": "bool"} | dict.fromkeys(BOUNDS, "float64")
    return frame.astype(types)


def on_pathways(pathways: Iterable[str], patient_id: int) -> pd.DataFrame:
    """Which pathways one patient is on, as the rules take it; since when is nothing to rules that look at values."""
    rows_ = [(patient_id, pathway) for pathway in pathways]
    frame = pd.DataFrame(rows_, columns=["patient_id", "pathway"]).astype({"patient_id": "int64"})
    goes_on = as_utc(np.full(len(rows_), NEVER))
    return frame.assign(enrolled_at=goes_on, ended_at=goes_on)


def history_of(
    session: Session, patient_id: int, kinds: Sequence[int], since: datetime, at: datetime
) -> dict[int, pd.DataFrame]:
    """Readings as they stand and, marked, the values that wait for a person: as a check sees them."""
    stored = recent.of_many(session, [patient_id], kinds, since)
    told = [
        (kind, row.measured_at, row.value, True)
        for (_, kind), own in stored.items()
        for row in own
        if row.measured_at <= at
    ]
    told += [
        (row.kind, row.measured_at, row.value, False)
        for row in waiting(session, patient_id)
        if row.kind in kinds and since <= row.measured_at <= at
    ]
    frame = pd.DataFrame(told, columns=["kind", "measured_at", "value", "confirmed"])
    frame["measured_at"] = pd.DatetimeIndex(pd.to_datetime(frame["measured_at"], utc=True)).as_unit("us")
    frame.insert(0, "patient_id", patient_id)
    frame = frame.sort_values(["kind", "measured_at", "confirmed", "value"], kind="stable")
    columns = ["patient_id", "measured_at", "value", "confirmed"]
    return {int(str(kind)): own[columns].reset_index(drop=True) for kind, own in frame.groupby("kind")}
