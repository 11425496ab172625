"""Readings that were expected and did not come: silence is a sign. Source: TELESCOT, and our proposal."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from alerts.episodes import Episode
from alerts.moments import (
    AMBER,
    BLUE,
    FOREVER,
    MICROSECOND,
    NEUTRAL,
    NEVER,
    NORMAL,
    Bools,
    Ints,
    as_moment,
    as_utc,
    micros,
    moment_micros,
    new_patient,
)
from alerts.rules.frames import Given, States
from alerts.rules.slots import Slots, slots_between
from alerts.rules.spec import Expectation, Params, RuleSpec
from alerts.rules.words import label, listed, local_time, lower_label, times
from ingest.catalogue import KINDS


@dataclass(frozen=True, kw_only=True)
class Overdue(Params):
    """How many expected times in a row are missed before it is blue, and amber, counted within some days."""

    severities = (BLUE, AMBER)

    missed_blue: int
    missed_amber: int
    within_days: float

    def __post_init__(self) -> None:
        """Blue comes first."""
        if not 1 <= self.missed_blue < self.missed_amber:
            raise ValueError("missed_blue is 1 or more and less than missed_amber")
        if self.within_days < 1:
            raise ValueError("within_days is 1 or more")

    @property
    def lookback(self) -> timedelta:
        """What is counted, and the whole of the local day in which that begins."""
        return timedelta(days=self.within_days + 1, hours=1)


def states(spec: RuleSpec, given: Given) -> pd.DataFrame:
    """The deadlines (slot's end and grace) of missed slots, and the moments at which slots were filled.

    A slot is filled by readings measured in it, whenever they arrived: at the first of any of its kinds, or
    when all have come (`fill`). A value that waits for a person fills it too: who sent one is not silent.
    amber, blue: this many slots in a row, all starting within `within_days` before the deadline, were missed.
    neutral: fewer, or the patient filled a later slot by then and is silent no more. normal: a slot was filled.

    A slot that a pause touches cannot be missed, and the slots on both sides of it are in a row. A slot
    that starts before the enrolment or ends after it does not exist. What comes between the schedule's
    slots is normal too.
    """
    params, schedule = spec.params_as(Overdue), schedule_of(spec)
    judged = given.since[given.applies & (given.since <= given.at)]
    if len(judged) == 0:
        return States.none().frame(given)
    slots = slots_between(schedule, int(judged.min()) - spec.lookback // MICROSECOND, given.at)
    of = np.flatnonzero(given.applies)
    exists, counted = _asked_for(slots, schedule.pathway, given, of)
    filled = np.where(exists, _filled(slots, schedule, given, of), FOREVER)
    missed = counted & (filled == FOREVER)

    count, first_missed = _in_a_row(slots, missed, filled, timedelta(days=params.within_days) // MICROSECOND)
    later_filled = np.full_like(filled, FOREVER)
    later_filled[:, :-1] = np.minimum.accumulate(filled[:, :0:-1], axis=1)[:, ::-1]
    count_of_silent = np.where(later_filled <= slots.deadline, 0, count)
    grades = [count_of_silent >= params.missed_amber, count_of_silent >= params.missed_blue]
    level = np.select(grades, [AMBER, BLUE], NEUTRAL).astype(np.int8)

    since = given.since[of][:, None]
    who, which = np.nonzero(missed & (slots.deadline <= given.at) & (slots.deadline >= since))
    at_deadlines = States(
        patient=of[who],
        at=slots.deadline[which],
        level=level[who, which],
        since=slots.start[first_missed[who, which]],
        figure=count[who, which].astype(np.float64),
        limit=np.where(level[who, which] == AMBER, float(params.missed_amber), float(params.missed_blue)),
        kind=KINDS[schedule.kinds[0]].id,
    )
    who, which = np.nonzero((filled != FOREVER) & (filled >= since))
    at = filled[who, which]
    normal = np.full(len(at), NORMAL, dtype=np.int8)
    nothing, limit = np.zeros(len(at)), np.full(len(at), float(params.missed_blue))
    return at_deadlines.and_also(States(of[who], at, normal, at, nothing, limit, at_deadlines.kind)).frame(
        given
    )


def schedule_of(spec: RuleSpec) -> Expectation:
    """What the rule expects."""
    if spec.schedule is None:
        raise TypeError(
            f"Rule {spec.id} is of type {spec.type} and has no schedule. Give it `expects` in its pack."
        )
    return spec.schedule


def _asked_for(slots: Slots, pathway: str, given: Given, of: Ints) -> tuple[Bools, Bools]:
    """Patients × slots: whether there is such a slot for them, and whether it can be missed."""
    exists = np.zeros((len(of), len(slots)), dtype=bool)
    enrolled = given.enrolled[(given.enrolled["pathway"] == pathway).to_numpy()]
    row, known = _rows_of(enrolled["patient_id"], given, of)
    begins = micros(enrolled["enrolled_at"])[known]
    ends = _or_forever(micros(enrolled["ended_at"]))[known]
    covers = (slots.start >= begins[:, None]) & (slots.end <= ends[:, None])
    np.logical_or.at(exists, row, covers)

    paused = np.zeros_like(exists)
    row, known = _rows_of(given.pauses["patient_id"], given, of)
    begins = micros(given.pauses["starts_at"])[known]
    ends = _or_forever(micros(given.pauses["ends_at"]))[known]
    touches = (slots.start < ends[:, None]) & (slots.end > begins[:, None])
    np.logical_or.at(paused, row, touches)
    return exists, exists & slots.expected & ~paused


def _rows_of(patient_id: "pd.Series[int]", given: Given, of: Ints) -> tuple[Ints, Bools]:
    """The rows of `of` that these patients have, and which of them have one."""
    ids = patient_id.to_numpy(np.int64)
    known = np.isin(ids, given.patients[of])
    return np.searchsorted(given.patients[of], ids[known]), known


def _or_forever(moments: Ints) -> Ints:
    """Moments with no end put far into the future."""
    return np.where(moments == NEVER, FOREVER, moments)


def _filled(slots: Slots, schedule: Expectation, given: Given, of: Ints) -> Ints:
    """Patients × slots: when it was filled, FOREVER where it was not."""
    row_of = np.zeros(len(given.patients), dtype=np.int64)
    row_of[of] = np.arange(len(of))
    by_kind = []
    for kind in schedule.kinds:
        readings = given.of(kind)
        slot = slots.at(readings.at)
        inside = (slot >= 0) & (slot < len(slots)) & (readings.at <= given.at)
        row, slot, at = row_of[readings.patient[inside]], slot[inside], readings.at[inside]
        first = new_patient(row) | new_patient(slot)
        came = np.full((len(of), len(slots)), FOREVER)
        came[row[first], slot[first]] = at[first]
        by_kind.append(came)
    together = np.maximum if schedule.every_kind else np.minimum
    return np.asarray(together.reduce(by_kind))


def _in_a_row(slots: Slots, missed: Bools, filled: Ints, within: int) -> tuple[Ints, Ints]:
    """Patients × slots: how many were missed in a row up to each, and the first of those."""
    position = np.arange(len(slots))
    last_filled = np.maximum.accumulate(np.where(filled != FOREVER, position, -1), axis=1)
    too_old = np.where(slots.expected, slots.deadline, slots.end) - within
    counted_from = np.maximum(last_filled + 1, np.searchsorted(slots.start, too_old, side="right"))
    so_far = np.zeros((len(missed), len(slots) + 1), dtype=np.int64)
    np.cumsum(missed, axis=1, out=so_far[:, 1:])
    count = so_far[:, 1:] - np.take_along_axis(so_far, np.minimum(counted_from, position + 1), axis=1)
    next_missed = np.where(missed, position, len(slots) - 1)
    next_missed = np.minimum.accumulate(next_missed[:, ::-1], axis=1)[:, ::-1]
    return count, np.take_along_axis(next_missed, np.minimum(counted_from, len(slots) - 1), axis=1)


def next_deadline(specs: Iterable[RuleSpec], enrolled: pd.DataFrame, at: datetime) -> pd.DataFrame:
    """The next moment after `at` at which time alone can change what the `overdue` rules say.

    enrolled: as `rules.run` takes it. Gives patient_id, due_at, one row for each patient who has such a
    moment. Pauses are left out of account: to look once too often changes nothing.
    """
    found = []
    now = moment_micros(at)
    for spec in specs:
        if spec.schedule is None:
            continue
        own = enrolled[(enrolled["pathway"] == spec.pathway).to_numpy()]
        slots = slots_between(
            spec.schedule, now - spec.lookback // MICROSECOND, now + _A_MONTH // MICROSECOND
        )
        coming = slots.expected & (slots.deadline > now)
        begins, ends = micros(own["enrolled_at"]), _or_forever(micros(own["ended_at"]))
        # Slots and deadlines rise together, so the first slot that starts after the enrolment is due first.
        start, end, deadline = slots.start[coming], slots.end[coming], slots.deadline[coming]
        first = np.searchsorted(start, begins)
        there = first < len(start)
        there[there] = end[first[there]] <= ends[there]
        due = deadline[first[there]]
        found.append(pd.DataFrame({"patient_id": own["patient_id"].to_numpy(np.int64)[there], "due_at": due}))
    none = pd.DataFrame({"patient_id": [], "due_at": []}, dtype=np.int64)
    every = pd.concat([none, *found]).sort_values(["patient_id", "due_at"])
    soonest = every[new_patient(every["patient_id"].to_numpy(np.int64))].reset_index(drop=True)
    return soonest.assign(due_at=as_utc(soonest["due_at"].to_numpy(np.int64)))


_A_MONTH = timedelta(days=33)  # longer than any time without a slot: a schedule has days in every month


def sentence(spec: RuleSpec, episode: Episode) -> str:
    """What did not come, how many times in a row, and by when the last was due."""
    schedule = schedule_of(spec)
    names = [lower_label(kind) for kind in schedule.kinds]
    what = listed(names, "and" if schedule.every_kind else "or")
    due = f"due by {local_time(episode.evidence_at)}"
    if episode.figure == 1:
        return f"Expected readings did not come ({what}): they were {due}."
    return f"Expected readings did not come {times(episode.figure)} in a row ({what}): the last were {due}."


def arithmetic(spec: RuleSpec, episode: Episode, readings: pd.DataFrame) -> list[str]:
    """Each expected time from the first missed one on, and what came of it."""
    schedule = schedule_of(spec)
    until = moment_micros(episode.evidence_at)
    slots = slots_between(schedule, moment_micros(episode.since), until)
    measured = micros(readings["measured_at"])
    lines = []
    for start, end, deadline in zip(slots.start, slots.end, slots.deadline, strict=True):
        if start < moment_micros(episode.since) or deadline > until:
            continue
        own = readings[(measured >= start) & (measured < end)]
        came = [label(kind) for kind in schedule.kinds if KINDS[kind].id in set(own["kind"])]
        between = f"{local_time(as_moment(int(start)))} to {local_time(as_moment(int(end)))}"
        lines.append(f"{between}: {listed(came, 'and') if came else 'nothing'} came")
    return [*lines, f"{times(episode.figure)} in a row, {episode.limit:.0f} needed"]
