"""Pulse up and oxygen down together, each in this person's own spreads, with a symptom. Source: Hurst 2010.

The score is the mean of two distances from the person's own average, in standard deviations: of the pulse upwards and
of the oxygen downwards. 1 and more with symptoms told 71 % of flare-ups in 40 people with COPD, and 26 % of other days
as well, which is why it takes a symptom here.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from alerts.episodes import Episode
from alerts.moments import DAY, HOUR, NEUTRAL, NORMAL, Floats, Ints, first_from, local_days, new_patient
from alerts.rules.frames import Given, Readings, States, scale_of, steps
from alerts.rules.rows import latest, moments_of
from alerts.rules.sign import Sign
from alerts.rules.spec import Params, RuleSpec
from alerts.rules.words import NAMES, evidence_line, label, local_time, plain
from ingest.catalogue import KINDS

PULSE, OXYGEN = "heart_rate", "oxygen_saturation"


@dataclass(frozen=True, kw_only=True)
class OximetryScore(Params):
    """The score it takes, with which symptoms, and from what the average and the spread are taken."""

    score: float
    symptoms: tuple[Sign, ...]  # any of them
    within_hours: float  # how old the latest pulse, oxygen and answers may be
    usual_days: float = 28  # average and spread are of this long before the moment ...
    apart_hours: float = 24  # ... less this long
    min_days: int = 14  # local days with a reading; with fewer there is no average yet
    least_spread_pulse: float  # /min; a spread that is smaller counts as this
    least_spread_oxygen: float  # %

    def __post_init__(self) -> None:
        """Numbers that can be kept to."""
        if min(self.score, self.within_hours, self.least_spread_pulse, self.least_spread_oxygen) <= 0:
            raise ValueError("score, within_hours and the least spreads are more than 0")
        if not 0 <= self.apart_hours < self.usual_days * 24 or self.min_days < 2:  # noqa: PLR2004 one day has no spread
            raise ValueError("apart_hours is less than usual_days, min_days 2 or more")

    @property
    def kinds(self) -> tuple[str, ...]:
        """The two, and those of the symptoms."""
        return tuple(dict.fromkeys((PULSE, OXYGEN, *(sign.kind for sign in self.symptoms))))

    @property
    def lookback(self) -> timedelta:
        """Average and spread, of readings that may be some hours older than the moment."""
        rise = max((sign.days or 0) for sign in self.symptoms)
        return timedelta(days=max(self.usual_days, rise + 1), hours=self.within_hours + 1)


def states(spec: RuleSpec, given: Given) -> pd.DataFrame:
    """Every moment with a confirmed reading of any of the kinds at which there is a score.

    The score is of the latest pulse and oxygen, each held against average and standard deviation (no less than the
    least spread) of the readings of its kind from `usual_days` to `apart_hours` before the moment. The rule's
    severity: the score reaches its limit and the latest answer to a question shows a symptom, all no older than
    `within_hours`. neutral: the score does, without a symptom. normal: it does not.
    """
    params = spec.params_as(OximetryScore)
    readings = {kind: given.confirmed(kind) for kind in params.kinds}
    patient, at = moments_of([given.judged(every) for every in readings.values()])
    within = round(params.within_hours * HOUR)
    up, pulse_since = _away(readings[PULSE], PULSE, params.least_spread_pulse, params, patient, at)
    down, oxygen_since = _away(readings[OXYGEN], OXYGEN, params.least_spread_oxygen, params, patient, at)
    score = np.round((up - down) / 2, 9)  # what is reached does not hang on the last bit of a division
    symptom = np.zeros(len(at), dtype=bool)
    for sign in params.symptoms:
        row = latest(readings[sign.kind], patient, at, within)
        sent = np.flatnonzero(row >= 0)
        symptom[sent] |= sign.shows(readings[sign.kind])[0][row[sent]]
    reached = score >= params.score
    level = np.where(reached, NEUTRAL, NORMAL).astype(np.int8)
    level[reached & symptom] = spec.fixed_severity()
    since = np.minimum(pulse_since, oxygen_since)
    found = States(patient, at, level, since, score, params.score, KINDS[PULSE].id)
    return found.where(~np.isnan(score)).frame(given)


def _away(
    readings: Readings, kind: str, least: float, params: OximetryScore, patient: Ints, at: Ints
) -> tuple[Floats, Ints]:
    """How far the latest reading lies above the average, in spreads, NaN where that is not known; and since when."""
    row = latest(readings, patient, at, round(params.within_hours * HOUR))
    if not len(readings):
        return np.full(len(at), np.nan), at
    value = steps(readings.value, kind)
    start = first_from(readings.patient, readings.at, patient, at - round(params.usual_days * DAY))
    end = first_from(readings.patient, readings.at, patient, at - round(params.apart_hours * HOUR) + 1)
    nth = np.cumsum(new_patient(readings.patient) | new_patient(local_days(readings.at)))
    begins = np.minimum(start, len(readings) - 1)
    days = np.where(end > start, nth[end - 1] - nth[begins] + 1, 0)
    known = (row >= 0) & (days >= params.min_days)
    # Sums of whole numbers: the same however much history was loaded before them.
    total, squares = (np.concatenate(([0], np.cumsum(each))) for each in (value, value * value))
    count = np.where(known, end - start, 2)
    total, squares = (total[end] - total[start]), (squares[end] - squares[start])
    variance = np.where(known, (count * squares - total * total) / (count * (count - 1)), 0.0)
    spread = np.maximum(np.sqrt(variance), least * scale_of(kind))
    away = (value[np.maximum(row, 0)] - total / count) / spread
    return np.where(known, away, np.nan), readings.at[begins]


def sentence(spec: RuleSpec, episode: Episode) -> str:
    """The score, its limit, and when."""
    params = spec.params_as(OximetryScore)
    return (
        f"Pulse up and oxygen down by {_score(episode.figure)} of this person's own spreads on average, with a symptom, by "
        f"{local_time(episode.evidence_at)}: at or above the limit of {plain(params.score)}."
    )


def arithmetic(spec: RuleSpec, episode: Episode, readings: pd.DataFrame) -> list[str]:
    """The latest reading of each kind, and what pulse and oxygen were before."""
    params = spec.params_as(OximetryScore)
    own = readings[readings["confirmed"].to_numpy(np.bool_)]
    late = pd.Timestamp(episode.evidence_at) - pd.Timedelta(hours=params.apart_hours)
    lines = []
    for kind, of_kind in own.groupby("kind", sort=True):
        name = NAMES[int(str(kind))]
        before = of_kind["value"][of_kind["measured_at"] <= late]
        usual = (
            f" (average {before.mean():.1f}, standard deviation {before.std():.1f}, {len(before)} readings)"
        )
        last = next(of_kind.iloc[-1:].itertuples())
        lines.append(
            f"{label(name)}, {evidence_line(last, name, '')}{usual if name in (PULSE, OXYGEN) else ''}"
        )
    least = f"{plain(params.least_spread_pulse)} /min and {plain(params.least_spread_oxygen)} %"
    return [
        *lines,
        f"Score {_score(episode.figure)}, limit {plain(params.score)}; spreads are at least {least}",
    ]


def _score(figure: float) -> str:
    """With one decimal, rounded down so that none seems to reach a limit that it does not."""
    return f"{np.floor(figure * 10) / 10:.1f}"
