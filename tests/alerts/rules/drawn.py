"""Readings that Hypothesis draws, and the two ways to judge them: the rule, and its naive twin.

A twin is one patient, one loop over moments, plain lists; it sees only what was measured by then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pandas as pd
from hypothesis import settings
from hypothesis import strategies as st

from alerts.rules import TYPES, Params, RuleSpec
from alerts.rules.batch import applies_to, gather, starts
from ingest.catalogue import KINDS

LONDON = ZoneInfo("Europe/London")
PATIENTS = (3, 7, 1_000_000_007)

# Days around which clocks change, or that exist every fourth year, and an ordinary one.
STARTS = [
    datetime(2026, 10, 23, 22, tzinfo=UTC),
    datetime(2027, 3, 26, 22, tzinfo=UTC),
    datetime(2028, 2, 27, 22, tzinfo=UTC),
    datetime(2026, 6, 1, 22, tzinfo=UTC),
]
CHANGE = STARTS[0]  # when what was usual for somebody ends, where several kinds are looked at together


class Reading(NamedTuple):
    at: datetime
    value: float
    confirmed: bool = True


class State(NamedTuple):
    """What a rule says of a moment. Below a breach only the level counts."""

    at: datetime
    level: int
    since: datetime | None = None
    figure: float | None = None
    limit: float | None = None
    kind: str | None = None
    side: int | None = None
    confirmed: bool | None = None


@dataclass(frozen=True)
class Person:
    """One patient's readings by kind, sorted, bounds by kind, whose they are, and traits by name."""

    readings: dict[str, list[Reading]]
    bounds: dict[str, tuple[float | None, ...]]
    traits: dict[str, float] = field(default_factory=dict)
    by_person: bool = False  # somebody set the bounds for this patient


# The machine that runs this may be busy: how long an example takes says nothing.
patiently = settings(deadline=None, max_examples=100)
rarely = settings(deadline=None, max_examples=25)  # where one example judges by every rule several times


def rule(type_name: str, kinds: Sequence[str], params: Params, **told: Any) -> RuleSpec:
    """A rule for everyone with bounds, unless told otherwise."""
    words = {"title": "T", "patient_text": "P", "patient_text_red": None, "team_ask": "A"}
    notes = {"source": "S", "standing": "Unsigned", "hazard": "H"}
    own = {"id": "every.drawn", "version": 1, "pathway": "every", "severity": None, "settles_after": 1} | told
    return RuleSpec(type=type_name, kinds=tuple(kinds), params=params, **words, **notes, **own)


def readings(
    value: st.SearchStrategy[float], *, hours: int, every: int = 1, most: int = 14, waiting: bool = False
) -> st.SearchStrategy[list[Reading]]:
    """One kind of one patient: one confirmed reading a moment at most; where `waiting`, others beside it."""

    def drawn_from(start: datetime) -> st.SearchStrategy[list[Reading]]:
        at = st.builds(
            lambda step, minutes: start + timedelta(hours=step * every, minutes=minutes),
            st.integers(0, hours // every),
            st.sampled_from([0, 0, 0, 0, 1, -1]),
        )
        confirmed = st.sampled_from([True, True, True, True, False]) if waiting else st.just(value=True)
        one = st.builds(Reading, at, value, confirmed)
        few_or_many = st.lists(one, max_size=most) | st.lists(one, min_size=most // 2, max_size=most)
        return few_or_many.map(_sorted)

    return st.sampled_from(STARTS).flatmap(drawn_from)


def day_by_day(
    value: st.SearchStrategy[float], then: st.SearchStrategy[float], *, least: int, most: int
) -> st.SearchStrategy[list[Reading]]:
    """One kind of one patient: a reading on most days, for long enough to be usual; then others, from CHANGE on."""

    def joined(usual: list[float | None], later: list[tuple[int, float, bool]], own: float) -> list[Reading]:
        first = CHANGE - timedelta(days=len(usual) - 3)
        days = [
            Reading(first + timedelta(days=number), own if value is None else value)
            for number, value in enumerate(usual)
            if value is not None or number % 7
        ]
        more = [Reading(CHANGE + timedelta(hours=6 * step), value, sure) for step, value, sure in later]
        return _sorted(days + more)

    confirmed = st.sampled_from([True, True, True, False])
    later = st.lists(st.tuples(st.integers(0, 24), then, confirmed), max_size=8)
    usual = st.lists(st.none() | value, min_size=least, max_size=most)
    return st.builds(joined, usual, later, value)


def _sorted(drawn: list[Reading]) -> list[Reading]:
    kept: list[Reading] = []
    taken = set()
    for reading in drawn:
        if reading.confirmed and reading.at in taken:
            continue
        if reading.confirmed:
            taken.add(reading.at)
        kept.append(reading)
    return sorted(kept, key=lambda reading: reading.at)


def persons(
    kinds: dict[str, st.SearchStrategy[list[Reading]]],
    bounds: st.SearchStrategy[tuple[float | None, ...]],
    traits: dict[str, st.SearchStrategy[float]] | None = None,
    by_person: st.SearchStrategy[bool] | None = None,
) -> st.SearchStrategy[list[Person]]:
    """As many as there are PATIENTS. Each trait is set or not."""
    one = st.builds(
        Person,
        st.fixed_dictionaries(kinds),
        st.fixed_dictionaries(dict.fromkeys(kinds, bounds)),
        st.fixed_dictionaries({}, optional=traits),
        st.just(value=False) if by_person is None else by_person,
    )
    return st.lists(one, min_size=len(PATIENTS), max_size=len(PATIENTS))


def history(people: Sequence[Person]) -> dict[int, pd.DataFrame]:
    """Their readings as the rules take them."""
    frames = {}
    for kind in {kind for person in people for kind in person.readings}:
        rows = [
            (patient, *reading)
            for patient, person in zip(PATIENTS, people, strict=False)
            for reading in person.readings.get(kind, [])
        ]
        frame = pd.DataFrame(rows, columns=["patient_id", "measured_at", "value", "confirmed"])
        frames[KINDS[kind].id] = frame.astype(
            {
                "patient_id": "int64",
                "measured_at": "datetime64[us, UTC]",
                "value": "float64",
                "confirmed": "bool",
            }
        )
    return frames


def bounds_frame(people: Sequence[Person]) -> pd.DataFrame:
    """Their bounds as the rules take them."""
    rows = [
        (patient, KINDS[kind].id, *four, person.by_person)
        for patient, person in zip(PATIENTS, people, strict=False)
        for kind, four in person.bounds.items()
    ]
    columns = ["patient_id", "kind", "red_low", "amber_low", "amber_high", "red_high", "by_person"]
    return pd.DataFrame(rows, columns=columns).astype(
        dict.fromkeys(columns[2:6], "float64") | {"by_person": "bool"}
    )


def traits_frame(people: Sequence[Person]) -> pd.DataFrame:
    """Their traits as the rules take them."""
    rows = [
        (patient, name, value)
        for patient, person in zip(PATIENTS, people, strict=False)
        for name, value in person.traits.items()
    ]
    frame = pd.DataFrame(rows, columns=["patient_id", "name", "value"])
    return frame.astype({"patient_id": "int64", "value": "float64"})


def enrolments(rows: Sequence[tuple[int, str, datetime, datetime | None]] = ()) -> pd.DataFrame:
    """patient_id, pathway, enrolled_at, ended_at."""
    frame = pd.DataFrame(rows, columns=["patient_id", "pathway", "enrolled_at", "ended_at"])
    moment = "datetime64[us, UTC]"
    return frame.astype({"patient_id": "int64", "enrolled_at": moment, "ended_at": moment})


def pauses(rows: Sequence[tuple[int, datetime, datetime]] = ()) -> pd.DataFrame:
    """patient_id, starts_at, ends_at."""
    frame = pd.DataFrame(rows, columns=["patient_id", "starts_at", "ends_at"])
    moment = "datetime64[us, UTC]"
    return frame.astype({"patient_id": "int64", "starts_at": moment, "ends_at": moment})


LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
LONG_AFTER = datetime(2030, 1, 1, tzinfo=UTC)


def judged(
    spec: RuleSpec,
    people: Sequence[Person],
    *,
    enrolled: pd.DataFrame | None = None,
    paused: pd.DataFrame | None = None,
    since: datetime = LONG_AGO,
    at: datetime = LONG_AFTER,
) -> dict[int, list[State]]:
    """What the rule says of each of PATIENTS."""
    given = gather(
        history(people),
        bounds_frame(people),
        enrolments() if enrolled is None else enrolled,
        pauses() if paused is None else paused,
        since,
        at,
        traits_frame(people),
    )
    given = given.for_rule(applies_to(spec, given), starts(given.patients, since).of(spec.id))
    frame = TYPES[spec.type].states(spec, given)
    assert not frame.duplicated(["patient_id", "at"]).any()
    assert frame.equals(frame.sort_values(["patient_id", "at"]).reset_index(drop=True))
    said: dict[int, list[State]] = {patient: [] for patient in PATIENTS[: len(people)]}
    for row in frame.to_dict("records"):
        at_moment = State(row["at"].to_pydatetime(), row["level"])
        if row["level"] > 0:
            kind = next(name for name, known in KINDS.items() if known.id == row["kind"])
            at_moment = State(
                row["at"].to_pydatetime(),
                row["level"],
                row["since"].to_pydatetime(),
                round(row["figure"], 9),
                round(row["limit"], 9),
                kind,
                row["side"],
                row["confirmed"],
            )
        said[row["patient_id"]].append(at_moment)
    return said


def by_twin(
    twin: Callable[..., list[State]], spec: RuleSpec, people: Sequence[Person]
) -> dict[int, list[State]]:
    """What the naive twin says of each of PATIENTS."""
    return {patient: twin(person, spec.params) for patient, person in zip(PATIENTS, people, strict=False)}


def local_date(moment: datetime) -> Any:
    """The day by the clock on the wall."""
    return moment.astimezone(LONDON).date()
