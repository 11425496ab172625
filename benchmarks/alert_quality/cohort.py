"""A pathway's cohort: readings as they came in, the events behind them, and who was watched when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from benchmarks.alert_quality import adherence, shown
from benchmarks.alert_quality.events import plant
from benchmarks.alert_quality.measuring import Measuring
from benchmarks.alert_quality.pathways import PATHWAYS, Pathway, Sitting
from benchmarks.alert_quality.people import Flags, Floats, complaints, courses

START = date(2025, 3, 1)
JUDGED_AT = 12  # UTC, every day
SILENT = 28  # days after their last reading until a service has let somebody go


@dataclass(frozen=True, slots=True)
class Cohort:
    """One pathway. Times are UTC."""

    pathway: str
    days: int
    readings: pd.DataFrame  # patient, kind, value, unit, measured_at, received_at; in the order received
    events: pd.DataFrame  # patient, type, onset, peak, end, abrupt, strength, beyond, shown
    watched: pd.DataFrame  # patient, start, end: from the first reading to SILENT days after the last

    @property
    def start(self) -> pd.Timestamp:
        """The first midnight."""
        return pd.Timestamp(START, tz=UTC)

    @property
    def as_of(self) -> datetime:
        """The last moment at which alerts are judged."""
        return datetime(START.year, START.month, START.day, JUDGED_AT, tzinfo=UTC) + timedelta(days=self.days)


def sizes(patients: int) -> dict[str, int]:
    """How many of so many patients are on each pathway."""
    return {name: round(each.share * patients) for name, each in PATHWAYS.items()}


def make(name: str, patients: int, days: int, seed: int) -> Cohort:
    """A pathway's cohort. The same arguments give the same, whatever other pathways are made."""
    pathway = PATHWAYS[name]
    rng = np.random.default_rng([seed, list(PATHWAYS).index(name)])
    span = pathway.stay or days
    dates = [START + timedelta(days=day) for day in range(days + 1)]
    season = np.array([np.cos(2 * np.pi * (day.timetuple().tm_yday - 15) / 365.25) for day in dates])
    weekday = np.array([float(day.weekday()) for day in dates])
    ahead = np.array([_ahead(day) for day in dates])
    first_day = (
        rng.integers(0, max(1, days - span + 1), patients) if pathway.stay else np.zeros(patients, dtype=int)
    )

    of = courses(rng, pathway, patients, season[:span], weekday[:span])
    symptoms = complaints(rng, pathway, patients, span)
    planted = plant(rng, pathway, of, span)
    measuring = Measuring(rng, pathway, of, symptoms, planted, ahead[:span])
    here = adherence.active(rng, patients, span)
    away, hospital = adherence.gaps(rng, patients, span)
    if pathway.stay is not None:  # nobody is on holiday from a virtual ward
        away, hospital = np.zeros_like(away), np.zeros_like(hospital)
    sits, _ = adherence.daily(rng, here, away, hospital, weekday[:span] >= 5)
    home_week = np.array([day.day <= 7 for day in dates[:span]])
    monthly = rng.random(patients) < pathway.monthly
    asked = rng.integers(0, 7, patients)[:, None] == weekday[None, :span]
    for sitting in pathway.sittings:
        measuring.sit(sitting, _who(rng, sitting, sits, (home_week, monthly, asked)))
    events = shown.strength(measuring, planted)
    return _framed(pathway, days, measuring, events, first_day)


def _who(
    rng: np.random.Generator, sitting: Sitting, sits: Flags, calendar: tuple[Flags, Flags, Flags]
) -> Flags:
    """People × days who do this sitting."""
    home_week, monthly, asked = calendar
    people, _ = sits.shape
    chosen = sits & (rng.random(sits.shape) < sitting.given)
    chosen &= (rng.random(people) < sitting.share)[:, None]
    chosen &= home_week[None, :] | ~monthly[:, None]
    if sitting.home_week:
        chosen &= home_week[None, :]
    if sitting.weekly:
        chosen &= asked
    return chosen


def _ahead(day: date) -> float:
    """Hours by which London's clocks are ahead of UTC at noon."""
    offset = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo("Europe/London")).utcoffset()
    return offset.total_seconds() / 3600 if offset else 0.0


def _framed(
    pathway: Pathway, days: int, measuring: Measuring, events: pd.DataFrame, first_day: Floats
) -> Cohort:
    """The arrays as frames, with names and dates; what would be received after the last judging has not been."""
    rows = measuring.rows
    names = np.array([f"{pathway.letter}{number:05d}" for number in range(measuring.shape[0])])
    midnight = pd.Timestamp(START, tz=UTC)
    person = rows.column("person").astype(int)
    shift = first_day[person] * 86400.0
    kind, other = rows.column("kind").astype(int), rows.column("other").astype(bool)
    units = [each.unit for each in pathway.signals] + ["" for _ in pathway.symptoms]
    second = [each.other_unit[0] if each.other_unit else each.unit for each in pathway.signals] + [
        "" for _ in pathway.symptoms
    ]
    kinds = list(measuring.meters)
    table = np.array([units, second], dtype=object)
    readings = pd.DataFrame(
        {
            "patient": pd.Categorical.from_codes(person, categories=names),
            "kind": pd.Categorical.from_codes(kind, categories=kinds),
            "value": rows.column("value"),
            "unit": pd.Categorical(table[other.astype(int), kind]),
            "measured_at": midnight + pd.to_timedelta(rows.column("measured") + shift, unit="s"),
            "received_at": midnight + pd.to_timedelta(rows.column("received") + shift, unit="s"),
        }
    )
    last = midnight + pd.Timedelta(days=days, hours=JUDGED_AT)
    readings = readings[readings["received_at"] <= last].sort_values(
        "received_at", kind="stable", ignore_index=True
    )
    watched = _watched(readings, pathway, days, first_day, names)
    shifted = events.assign(patient=names[events["person"].to_numpy(dtype=int)])
    whole = first_day[events["person"].to_numpy(dtype=int)]
    for name in ("onset", "peak", "end"):
        shifted[name] = midnight + pd.to_timedelta(events[name].to_numpy() + whole, unit="D")
    told = shifted.merge(watched, on="patient", suffixes=("", "_watched"))
    told = told[(told["onset"] >= told["start"]) & (told["onset"] < told["end_watched"])]
    columns = ["patient", "type", "onset", "peak", "end", "abrupt", "strength", "beyond", "shown"]
    readings[["patient", "kind", "unit"]] = readings[["patient", "kind", "unit"]].astype(object)
    return Cohort(pathway.name, days, readings, told[columns].reset_index(drop=True), watched)


def _watched(
    readings: pd.DataFrame, pathway: Pathway, days: int, first_day: Floats, names: np.ndarray
) -> pd.DataFrame:
    """Who never sent is not watched: a rule over readings cannot know them."""
    times = readings.groupby("patient", observed=True)["received_at"].agg(["min", "max"])
    midnight = pd.Timestamp(START, tz=UTC)
    leaves = days if pathway.stay is None else 0
    until = pd.Series(
        midnight + pd.to_timedelta(first_day * 1.0 + (leaves or pathway.stay or 0), unit="D"), index=names
    )
    end = np.minimum(
        times["max"] + pd.Timedelta(days=SILENT), until.reindex(times.index.astype(str)).to_numpy()
    )
    watched = pd.DataFrame(
        {"patient": times.index.astype(str), "start": times["min"].to_numpy(), "end": end.to_numpy()}
    )
    for name in ("start", "end"):
        watched[name] = pd.to_datetime(watched[name], utc=True)
    return watched[watched["end"] > watched["start"]].reset_index(drop=True)
