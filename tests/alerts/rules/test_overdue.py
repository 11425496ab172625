from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from alerts.moments import AMBER, BLUE, HIGH, NEUTRAL, NORMAL
from alerts.rules import Expectation, RuleSpec, Slot, next_deadline
from alerts.rules.overdue import Overdue
from tests.alerts.rules.drawn import (
    LONDON,
    PATIENTS,
    STARTS,
    Person,
    Reading,
    State,
    enrolments,
    judged,
    patiently,
    pauses,
    rule,
)

WHOLE_DAY = (Slot(0, 1440),)
TWICE = (Slot(0, 840), Slot(840, 1440))
THRICE = (Slot(300, 660), Slot(660, 1020), Slot(1020, 1440))
MORNING = (Slot(480, 600),)


@dataclass(frozen=True)
class Piece:
    start: datetime
    end: datetime
    deadline: datetime | None  # None: nothing is asked for here


def pieces(schedule: Expectation, first: date, last: date) -> list[Piece]:
    """Each local day cut at its slots' ends."""
    found = []
    day = first
    while day <= last:
        asked = schedule.first_day_of_month <= day.day <= schedule.last_day_of_month
        slots = {slot.start_minute: slot for slot in schedule.slots} if asked else {}
        minute = 0
        while minute < 1440:
            slot = slots.get(minute)
            end = slot.end_minute if slot else min([start for start in slots if start > minute], default=1440)
            until = wall(day, end)
            due = until + timedelta(minutes=schedule.grace_minutes) if slot else None
            found.append(Piece(wall(day, minute), until, due))
            minute = end
        day += timedelta(days=1)
    return found


def wall(day: date, minute: int) -> datetime:
    """By the clock on the wall, as UTC."""
    midnight = datetime.combine(day + timedelta(days=minute // 1440), time(), LONDON)
    return midnight.replace(hour=minute % 1440 // 60, minute=minute % 60).astimezone(UTC)


@dataclass(frozen=True)
class Life:
    """One patient: what they sent, when they were enrolled, when paused."""

    person: Person
    enrolled: list[tuple[datetime, datetime | None]]
    paused: list[tuple[datetime, datetime]]


def twin(life: Life, spec: RuleSpec, since: datetime, at: datetime) -> list[State]:
    schedule, params = spec.schedule, spec.params
    assert schedule is not None
    assert isinstance(params, Overdue)
    days = [moment.astimezone(LONDON).date() for moment in (since - timedelta(days=20), at)]
    every = pieces(schedule, *days)
    exists = [
        any(begin <= p.start and (end is None or p.end <= end) for begin, end in life.enrolled) for p in every
    ]
    fills = [
        filled(p, life.person, schedule, at) if there else None
        for p, there in zip(every, exists, strict=True)
    ]
    counted = [
        there and p.deadline is not None and not any(a < p.end and p.start < b for a, b in life.paused)
        for p, there in zip(every, exists, strict=True)
    ]
    said: dict[datetime, State] = {fill: State(fill, NORMAL) for fill in fills if fill is not None}
    for number, piece in enumerate(every):
        due = piece.deadline
        if not counted[number] or fills[number] is not None or due is None or due > at:
            continue
        count, first = 0, piece.start
        for back in range(number, -1, -1):
            if fills[back] is not None or every[back].start <= due - timedelta(days=params.within_days):
                break
            if counted[back]:
                count, first = count + 1, every[back].start
        heard = any(fill is not None and fill <= due for fill in fills[number + 1 :])
        level = AMBER if count >= params.missed_amber else BLUE if count >= params.missed_blue else NEUTRAL
        if heard or level == NEUTRAL:
            said.setdefault(due, State(due, NEUTRAL))
        else:
            limit = float(params.missed_amber if level == AMBER else params.missed_blue)
            said[due] = State(due, level, first, float(count), limit, schedule.kinds[0], HIGH, True)
    return [said[moment] for moment in sorted(said) if since <= moment <= at]


def filled(piece: Piece, person: Person, schedule: Expectation, at: datetime) -> datetime | None:
    firsts = []
    for kind in schedule.kinds:
        came = [r.at for r in person.readings[kind] if piece.start <= r.at < piece.end and r.at <= at]
        if came:
            firsts.append(min(came))
    if schedule.every_kind:
        return max(firsts) if len(firsts) == len(schedule.kinds) else None
    return min(firsts, default=None)


KINDS = ("oxygen_saturation", "heart_rate")


@st.composite
def lives(draw: Any) -> tuple[datetime, list[Life]]:
    start = draw(st.sampled_from(STARTS))
    quarter = st.integers(-48, 24 * 9).map(lambda hours: start + timedelta(hours=hours))

    def life() -> Life:
        sent = {
            kind: [
                Reading(at, 90.0, draw(st.integers(0, 9)) > 0)
                for at in sorted(draw(st.sets(quarter, max_size=9)))
            ]
            for kind in KINDS
        }
        begins = start + timedelta(hours=draw(st.integers(-48, 60)))
        ends = draw(st.none() | quarter.filter(lambda moment: moment > begins))
        paused = draw(st.lists(st.tuples(quarter, st.integers(1, 72)), max_size=2))
        return Life(
            Person(sent, {}),
            [(begins, ends)],
            [(begin, begin + timedelta(hours=hours)) for begin, hours in paused],
        )

    return start, [life() for _ in PATIENTS]


schedules = st.builds(
    lambda slots, grace, days, every_kind: Expectation(
        "drawn.daily", "drawn", KINDS, every_kind, slots, grace, days[0], days[1]
    ),
    st.sampled_from([WHOLE_DAY, TWICE, THRICE, MORNING]),
    st.sampled_from([0, 60, 600, 1500]),
    st.sampled_from([(1, 31), (1, 31), (26, 28), (1, 7)]),
    st.booleans(),
)
numbers = st.builds(
    lambda blue, more, days: Overdue(missed_blue=blue, missed_amber=blue + more, within_days=days),
    st.integers(1, 3),
    st.integers(1, 3),
    st.sampled_from([1, 2, 7]),
)


@patiently
@given(lives(), schedules, numbers, st.integers(0, 24 * 10))
def test_the_rule_and_its_twin_agree(drawn, schedule, params, hours):
    start, everyone = drawn
    spec = rule("overdue", KINDS, params, pathway="drawn", schedule=schedule)
    at = start + timedelta(hours=hours)
    said = judged(
        spec,
        [life.person for life in everyone],
        enrolled=enrolments(
            [
                (p, "drawn", *dates)
                for p, life in zip(PATIENTS, everyone, strict=True)
                for dates in life.enrolled
            ]
        ),
        paused=pauses(
            [(p, *dates) for p, life in zip(PATIENTS, everyone, strict=True) for dates in life.paused]
        ),
        since=start,
        at=at,
    )
    assert said == {
        patient: twin(life, spec, start, at) for patient, life in zip(PATIENTS, everyone, strict=True)
    }


@patiently
@given(lives(), schedules, st.integers(0, 24 * 8))
def test_nothing_changes_before_the_next_deadline_by_time_alone(drawn, schedule, hours):
    start, everyone = drawn
    params = Overdue(missed_blue=1, missed_amber=2, within_days=7)
    spec = rule("overdue", KINDS, params, pathway="drawn", schedule=schedule)
    at = start + timedelta(hours=hours)
    enrolled = enrolments(
        [(p, "drawn", *dates) for p, life in zip(PATIENTS, everyone, strict=True) for dates in life.enrolled]
    )
    due = next_deadline([spec], enrolled, at).set_index("patient_id")["due_at"]
    for patient, life in zip(PATIENTS, everyone, strict=True):
        silent = Life(Person({kind: [] for kind in KINDS}, {}), life.enrolled, [])
        horizon = at + timedelta(days=40)
        later = [state.at for state in twin(silent, spec, start, horizon) if state.at > at]
        assert (due[patient].to_pydatetime() if patient in due else None) == min(later, default=None)


def day_of(slots: tuple[Slot, ...], **told: Any) -> Expectation:
    days = {"first_day_of_month": 1, "last_day_of_month": 31} | told
    return Expectation(
        "drawn.daily", "drawn", KINDS[:1], every_kind=True, slots=slots, grace_minutes=0, **days
    )


def silence(schedule: Expectation, enrolled_at: datetime, at: datetime) -> list[tuple[datetime, int]]:
    """The deadlines somebody who sends nothing misses, and the levels then."""
    params = Overdue(missed_blue=1, missed_amber=2, within_days=7)
    spec = rule("overdue", KINDS[:1], params, pathway="drawn", schedule=schedule)
    told = enrolments([(PATIENTS[0], "drawn", enrolled_at, None)])
    people = [Person({KINDS[0]: []}, {})]
    said = judged(spec, people, enrolled=told, since=enrolled_at, at=at)
    return [(state.at, state.level) for state in said[PATIENTS[0]]]


def test_the_day_the_clocks_go_back_has_25_hours():
    said = silence(day_of(WHOLE_DAY), utc(2026, 10, 24, 22, 59), utc(2026, 10, 26))
    assert said == [(utc(2026, 10, 26), BLUE)]  # its slot began at 23:00 UTC on the 24th


def test_the_day_the_clocks_go_forward_has_23_hours():
    said = silence(day_of(WHOLE_DAY), utc(2027, 3, 28), utc(2027, 3, 28, 23))
    assert said == [(utc(2027, 3, 28, 23), BLUE)]


def test_the_29th_of_february_exists():
    said = silence(day_of(MORNING), utc(2028, 2, 28, 12), utc(2028, 3, 1, 12))
    assert said == [(utc(2028, 2, 29, 10), BLUE), (utc(2028, 3, 1, 10), AMBER)]


def test_a_slot_in_the_hour_that_does_not_exist_comes_an_hour_later_by_the_clock():
    quarter_past_one_to_two = day_of((Slot(75, 105),))
    said = silence(quarter_past_one_to_two, utc(2027, 3, 27, 12), utc(2027, 3, 29, 12))
    assert [at for at, _ in said] == [utc(2027, 3, 28, 1, 45), utc(2027, 3, 29, 0, 45)]


def test_a_late_reading_fills_the_slot_it_was_measured_in():
    params = Overdue(missed_blue=1, missed_amber=2, within_days=7)
    spec = rule("overdue", KINDS[:1], params, pathway="drawn", schedule=day_of(MORNING))
    told = enrolments([(PATIENTS[0], "drawn", utc(2026, 11, 1), None)])

    def levels(*sent: datetime) -> list[int]:
        people = [Person({KINDS[0]: [Reading(at, 95.0) for at in sent]}, {})]
        said = judged(spec, people, enrolled=told, since=utc(2026, 11, 1), at=utc(2026, 11, 3))
        return [state.level for state in said[PATIENTS[0]]]

    assert levels() == [BLUE, AMBER]
    assert levels(utc(2026, 11, 1, 9, 59)) == [NORMAL, BLUE]
    assert levels(utc(2026, 11, 1, 8), utc(2026, 11, 2, 9)) == [NORMAL, NORMAL]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]
