"""NEWS2 of the seven measurements of a set. Source: RCP 2017, as alerts.scores.news2 counts it.

Scale 2 only where the trait `oxygen_scale` is 2: a clinician prescribed a target of 88 to 92 %. It is never inferred. Not
for people under 16 (trait `born`; where that is not known, the person is taken for grown up). NEWS2 is not validated for
measuring at home.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from alerts.episodes import Episode
from alerts.moments import (
    AMBER,
    DAY,
    HOUR,
    MINUTE,
    NEUTRAL,
    NORMAL,
    RED,
    SEVERITY_NAMES,
    YELLOW,
    Bools,
    Floats,
    Ints,
    first_from,
    local_days,
)
from alerts.rules.frames import Given, Readings, States, shown
from alerts.rules.medians import medians
from alerts.rules.rows import latest, moments_of
from alerts.rules.spec import Params, RuleSpec
from alerts.rules.traits import ages
from alerts.rules.words import (
    NAMES,
    difference,
    evidence_line,
    label,
    local_time,
    lower_label,
    plain,
    quantity,
)
from alerts.scores import news2
from ingest.catalogue import KINDS

PARTS = {
    "rr": "respiratory_rate",
    "spo2": "oxygen_saturation",
    "o2": "supplemental_oxygen",
    "sbp": "systolic",
    "hr": "heart_rate",
    "acvpu": "consciousness",
    "temp": "body_temperature",
}
TOTAL = KINDS["news2"].id
MEDIUM, HIGH_RISK, SINGLE, LOW_RISK = 5.0, 7.0, 3.0, 1.0  # RCP 2017


@dataclass(frozen=True, kw_only=True)
class News2(Params):
    """What makes a set, and what a rise is held against. The limits of the total are those of the chart."""

    severities = (YELLOW, AMBER, RED)

    least_parts: int = 5  # of seven; with fewer it is no set, and each kind's own limits speak
    within_minutes: float = 60  # the oldest of a set
    rise: float = 2  # this much above the person's usual total
    usual_days: float = 28  # the usual is the median of the totals of this long before the moment ...
    apart_hours: float = 24  # ... less this long
    min_totals: int = 6  # fewer than this is not a usual yet
    youngest: int = 16  # years

    def __post_init__(self) -> None:
        """Numbers that can be kept to."""
        if not 1 <= self.least_parts <= len(PARTS) or self.within_minutes <= 0:
            raise ValueError("least_parts is from 1 to 7, within_minutes more than 0")
        if self.rise <= 0 or self.min_totals < 1 or not 0 <= self.apart_hours < self.usual_days * 24:
            raise ValueError("rise is more than 0, min_totals 1 or more, apart_hours less than usual_days")

    @property
    def kinds(self) -> tuple[str, ...]:
        """The seven."""
        return tuple(PARTS.values())

    @property
    def lookback(self) -> timedelta:
        """The usual, and the first set of it."""
        return timedelta(days=self.usual_days, minutes=self.within_minutes)


@dataclass(frozen=True)
class _Sets:
    """The set at each moment: the latest reading of each kind."""

    patient: Ints
    at: Ints
    value: dict[str, Floats]  # by part, as people see it; NaN: none recent enough
    since: Ints  # the oldest of them

    def where(self, chosen: Bools) -> "_Sets":
        """Only those moments."""
        value = {part: values[chosen] for part, values in self.value.items()}
        return _Sets(self.patient[chosen], self.at[chosen], value, self.since[chosen])


def states(spec: RuleSpec, given: Given) -> pd.DataFrame:
    """Every moment with a confirmed reading of any of the seven kinds that makes a set of `least_parts` or more.

    A set is the latest reading of each kind that is no older than `within_minutes`. Where one is missing there is no
    total, but what is missing could only add. red: 5 points or more. amber: a single measurement of 3 points, or a
    total `rise` or more above the person's usual. yellow: a total of 1 to 4. normal: a total of 0. neutral: a part is
    missing and what there is shows none of these. The figure of a single 3 is that measurement.
    """
    params = spec.params_as(News2)
    sets = _sets(params, given)
    if not len(sets.at):
        return States.none().frame(given)
    scale = np.where(given.trait("oxygen_scale") == 2, 2, 1)[sets.patient]  # noqa: PLR2004 the scale's name
    scored = news2.score_all(**sets.value, scale=scale)
    points, whole = scored.partial.astype(np.float64), ~np.isnan(scored.total)
    parts = np.stack([scored.parts[part] for part in PARTS])
    threes = parts == SINGLE
    single = threes.any(axis=0)
    usual, start = _usual(params, sets, scored.total)
    level = np.where(whole, NORMAL, NEUTRAL).astype(np.int8)
    risen = ~single & (scored.total - usual >= params.rise)
    for severity, reached in (
        (YELLOW, whole & (points >= LOW_RISK)),
        (AMBER, single | risen),
        (RED, points >= MEDIUM),
    ):
        level[reached] = severity
    limit = np.where(points >= HIGH_RISK, HIGH_RISK, np.where(points >= MEDIUM, MEDIUM, LOW_RISK))
    kind, figure, since = np.full(len(points), TOTAL), points.copy(), sets.since.copy()
    by_rise = (level == AMBER) & risen
    limit[by_rise], since[by_rise] = (usual + params.rise)[by_rise], start[by_rise]
    alone = np.flatnonzero((level == AMBER) & single)
    which = threes[:, alone].argmax(axis=0)
    kind[alone] = np.array([KINDS[name].id for name in PARTS.values()])[which]
    figure[alone] = np.stack(list(sets.value.values()))[which, alone]
    limit[alone] = SINGLE
    return States(sets.patient, sets.at, level, since, figure, limit, kind).frame(given)


def _sets(params: News2, given: Given) -> _Sets:
    """Whoever sends too few of the kinds has none, and is not looked at any further."""
    every = {part: given.confirmed(kind) for part, kind in PARTS.items()}
    count = np.zeros(len(given.patients), dtype=np.int64)
    for readings in every.values():
        count += np.bincount(readings.patient, minlength=len(count)) > 0
    able = count >= params.least_parts
    own = {part: readings.where(able[readings.patient]) for part, readings in every.items()}
    patient, at = moments_of(list(own.values()))
    within = round(params.within_minutes * MINUTE)
    since, sent = at.copy(), np.zeros(len(at), dtype=np.int64)
    value = {}
    for part, kind in PARTS.items():
        row = latest(own[part], patient, at, within)
        there = row >= 0
        sent += there
        since[there] = np.minimum(since[there], own[part].at[row[there]])
        value[part] = _values(own[part], kind, row)
    value["o2"] = np.where(np.isnan(value["o2"]), np.nan, value["o2"] > 0)
    grown = ~(ages(given.trait("born"), patient, local_days(at)) < params.youngest)
    return _Sets(patient, at, value, since).where((sent >= params.least_parts) & grown)


def _values(readings: Readings, kind: str, row: Ints) -> Floats:
    """The values of these rows as people see them; NaN where there is no row."""
    found = np.full(len(row), np.nan)
    there = row >= 0
    found[there] = shown(readings.value[row[there]], kind)
    return found


def _usual(params: News2, sets: _Sets, total: Floats) -> tuple[Floats, Ints]:
    """At each moment with a total the person's usual one, NaN where there is none; and since when it is taken."""
    whole = np.flatnonzero(~np.isnan(total))
    patient, at = sets.patient[whole], sets.at[whole]
    start = first_from(patient, at, patient, at - round(params.usual_days * DAY))
    end = first_from(patient, at, patient, at - round(params.apart_hours * HOUR) + 1)
    end = np.maximum(start, np.minimum(end, np.arange(len(whole))))  # not the total itself
    usual, since = np.full(len(total), np.nan), sets.since.copy()
    usual[whole] = medians(total[whole], start, end, params.min_totals)
    since[whole] = sets.since[whole[start]]
    return usual, since


def sentence(spec: RuleSpec, episode: Episode) -> str:
    """The points of the set, or the one measurement of 3 points; when, and what it was held against."""
    params = spec.params_as(News2)
    at = local_time(episode.evidence_at)
    name = NAMES.get(episode.kind, "")
    if name in PARTS.values():
        return (
            f"{label(name)} {quantity(name, episode.figure)} in the set of {at}: 3 points in NEWS2 by itself."
        )
    if episode.level == AMBER:
        usual = episode.limit - params.rise
        return (
            f"NEWS2 total {plain(episode.figure)} by {at}: {difference('news2', episode.figure - usual)} above this person's "
            f"usual of {plain(usual)} over {plain(params.usual_days)} days. The amber limit is a rise of "
            f"{difference('news2', params.rise)}."
        )
    severity = SEVERITY_NAMES[episode.level]
    return f"NEWS2 of one set comes to {difference('news2', episode.figure)} by {at}: the {severity} limit is {plain(episode.limit)}."


def arithmetic(spec: RuleSpec, episode: Episode, readings: pd.DataFrame) -> list[str]:
    """Each measurement of the set with its points, what is missing, and the sum."""
    params = spec.params_as(News2)
    oldest = pd.Timestamp(episode.evidence_at) - pd.Timedelta(minutes=params.within_minutes)
    recent = readings[(readings["confirmed"] & (readings["measured_at"] >= oldest)).to_numpy(np.bool_)]
    last: dict[str, Any] = {
        part: next(own.iloc[-1:].itertuples())
        for part, kind in PARTS.items()
        if len(own := recent[(recent["kind"] == KINDS[kind].id).to_numpy(np.bool_)])
    }
    scored = _as_scored(episode, {part: float(row.value) for part, row in last.items()})
    lines = [
        f"{label(PARTS[part])}, {evidence_line(row, PARTS[part], '')}: {_points(getattr(scored.parts, part))}"
        for part, row in last.items()
    ]
    missing = [lower_label(kind) for part, kind in PARTS.items() if part not in last]
    if missing:
        lines.append(f"Missing: {', '.join(missing)}")
    return [*lines, f"Together {_points(scored.partial)}{', at least' if missing else ''}"]


def _as_scored(episode: Episode, values: dict[str, float]) -> news2.Score:
    """On the scale by which it comes to what was found; scale 1 where both do."""
    given = {part: values.get(part) for part in PARTS}
    on_oxygen = None if given.pop("o2") is None else values["o2"] > 0
    one, two = (news2.score(**given, o2=on_oxygen, scale=scale) for scale in (1, 2))
    if episode.kind == TOTAL:
        return two if one.partial != episode.figure == two.partial else one
    low_oxygen = episode.kind == KINDS[PARTS["spo2"]].id
    return two if low_oxygen and one.parts.spo2 != SINGLE else one


def _points(points: int | None) -> str:
    return (
        "not known without air or oxygen"
        if points is None
        else f"{points} {'point' if points == 1 else 'points'}"
    )
