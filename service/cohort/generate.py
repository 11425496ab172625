"""A whole cohort from a seed: who, how they usually are, what befalls them, what they send."""

from datetime import UTC, date, datetime

import numpy as np

from service.cohort import events, levels, stories
from service.cohort.adherence import adherence
from service.cohort.calendar import Calendar, calendar
from service.cohort.delivery import senders
from service.cohort.model import Cohort, Event, Readings
from service.cohort.people import people
from service.cohort.sampling import sample
from service.cohort.schedule import habits
from service.cohort.words import KIND_CODE, PATHWAYS

LEAST_PEOPLE = 2  # the two with stories
DAYS_AN_EVENT_SHOWS = {"hypoglycaemia": 2}
ELSE_A_WEEK = 7


def cohort(seed: int, patients: int, days: int, until: datetime) -> Cohort:
    """Made-up people and what they sent in the `days` local days that end at `until` (with a zone).

    Nothing is measured or received after `until`. Who is first is steady, who is second has just fallen ill.
    ValueError for fewer than two people, for no days, and for an `until` without a zone.
    """
    if patients < LEAST_PEOPLE or days < 1 or until.tzinfo is None:
        raise ValueError("A cohort needs two people, one day and a moment with a zone, or more.")
    rng = np.random.default_rng([seed, patients, days])
    shown = calendar(days, until)
    moment = np.datetime64(until.astimezone(UTC).replace(tzinfo=None), "s")
    who = people(rng, patients, days, shown.dates[-1])
    on = {name: np.array([name in each.pathways for each in who], dtype=np.bool_) for name in PATHWAYS}
    habit = habits(rng, on)
    taking_part = adherence(rng, [each.enrolled_on for each in who], [each.pathways for each in who], shown)
    sender = senders(rng, patients)

    usual = levels.usual_levels(rng, on)
    stories.settle(usual)
    course = events.Course(
        levels=levels.daily_levels(rng, usual, shown, on["heart_failure"]),
        answers=events.stable_answers((patients, days)),
        sends=taking_part.days,
    )
    stories.steady(course.levels, usual)
    sending = taking_part.last_day == days - 1
    planted = events.draw(rng, on, sending, habit.daily, days)
    for event in planted:
        events.lay(rng, event, course)

    readings = sample(rng, on, habit, sender, course, shown, moment)
    readings = stories.fall_ill(readings, moment)
    stopped = [event.patient for event in planted if event.kind == "stopped_sending"]
    sending[stopped] = False
    return Cohort(
        seed=seed,
        until=until.astimezone(UTC),
        people=who,
        readings=readings,
        events=_with_what_shows(planted, readings, shown, stories.ill_on(until)),
        usual=usual,
        latest={name: level[:, -1].copy() for name, level in course.levels.items()},
        sending=sending,
    )


def _with_what_shows(
    planted: list[events.Planted], readings: Readings, shown: Calendar, ill_on: date
) -> list[Event]:
    """The events as told: one shows where it moves a number and such a number was sent in its first days."""
    found = []
    for event in planted:
        rows = readings.rows_of(event.patient)
        onset = shown.midnight[event.day]
        at = readings.measured_at[rows.start : rows.stop]
        shows_for = np.timedelta64(DAYS_AN_EVENT_SHOWS.get(event.kind, ELSE_A_WEEK), "D")
        kinds = readings.kind[rows.start : rows.stop][(at >= onset) & (at < onset + shows_for)]
        sent = bool(np.isin(kinds, [KIND_CODE[kind] for kind in events.SHOWN_BY[event.kind]]).any())
        found.append(Event(event.patient, event.kind, shown.dates[event.day], event.moves_numbers and sent))
    found.append(Event(stories.ILL_PERSON, "infection", ill_on, shows_in_readings=True))
    return sorted(found, key=lambda event: (event.onset, event.patient, event.kind))
