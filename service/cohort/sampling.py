"""From levels and a schedule to readings: one row for each item that somebody measured."""

from dataclasses import dataclass

import numpy as np

from service.cohort.adherence import EACH_SITTING
from service.cohort.calendar import Calendar
from service.cohort.delivery import NEVER_TYPED_IN, Sender, arrival, with_repeats
from service.cohort.events import SPARED, Course
from service.cohort.levels import paired, sampled
from service.cohort.mistakes import make
from service.cohort.model import Counts, Flags, Floats, Readings, Times
from service.cohort.schedule import EVENING, MORNING, SITTINGS, Due, Habits, due, starts
from service.cohort.words import ANSWERS, BLOOD_PRESSURE, KIND_CODE, WHEN_STABLE, WHEN_UNWELL

AFTER_A_MEAL = 2.5  # mmol/L over fasting, at the strips of evening and bedtime
WARMER_LATER = (-0.1, 0.1, 0.15, 0.0)  # degrees, by sitting
HIGHER_IN_THE_MORNING = 1.5  # mmHg each way: morning over evening by 3
FIRST_OF_PAIR = 2.0  # mmHg each way: the first over the second by 4


@dataclass(frozen=True)
class Sat:
    """Which sittings took place and when: people × days × sittings."""

    took_place: Flags
    start: Counts  # second of the local day


def sample(
    rng: np.random.Generator,
    on: dict[str, Flags],
    habit: Habits,
    sender: Sender,
    course: Course,
    days: Calendar,
    until: np.datetime64,
) -> Readings:
    """Everything that was measured and had reached us by `until`."""
    sat = _sittings(rng, sender, course)
    parts = [_rows(rng, each, course, days, sat, on["heart_failure"]) for each in due(on, habit, days)]
    rows = _joined(parts)
    rows = rows.take(rows.measured_at <= until)
    rows = rows.take(np.lexsort((rows.kind, rows.measured_at, rows.upload)))
    number, first, of_row = np.unique(rows.upload, return_index=True, return_inverse=True)
    last = np.maximum.reduceat(rows.measured_at, first) if len(number) else rows.measured_at
    who = rows.patient[first]
    received = arrival(rng, last, sender.typed[who], who < SPARED)
    rows.received_at[:] = received[of_row]
    rows.upload[:] = of_row
    rows.provenance[:] = sender.way[rows.patient]
    make(rng, rows, sender.typed[rows.patient])
    rows = with_repeats(rng, rows)
    rows = rows.take(rows.received_at <= until)
    return rows.in_order()


def _sittings(rng: np.random.Generator, sender: Sender, course: Course) -> Sat:
    people, days = course.sends.shape
    shape = (people, days, SITTINGS)
    chance = np.full((people, 1, 1), EACH_SITTING)
    chance[sender.paper] *= 1 - NEVER_TYPED_IN
    chance[:SPARED] = 1
    # Mornings carry the day: who measures at all that day measures then, unless it stayed on paper.
    kept = rng.random(shape) < chance
    kept[:, :, MORNING] |= ~sender.paper[:, None]
    return Sat(took_place=course.sends[:, :, None] & kept, start=starts(rng, people, days))


def _rows(
    rng: np.random.Generator, each: Due, course: Course, days: Calendar, sat: Sat, heart_failure: Flags
) -> Readings:
    patient, day = np.nonzero(each.wanted & sat.took_place[:, :, each.sitting])
    seconds = sat.start[patient, day, each.sitting] + each.after
    at: Times = days.midnight[day] + seconds.astype("timedelta64[s]")
    empty = np.full(len(patient), np.nan)
    value, diastolic, heart_rate = empty, empty, empty
    if each.kind == BLOOD_PRESSURE:
        value, diastolic, heart_rate = _panel(rng, each, course, patient, day)
    elif each.kind in ANSWERS:
        value = _answers(rng, each.kind, course.answers[each.kind][patient, day])
    else:
        level = course.levels[each.kind][patient, day] + _by_sitting(each)
        value = _possible(each.kind, sampled(rng, each.kind, level, patient, heart_failure))
    count = len(patient)
    return Readings(
        patient=patient.astype(np.int32),
        kind=np.full(count, KIND_CODE[each.kind], dtype=np.int8),
        value=value,
        diastolic=diastolic,
        heart_rate=heart_rate,
        measured_at=at,
        received_at=at.copy(),
        provenance=np.zeros(count, dtype=np.int8),
        upload=((patient * len(days.dates) + day) * SITTINGS + each.sitting).astype(np.int32),
        mistake=np.zeros(count, dtype=np.int8),
    )


def _panel(
    rng: np.random.Generator, each: Due, course: Course, patient: Counts, day: Counts
) -> tuple[Floats, Floats, Floats]:
    def of(name: str) -> Floats:
        return sampled(rng, name, course.levels[name][patient, day] + shift.get(name, 0.0), patient, nobody)

    morning = HIGHER_IN_THE_MORNING if each.sitting == MORNING else -HIGHER_IN_THE_MORNING
    first = -FIRST_OF_PAIR if each.second else FIRST_OF_PAIR
    shift, nobody = {"systolic": morning + first}, np.zeros(0, dtype=np.bool_)
    systolic, diastolic = of("systolic"), of("diastolic")
    return systolic, paired(systolic, diastolic), of("heart_rate")


def _by_sitting(each: Due) -> float:
    if each.kind == "body_temperature":
        return WARMER_LATER[each.sitting]
    if each.kind == "glucose" and each.sitting >= EVENING:
        return AFTER_A_MEAL
    return 0.0


def _possible(kind: str, value: Floats) -> Floats:
    if kind == "oxygen_saturation":
        return np.minimum(value, 100)
    if kind == "cat_score":
        return np.clip(value, 0, 40)
    if kind == "peak_flow":
        return 10 * np.round(np.maximum(value, 40) / 10)  # the scale is in tens
    return value


def _answers(rng: np.random.Generator, kind: str, chance_unwell: Floats) -> Floats:
    answers = ANSWERS[kind]
    unwell, stable = answers.index(WHEN_UNWELL[kind]), answers.index(WHEN_STABLE[kind])
    return np.where(rng.random(len(chance_unwell)) < chance_unwell, unwell, stable).astype(np.float64)


def _joined(parts: list[Readings]) -> Readings:
    first, *others = parts
    return first.followed_by(*others)
