"""Several signs together, none of which alone would be worth a call. Sources: Anthonisen; NICE NG115 (from memory).

Weight, oxygen or pulse alone miss most of what brings people to hospital, and symptoms alone are said too often; two
that agree are worth more than one that is far out.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from alerts.episodes import Episode
from alerts.moments import HOUR, NEUTRAL, NORMAL, Ints, first_from, local_days, new_patient
from alerts.rules.frames import Given, States
from alerts.rules.rows import latest, moments_of
from alerts.rules.sign import Sign
from alerts.rules.spec import Params, RuleSpec
from alerts.rules.words import NAMES, evidence_line, label, local_time, plain
from ingest.catalogue import KINDS


@dataclass(frozen=True, kw_only=True)
class Signs(Params):
    """How many of which signs it takes, how long one counts, and on how many days."""

    says: str  # what they are, in the words of a sentence
    signs: tuple[Sign, ...]
    needs: int  # at least this many of them ...
    within_hours: float  # ... each shown by the latest reading of its kind, no older than this ...
    days: int = 1  # ... on at least this many local days ...
    of_days: int = 1  # ... of the last ones, the moment's own included

    def __post_init__(self) -> None:
        """Signs enough, and days enough."""
        if not 2 <= self.needs <= len(self.signs):  # noqa: PLR2004 one sign is a limit
            raise ValueError("needs is from 2 to the number of signs")
        if self.within_hours <= 0 or not 1 <= self.days <= self.of_days:
            raise ValueError("within_hours is more than 0, days from 1 to of_days")

    @property
    def kinds(self) -> tuple[str, ...]:
        """Those of its signs, each once."""
        return tuple(dict.fromkeys(sign.kind for sign in self.signs))

    @property
    def lookback(self) -> timedelta:
        """The days, what counts on the first of them, and what that is a gain from."""
        rise = max((sign.days or 0) for sign in self.signs)
        return timedelta(days=self.of_days + rise + 1, hours=self.within_hours + 1)


@dataclass(frozen=True)
class _Moments:
    """Every moment with a confirmed reading of any of the kinds."""

    patient: Ints
    at: Ints
    count: Ints  # of signs shown
    possible: Ints  # of signs that are shown, or of whose kind there is no reading to say so
    since: Ints  # the earliest reading that shows one


def states(spec: RuleSpec, given: Given) -> pd.DataFrame:
    """Every moment with a confirmed reading of any of the kinds.

    A sign is shown by the latest reading of its kind, if that is no older than `within_hours`. The rule's severity:
    at least `needs` signs are shown, those that must be among them, and at some moment of each of `days` local days
    of the last `of_days`, this one included. neutral: enough signs but not yet on enough days, or too few so far and
    what has not been sent could make them enough. normal: what was sent rules it out.
    """
    params = spec.params_as(Signs)
    found = _moments(params, given)
    enough = found.count >= params.needs
    day = local_days(found.at)
    on = np.flatnonzero(enough)
    on = on[new_patient(found.patient[on]) | new_patient(day[on])]  # the first moment of each such day
    first = first_from(found.patient[on], day[on], found.patient, day - params.of_days + 1)
    earlier = first_from(found.patient[on], day[on], found.patient, day) - first
    breach = enough & (earlier + 1 >= params.days)
    since = found.since.copy()
    several = np.flatnonzero(breach & (earlier > 0))
    since[several] = np.minimum(since[several], found.since[on[first[several]]])
    level = np.where(found.possible >= params.needs, NEUTRAL, NORMAL).astype(np.int8)
    level[breach] = spec.fixed_severity()
    kind = KINDS[params.signs[0].kind].id
    figure = found.count.astype(np.float64)
    return States(found.patient, found.at, level, since, figure, float(params.needs), kind).frame(given)


def _moments(params: Signs, given: Given) -> _Moments:
    readings = {kind: given.confirmed(kind) for kind in params.kinds}
    patient, at = moments_of(list(readings.values()))
    within = round(params.within_hours * HOUR)
    last = {kind: latest(readings[kind], patient, at, within) for kind in readings}
    count, possible = np.zeros((2, len(at)), dtype=np.int64)
    since, ruled_out = at.copy(), np.zeros(len(at), dtype=bool)
    missing = np.zeros(len(at), dtype=bool)
    for sign in params.signs:
        row = last[sign.kind]
        sent = np.flatnonzero(row >= 0)
        shows, from_when = sign.shows(readings[sign.kind])
        yes = sent[shows[row[sent]]]
        count[yes] += 1
        since[yes] = np.minimum(since[yes], from_when[row[yes]])
        possible += row < 0
        if sign.must:
            without = np.ones(len(at), dtype=bool)
            without[yes] = False
            missing |= without
            ruled_out |= without & (row >= 0)
    possible += count
    count[missing] = 0
    possible[ruled_out] = 0
    return _Moments(patient, at, count, possible, since)


def sentence(spec: RuleSpec, episode: Episode) -> str:
    """The signs in the words of the pack, how many there are, on how many days, and when."""
    params = spec.params_as(Signs)
    days = f", on {params.days} of the last {params.of_days} days" if params.of_days > 1 else ""
    says = params.says[:1].upper() + params.says[1:]
    return f"{says}: {plain(episode.figure)} signs together{days}, by {local_time(episode.evidence_at)}."


def arithmetic(spec: RuleSpec, episode: Episode, readings: pd.DataFrame) -> list[str]:
    """The readings of all its kinds, one a line, the signs, and how many it takes."""
    params = spec.params_as(Signs)
    own = readings[readings["confirmed"].to_numpy(np.bool_)]
    ordered = own.sort_values("measured_at", kind="stable")
    names = [NAMES[kind] for kind in ordered["kind"].to_numpy(np.int64).tolist()]
    lines = [
        f"{label(name)}, {evidence_line(row, name, '')}"
        for name, row in zip(names, ordered.itertuples(), strict=True)
    ]
    signs = "; ".join(str(sign) + (" (must be)" if sign.must else "") for sign in params.signs)
    days = f", on {params.days} of {params.of_days} days" if params.of_days > 1 else ""
    needed = f"{params.needs} needed within {plain(params.within_hours)} hours{days}"
    return [*lines, f"Signs: {signs}", f"{plain(episode.figure)} shown, {needed}"]
