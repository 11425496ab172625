"""What a judge's alerts are worth against the events that were planted.

A card is what a team is called to: a patient's red and amber alerts, each raised within seven days of the one before it (two
on a virtual ward, where a stay is two weeks).
A card counts from its first alert. An event is found when a card is raised from two days before its onset to its end; a card
that was open before is none. A card is false when it is raised further than two days before and seven days after every event
of its patient, whether that event shows or not. Rates are per patient-year of watched time: from a patient's first reading to
four weeks after the last, or the end of the stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
import pandas as pd

CHAIN = 7  # days
CHAINS = {"virtual_ward": 2}
EARLY = pd.Timedelta(days=2)
AFTER = pd.Timedelta(days=7)
YEAR = 365.25  # days
LOUD = ("red", "amber")
DRAWS = 2000  # of the bootstrap


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted on one pathway for one judge; pathways are put together by adding up."""

    years: float  # watched
    quiet_years: float  # of them free of events
    alerts: int  # of every severity
    loud: int  # red and amber
    quiet_alerts: int
    quiet_loud: int
    cards: int
    false: int  # cards on event-free time
    false_silent: int  # of them raised only because nothing came
    false_red: int  # cards of red alerts alone, on event-free time
    events: (
        pd.DataFrame
    )  # type, abrupt, strength, shown, window (days), delay (days; nan: not found), delay_red


def cards(alerts: pd.DataFrame, severities: tuple[str, ...] = LOUD, chain: int = CHAIN) -> pd.DataFrame:
    """Cards: patient, raised_at, alerts, silent (nothing but overdue readings in it)."""
    chosen = alerts[alerts["severity"].isin(severities)].sort_values(["patient", "raised_at"], kind="stable")
    apart = chosen.groupby("patient")["raised_at"].diff()
    number = (apart.isna() | (apart > pd.Timedelta(days=chain))).cumsum()
    silent = chosen["rule"].str.endswith("overdue")
    made = chosen.assign(silent=silent).groupby(number.to_numpy())
    return made.agg(
        patient=("patient", "first"),
        raised_at=("raised_at", "first"),
        alerts=("rule", "size"),
        silent=("silent", "all"),
    ).reset_index(drop=True)


def count(alerts: pd.DataFrame, events: pd.DataFrame, watched: pd.DataFrame, chain: int = CHAIN) -> Counted:
    """Everything that is counted. events and watched as a cohort has them."""
    told = alerts.assign(raised_at=pd.to_datetime(alerts["raised_at"], utc=True))
    seen = _while_watched(told, watched)
    all_cards, red_cards = cards(seen, LOUD, chain), cards(seen, ("red",), chain)
    false, false_red = _free(all_cards, events), _free(red_cards, events)
    quiet, loud = _free(seen, events), seen["severity"].isin(LOUD)
    years = (watched["end"] - watched["start"]).sum() / pd.Timedelta(days=YEAR)
    return Counted(
        years=years,
        quiet_years=years - _busy_days(events, watched) / YEAR,
        alerts=len(seen),
        loud=int(loud.sum()),
        quiet_alerts=int(quiet.sum()),
        quiet_loud=int((quiet & loud).sum()),
        cards=len(all_cards),
        false=int(false.sum()),
        false_silent=int((false & all_cards["silent"]).sum()),
        false_red=int(false_red.sum()),
        events=_answered(events, all_cards, red_cards),
    )


def together(parts: list[Counted]) -> Counted:
    """Several pathways as one."""
    sums = {
        name: sum(getattr(part, name) for part in parts) for name in Counted.__slots__ if name != "events"
    }
    return Counted(**sums, events=pd.concat([part.events for part in parts], ignore_index=True))


def _while_watched(alerts: pd.DataFrame, watched: pd.DataFrame) -> pd.DataFrame:
    both = alerts.merge(watched, on="patient")
    inside = (both["raised_at"] >= both["start"]) & (both["raised_at"] <= both["end"])
    return both.loc[inside, list(alerts.columns)].reset_index(drop=True)


def _free(raised: pd.DataFrame, events: pd.DataFrame) -> pd.Series:
    """Whether each was raised away from every event of its patient."""
    numbered = raised[["patient", "raised_at"]].assign(row=range(len(raised)))
    both = numbered.merge(events[["patient", "onset", "end"]], on="patient")
    near = (both["raised_at"] >= both["onset"] - EARLY) & (both["raised_at"] <= both["end"] + AFTER)
    return pd.Series(~np.isin(np.arange(len(raised)), both.loc[near, "row"]), index=raised.index, dtype=bool)


def _busy_days(events: pd.DataFrame, watched: pd.DataFrame) -> float:
    """Watched days near an event, each counted once."""
    spans = events.merge(watched, on="patient", suffixes=("", "_watched")).sort_values(["patient", "onset"])
    total, patient, until = 0.0, None, None
    for row in spans.itertuples(index=False):
        start, end = max(row.onset - EARLY, row.start), min(row.end + AFTER, row.end_watched)
        if row.patient == patient:
            start = max(start, until)
        if end > start:
            total += (end - start) / pd.Timedelta(days=1)
            patient, until = row.patient, end
    return total


def _answered(events: pd.DataFrame, all_cards: pd.DataFrame, red_cards: pd.DataFrame) -> pd.DataFrame:
    told = events[["type", "abrupt", "strength", "shown"]].copy()
    told["window"] = (events["end"] - events["onset"] + EARLY) / pd.Timedelta(days=1)
    told["delay"] = first_after(events, all_cards)
    told["delay_red"] = first_after(events, red_cards)
    return told.reset_index(drop=True)


def first_after(events: pd.DataFrame, raised: pd.DataFrame) -> pd.Series:
    """Days from each event's onset to the first card of its window; a card before the onset has waited 0; nan for none."""
    numbered = events[["patient", "onset", "end"]].assign(event=events.index)
    both = numbered.merge(raised[["patient", "raised_at"]], on="patient")
    inside = (both["raised_at"] >= both["onset"] - EARLY) & (both["raised_at"] <= both["end"])
    both = both[inside]
    days = ((both["raised_at"] - both["onset"]) / pd.Timedelta(days=1)).clip(lower=0)
    return days.groupby(both["event"]).min().reindex(events.index).astype("float64")


def wilson(found: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    if not of:
        return 0.0, 1.0
    share, extra = found / of, z**2 / of
    middle = (share + extra / 2) / (1 + extra)
    half = z * sqrt(share * (1 - share) / of + extra / (4 * of)) / (1 + extra)
    return max(0.0, middle - half), min(1.0, middle + half)


def median_interval(values: np.ndarray, seed: int = 0) -> tuple[float, float, float]:
    """The median and its 95 % bootstrap interval; nan without values."""
    if not len(values):
        return float("nan"), float("nan"), float("nan")
    drawn = np.random.default_rng(seed).choice(values, (DRAWS, len(values)))
    low, high = np.quantile(np.median(drawn, axis=1), (0.025, 0.975))
    return float(np.median(values)), float(low), float(high)
