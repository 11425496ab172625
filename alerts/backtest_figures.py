"""What a backtest counts: alerts by day, severity and patient, and what two versions of a rule have in common. Pure.

An alert is here a run of breach as a check found it. On the queue, a run that comes while an alert of the same rule is
still unresolved joins that alert; here nobody resolves anything, so each run counts by itself.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from heapq import nlargest
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from alerts.moments import DAY, SEVERITIES, SEVERITY_NAMES, local_days, micros

if TYPE_CHECKING:
    from alerts.moments import Bools, Ints

SHOWN = 500  # patients that are named, those with most alerts first; the others are counted
YEAR = 365.25 * DAY
PROPOSED, TODAY = "proposed", "today"


@dataclass
class Side:
    """What one version of the rule would have raised."""

    alerts: int = 0
    withdrawn: int = 0  # of those, the ones that a late reading or a correction took back
    patients: int = 0
    by_severity: Counter[str] = field(default_factory=Counter)
    by_day: Counter[int] = field(default_factory=Counter)  # local day since 1970 on which they were raised

    def add(self, raised: pd.DataFrame) -> None:
        """Count those of another batch of patients in."""
        self.alerts += len(raised)
        self.withdrawn += int(raised["withdrawn"].sum())
        self.patients += int(raised["patient_id"].nunique())
        levels, counts = np.unique(raised["level"].to_numpy(np.int64), return_counts=True)
        for level, count in zip(levels.tolist(), counts.tolist(), strict=True):
            self.by_severity[SEVERITY_NAMES[level]] += count
        for day in local_days(micros(raised["raised_at"])).tolist():
            self.by_day[day] += 1


@dataclass
class Figures:
    """What a backtest came to. Its size depends on the days and on SHOWN, not on how many patients there are."""

    patients: int = 0  # whom the rule is about
    micros: int = 0  # how long they were under watch, together
    readings: int = 0  # that it looked at
    apart: int = 0  # patients with something that came late, judged arrival by arrival
    failures: int = 0  # patients on whom it could not be worked out
    proposed: Side = field(default_factory=Side)
    today: Side = field(default_factory=Side)
    both: int = 0  # of the proposed alerts, those over some of the same time as one of today's version
    lost: int = 0  # of today's, those over no time of any proposed
    recorded: int = 0  # alerts of the rule on record, raised in the stretch
    as_recorded: int = (
        0  # of the proposed alerts, those over some of the same time as one on record of the same rule
    )
    beside: int = 0  # … those over some of the same time as one on record of another rule
    named: list[dict[str, Any]] = field(
        default_factory=list
    )  # patient, alerts, today, severity, last: as SHOWN says
    more: int = 0  # patients with alerts of either version who are not among them

    @property
    def years(self) -> float:
        """Patient-years under watch."""
        return self.micros / YEAR

    @property
    def only_proposed(self) -> int:
        """Alerts that today's version does not raise."""
        return self.proposed.alerts - self.both

    def a_year(self, side: Side) -> float:
        """Alerts a patient-year."""
        return side.alerts / self.years if self.micros else 0.0

    def told(self) -> dict[str, Any]:
        """As JSON keeps it."""
        sides = {
            name: {**vars(side), "by_severity": dict(side.by_severity), "by_day": dict(side.by_day)}
            for name, side in ((PROPOSED, self.proposed), (TODAY, self.today))
        }
        return {**vars(self), **sides}

    @classmethod
    def of(cls, told: dict[str, Any]) -> Figures:
        """Back from JSON."""
        sides = {name: _side(told[name]) for name in (PROPOSED, TODAY)}
        return cls(**{**told, **sides})

    def add(self, raised: pd.DataFrame, recorded: pd.DataFrame, rule: str) -> None:
        """Count in what a batch of patients came to.

        raised: columns as replayed, `rule` being PROPOSED or TODAY; only what was raised in the stretch.
        recorded: patient_id, rule, first_at, last_at, within (raised in the stretch): the alerts on record.
        """
        proposed, today = (raised[raised["rule"] == which] for which in (PROPOSED, TODAY))
        self.proposed.add(proposed)
        self.today.add(today)
        as_before = overlapping(proposed, today.rename(columns={"started_at": "first_at"}))
        self.both += int(as_before.sum())
        kept = overlapping(today, proposed.rename(columns={"started_at": "first_at"}))
        self.lost += int((~kept).sum())
        own = recorded[(recorded["rule"] == rule).to_numpy(np.bool_)]
        self.recorded += int(own["within"].sum())
        self.as_recorded += int(overlapping(proposed, own).sum())
        self.beside += int(
            overlapping(proposed, recorded[(recorded["rule"] != rule).to_numpy(np.bool_)]).sum()
        )
        self._name(proposed, today)

    def _name(self, proposed: pd.DataFrame, today: pd.DataFrame) -> None:
        count, before = proposed.groupby("patient_id").size(), today.groupby("patient_id").size()
        both = pd.concat([proposed, today], ignore_index=True)
        worst, last = both.groupby("patient_id")["level"].max(), both.groupby("patient_id")["raised_at"].max()
        new = [
            {
                "patient": int(patient),
                "alerts": int(count.get(patient, 0)),
                "today": int(before.get(patient, 0)),
                "severity": SEVERITY_NAMES[int(worst[patient])],
                "last": last[patient].isoformat(),
            }
            for patient in worst.index.tolist()
        ]
        named = nlargest(SHOWN, [*self.named, *new], key=_most)
        self.more += len(self.named) + len(new) - len(named)
        self.named = named


def _most(row: dict[str, Any]) -> tuple[int, int, int]:
    return max(row["alerts"], row["today"]), SEVERITIES[row["severity"]], -row["patient"]


def _side(told: dict[str, Any]) -> Side:
    by_day = Counter({int(day): count for day, count in told["by_day"].items()})
    return Side(**{**told, "by_severity": Counter(told["by_severity"]), "by_day": by_day})


def overlapping(alerts: pd.DataFrame, others: pd.DataFrame) -> Bools:
    """Which alerts are over some of the same time as any of the others, of the same patient.

    alerts: patient_id, started_at, last_at      others: patient_id, first_at, last_at
    """
    found = np.zeros(len(alerts), dtype=bool)
    if len(alerts) and len(others):
        left = pd.DataFrame(
            {
                "place": np.arange(len(alerts)),
                "patient_id": alerts["patient_id"].to_numpy(np.int64),
                "begins": micros(alerts["started_at"]),
                "ends": micros(alerts["last_at"]),
            }
        )
        right = pd.DataFrame(
            {
                "patient_id": others["patient_id"].to_numpy(np.int64),
                "first": micros(others["first_at"]),
                "last": micros(others["last_at"]),
            }
        )
        pairs = left.merge(right, on="patient_id")
        meet = (pairs["begins"] <= pairs["last"]) & (pairs["first"] <= pairs["ends"])
        found[pairs["place"][meet].to_numpy(np.int64)] = True
    return found


def watched(enrolled: pd.DataFrame, pathway: str | None, since: int, until: int) -> tuple[Ints, Ints]:
    """Patients under watch in a stretch, and for how long each: from their first day on the pathway (None: on any) on."""
    own = enrolled if pathway is None else enrolled[(enrolled["pathway"] == pathway).to_numpy(np.bool_)]
    begins = np.maximum(micros(own["enrolled_at"]), since)
    ended = micros(own["ended_at"])
    ends = np.where(own["ended_at"].isna().to_numpy(np.bool_), until, np.minimum(ended, until))
    frame = pd.DataFrame({"patient": own["patient_id"].to_numpy(np.int64), "begins": begins, "ends": ends})
    span = frame[frame["ends"] > frame["begins"]].groupby("patient").agg({"begins": "min", "ends": "max"})
    return span.index.to_numpy(np.int64), (span["ends"] - span["begins"]).to_numpy(np.int64)
