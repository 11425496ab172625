"""What each rule says of each patient now: the last state it came to, or why there is none. Pure.

normal    within what it asks for
pending   beyond it, but not often, long or surely enough yet
breach    in breach at the last moment it judged
no_data   it has judged no moment: too little has come, or it needs something that is not set
error     it could not be worked out
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

import numpy as np
import pandas as pd

from alerts.moments import DAY, MICROSECOND, NORMAL, as_moment, local_days, micros, moment_micros
from alerts.rules import TYPES, RuleSpec, eras
from alerts.rules.batch import applies_to, gather, starts
from alerts.rules.frames import Given, History

LEAST_READINGS = ("min_readings", "min_values", "min_totals")
RECENT = 28  # days within which one reading is looked for, where a rule needs no more than that

Outcome = Literal["normal", "pending", "breach", "no_data", "error"]


@dataclass(frozen=True)
class Counted:
    """Readings of the kinds that a rule looks at, and on how many local days, within so many days up to now."""

    readings: int
    days: int
    within: int


@dataclass(frozen=True)
class Now:
    """How one rule stands for one patient. level, figure, limit and kind are of the last moment, where there is one."""

    patient_id: int
    rule: str
    outcome: Outcome
    at: datetime | None = None
    level: int = NORMAL
    figure: float | None = None
    limit: float | None = None
    kind: int | None = None
    there: Counted | None = None  # where it has no data: what there is, and what it needs
    needs: Counted | None = None
    trait: str = ""  # that it needs, and that is not set


def outcomes(
    specs: Iterable[RuleSpec],
    history: History,
    bounds: pd.DataFrame,
    enrolled: pd.DataFrame,
    pauses: pd.DataFrame,
    *,
    since: datetime,
    at: datetime,
    traits: pd.DataFrame | None = None,
) -> list[Now]:
    """One for each patient and each rule that applies to them; frames as `rules.run` takes them.

    since: how old the last moment may be; what a rule said before it is nothing that it says now.
    """
    given = gather(history, bounds, enrolled, pauses, since, at, traits)
    begins = starts(given.patients, since)
    found: list[Now] = []
    for spec in specs:
        own = given.for_rule(applies_to(spec, given), begins.of(spec.id), spec.lookback // MICROSECOND)
        found += _of_rule(spec, replace(own, at=moment_micros(at)))
    return found


def _of_rule(spec: RuleSpec, given: Given) -> Iterator[Now]:
    """Patients on whom it fails are found by halving the batch."""
    chosen = np.flatnonzero(given.applies)
    if not len(chosen):
        return
    if spec.schedule is None and not given.has_since(spec.reads, given.reach).any():
        yield from (_nothing(spec, given, int(place)) for place in chosen)
        return
    try:
        states = eras.states(TYPES[spec.type].states, spec, given)
    except Exception:  # noqa: BLE001  # whatever it is, the other rules and patients still have their say
        if len(chosen) == 1:
            yield Now(int(given.patients[chosen[0]]), spec.id, "error")
            return
        for half in np.array_split(chosen, 2):
            applies = np.zeros(len(given.patients), dtype=bool)
            applies[half] = True
            yield from _of_rule(spec, replace(given, applies=applies))
        return
    stands = _last(spec, states)
    for place in chosen:
        patient = int(given.patients[place])
        yield stands[patient] if patient in stands else _nothing(spec, given, int(place))


def _last(spec: RuleSpec, states: pd.DataFrame) -> dict[int, Now]:
    """Patient → the last moment judged; of several states at one moment the highest holds, as in episodes."""
    patient, level = states["patient_id"].to_numpy(np.int64), states["level"].to_numpy(np.int64)
    order = np.lexsort((level, micros(states["at"]), patient))
    last = order[np.flatnonzero(np.append(np.diff(patient[order]) != 0, [True] * bool(len(order))))]
    return {int(patient[row]): _stands(spec, states, int(row)) for row in last}


def _stands(spec: RuleSpec, states: pd.DataFrame, row: int) -> Now:
    def number(name: str) -> float:
        return float(states[name].to_numpy()[row])

    def known(name: str) -> float | None:
        return None if np.isnan(number(name)) else number(name)

    level = int(number("level"))
    outcome: Outcome = "breach" if level > NORMAL else "normal" if level == NORMAL else "pending"
    moment = as_moment(int(micros(states["at"])[row]))
    patient, kind = int(number("patient_id")), int(number("kind"))
    return Now(patient, spec.id, outcome, moment, level, known("figure"), known("limit"), kind)


def _nothing(spec: RuleSpec, given: Given, place: int) -> Now:
    """No moment was judged: how much there is, how much it takes, and a trait that it cannot do without."""
    needs = needed(spec)
    begin = given.at - needs.within * DAY
    moments = [given.of(kind) for kind in spec.reads]
    own = [np.unique(one.at[(one.patient == place) & (one.at > begin)]) for one in moments]
    every = np.concatenate([np.empty(0, np.int64), *own])
    there = Counted(len(every), len(np.unique(local_days(every))), needs.within)
    trait = _trait(spec)
    missing = bool(trait) and bool(np.isnan(given.trait(trait)[place]))
    return Now(
        int(given.patients[place]),
        spec.id,
        "no_data",
        there=there,
        needs=needs,
        trait=trait if missing else "",
    )


def needed(spec: RuleSpec) -> Counted:
    """The least that a rule can judge by, as its numbers say."""
    numbers = {name: value for name, value in vars(spec.params).items() if isinstance(value, (int, float))}
    readings = [value for name, value in numbers.items() if name in LEAST_READINGS]
    days = [value for name, value in numbers.items() if name.endswith("min_days")]
    if "worn" in numbers:
        days.append(
            numbers["days"] * numbers["worn"] / 100
        )  # of a sensor: the time that it must have been worn
    within = max(spec.lookback // timedelta(days=1), 1) if (readings or days) else RECENT
    least = int(max(days, default=1))
    return Counted(int(max(readings, default=least)), least, int(within))


def _trait(spec: RuleSpec) -> str:
    """The trait without which a rule says nothing."""
    if spec.type == "dry_weight":
        return "dry_weight"
    return str(getattr(spec.params, "trait", ""))
