"""Rules: pure functions that say, for every moment of a patient's history, how that moment stands.

A moment is judged by what was measured at or before it, so the order in which readings arrive cannot matter.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from alerts.episodes import Episode, episodes, none_found
from alerts.moments import MICROSECOND, Bools, moment_micros
from alerts.rules import (
    below_mean,
    consecutive,
    count_in_window,
    cusum,
    drift,
    dry_weight,
    eras,
    from_usual,
    limits,
    morning_mean,
    moving_average,
    news2,
    over_oxygenation,
    overdue,
    oximetry_score,
    percent_of_best,
    signs,
    time_in_range,
    weight_rise,
)
from alerts.rules import (
    blood_pressure_average as average,
)
from alerts.rules.batch import EVERY, applies_to, gather, starts
from alerts.rules.frames import Given, History
from alerts.rules.overdue import next_deadline
from alerts.rules.spec import Expectation, Params, RuleSpec, Slot

__all__ = [
    "EVERY",
    "MANY",
    "TYPES",
    "Expectation",
    "Found",
    "History",
    "Params",
    "RuleSpec",
    "RuleType",
    "Slot",
    "arithmetic",
    "next_deadline",
    "run",
    "sentence",
]


MANY = 0


@dataclass(frozen=True)
class RuleType:
    """One idea of a rule: its numbers and its functions."""

    params: type[Params]
    states: Callable[[RuleSpec, Given], pd.DataFrame]
    sentence: Callable[..., str]  # of a rule and an episode; TELLING: and of the readings that it rests on
    arithmetic: Callable[[RuleSpec, Episode, pd.DataFrame], list[str]]
    kinds: int | None = (
        1  # how many kinds it looks at; None: those of its schedule; MANY: as many as it is told
    )


TYPES = {
    "limits": RuleType(limits.Limits, limits.states, limits.sentence, limits.arithmetic),
    "count_in_window": RuleType(
        count_in_window.CountInWindow,
        count_in_window.states,
        count_in_window.sentence,
        count_in_window.arithmetic,
    ),
    "consecutive": RuleType(
        consecutive.Consecutive, consecutive.states, consecutive.sentence, consecutive.arithmetic
    ),
    "blood_pressure_average": RuleType(
        average.BloodPressureAverage, average.states, average.sentence, average.arithmetic, kinds=2
    ),
    "weight_rise": RuleType(
        weight_rise.WeightRise, weight_rise.states, weight_rise.sentence, weight_rise.arithmetic
    ),
    "dry_weight": RuleType(
        dry_weight.DryWeight, dry_weight.states, dry_weight.sentence, dry_weight.arithmetic
    ),
    "from_usual": RuleType(
        from_usual.FromUsual, from_usual.states, from_usual.sentence, from_usual.arithmetic
    ),
    "moving_average": RuleType(
        moving_average.MovingAverage,
        moving_average.states,
        moving_average.sentence,
        moving_average.arithmetic,
    ),
    "signs": RuleType(signs.Signs, signs.states, signs.sentence, signs.arithmetic, kinds=MANY),
    "oximetry_score": RuleType(
        oximetry_score.OximetryScore,
        oximetry_score.states,
        oximetry_score.sentence,
        oximetry_score.arithmetic,
        kinds=MANY,
    ),
    "news2": RuleType(news2.News2, news2.states, news2.sentence, news2.arithmetic, kinds=7),
    "time_in_range": RuleType(
        time_in_range.TimeInRange, time_in_range.states, time_in_range.sentence, time_in_range.arithmetic
    ),
    "percent_of_best": RuleType(
        percent_of_best.PercentOfBest,
        percent_of_best.states,
        percent_of_best.sentence,
        percent_of_best.arithmetic,
    ),
    "morning_mean": RuleType(
        morning_mean.MorningMean, morning_mean.states, morning_mean.sentence, morning_mean.arithmetic
    ),
    "drift": RuleType(drift.Drift, drift.states, drift.sentence, drift.arithmetic, kinds=MANY),
    "cusum": RuleType(cusum.Cusum, cusum.states, cusum.sentence, cusum.arithmetic, kinds=MANY),
    "below_mean": RuleType(
        below_mean.BelowMean, below_mean.states, below_mean.sentence, below_mean.arithmetic
    ),
    "over_oxygenation": RuleType(
        over_oxygenation.OverOxygenation,
        over_oxygenation.states,
        over_oxygenation.sentence,
        over_oxygenation.arithmetic,
        kinds=2,
    ),
    "overdue": RuleType(overdue.Overdue, overdue.states, overdue.sentence, overdue.arithmetic, kinds=None),
}


TELLING = frozenset({"drift", "cusum"})  # types whose sentence says more than an episode knows


@dataclass(frozen=True)
class Found:
    """What a run came to. A rule that failed on a patient is in `failures` and has no episodes of theirs."""

    episodes: dict[str, pd.DataFrame]  # rule's id → the columns of alerts.episodes.Episode
    failures: (
        pd.DataFrame
    )  # patient_id, rule, error: the class's name alone, because its text may hold values


def run(  # noqa: PLR0913  # each is a table of its own; a bundle of them would hide which are needed
    specs: Iterable[RuleSpec],
    history: History,
    bounds: pd.DataFrame,
    enrolled: pd.DataFrame,
    pauses: pd.DataFrame,
    *,
    since: datetime | pd.DataFrame,
    at: datetime,
    ahead: timedelta = timedelta(0),
    traits: pd.DataFrame | None = None,
) -> Found:
    """Every rule over a batch of patients: the episodes that start from `since` on, as they stand at `at`.

    history: kind's id → patient_id, measured_at, value, confirmed, sorted, from `since` less the lookback
    bounds: patient_id, kind (id), red_low, amber_low, amber_high, red_high      NaN: no such bound
    by_person: if it is there, whether somebody set these for this patient, so that no rule moves them
    Where they changed, every row there was, with set_at and replaced_at (NaT: holds now): each moment is judged by
    those that held then.
    enrolled: patient_id, pathway, enrolled_at, ended_at      NaT: goes on; only `overdue` looks at the dates
    pauses: patient_id, starts_at, ends_at
    since: one moment for everyone; or patient_id, since and, where rules differ, rule: a row whose rule is missing or
    empty is for all the other rules. Only patients in that frame are judged. No episode of a rule may be under way at
    its `since`: `alerts.episodes.judge_from` gives the latest moment of which that is so.
    ahead: what a phone whose clock runs before ours has measured is judged now, up to this much after `at`. Rules that
    wait for time to pass (those with a schedule) go by `at` all the same.
    traits: patient_id, name (of alerts.rules.traits), value      None: nobody has any
    """
    given = gather(history, bounds, enrolled, pauses, since, at, traits)
    begins = starts(given.patients, since)
    found: dict[str, pd.DataFrame] = {}
    failures: list[tuple[int, str, str]] = []
    apply: dict[tuple[str, tuple[str, ...]], Bools] = {}  # who is on a pathway is the same for all its rules
    for spec in specs:
        until = at if spec.schedule is not None else at + ahead
        about = (spec.pathway, spec.kinds if spec.pathway == EVERY else ())
        if about not in apply:
            apply[about] = applies_to(spec, given)
        applies, begin = apply[about], begins.of(spec.id)
        # A rule without a schedule judges the moments of readings: who has none since then has none to judge. Most kinds
        # are sent by few, so that not to look is most of the speed.
        if spec.schedule is None:
            applies = applies & given.has_since(spec.reads, begin)
        own = given.for_rule(applies, begin, spec.lookback // MICROSECOND)
        own = replace(own, at=moment_micros(until), breaches=True)
        found[spec.id], failed = _episodes(spec, own)
        failures += failed
    return Found(found, pd.DataFrame(failures, columns=["patient_id", "rule", "error"]))


def sentence(spec: RuleSpec, episode: Episode, readings: pd.DataFrame | None = None) -> str:
    """What a nurse reads first: the value, its unit, the limit and the local time, in plain English.

    readings: as for `arithmetic`; without them the sentence may say less.
    """
    if spec.type in TELLING:
        return TYPES[spec.type].sentence(spec, episode, readings)
    return TYPES[spec.type].sentence(spec, episode)


def arithmetic(spec: RuleSpec, episode: Episode, readings: pd.DataFrame) -> list[str]:
    """The steps from the evidence to the figure, one a line.

    readings: kind (id), measured_at, value, confirmed: the patient's, from `since` to `evidence_at`.
    """
    return TYPES[spec.type].arithmetic(spec, episode, readings)


def _episodes(spec: RuleSpec, given: Given) -> tuple[pd.DataFrame, list[tuple[int, str, str]]]:
    """Episodes of one rule. Patients it fails on are found by halving the batch, set aside and named."""
    if not given.applies.any():
        return none_found(), []
    try:
        return episodes(
            eras.states(TYPES[spec.type].states, spec, given), spec.settles_after, spec.settles_days
        ), []
    except Exception as error:  # noqa: BLE001  # whatever it is, it may not cost the other patients their check
        chosen = np.flatnonzero(given.applies)
        if len(chosen) <= 1:
            return none_found(), [(int(id_), spec.id, type(error).__name__) for id_ in given.patients[chosen]]
    frames, failures = [], []
    for half in np.array_split(chosen, 2):
        applies = np.zeros(len(given.patients), dtype=bool)
        applies[half] = True
        frame, failed = _episodes(spec, replace(given, applies=applies))
        frames.append(frame)
        failures += failed
    return pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True), failures
