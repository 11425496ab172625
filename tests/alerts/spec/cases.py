"""Rules told as small tables: what was sent, and which episodes come of it. Tests, and the source of docs/rules.md.

A line of what was sent: days, month, times by the clock on the wall, then kinds with their values.

    20 Nov 08:02            oxygen_saturation 86
    1-14 Nov 08:00 20:00    systolic 130, diastolic 80
    21 Nov 09:00            body_temperature 39.9 waits      (for a person to decide)
    1-9 Nov 00:00-23:45/15  interstitial_glucose 7.0         (every 15 minutes)
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pandas as pd

from alerts import rules
from alerts.episodes import Episode, rows
from alerts.moments import SEVERITY_NAMES
from alerts.pathways import Packs, load
from ingest.catalogue import KINDS

LONDON = ZoneInfo("Europe/London")
PATIENT = 1
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
LINE = re.compile(r"(\d+)(?:-(\d+))? (\w{3})((?: \d\d:\d\d(?:-\d\d:\d\d/\d+)?)+)\s+(.+)")


@dataclass(frozen=True)
class Case:
    """One rule of a pack, somebody on its pathway, what they sent and what comes of it."""

    says: str
    rule: str
    sent: str
    then: str
    on: tuple[str, ...] = ()  # the pathways whose bounds hold; the rule's own unless told
    year: int = 2026
    enrolled: str = "1 Jan 00:00"
    paused: str = ""  # `3 Nov 00:00 to 5 Nov 00:00`
    traits: str = ""  # `dry_weight 78.0, frail 1`
    at: str = "31 Dec 23:00"

    def episodes(self, packs: Packs) -> list[Episode]:
        """What the rule finds."""
        spec = packs.rule(self.rule)
        pathways = self.on or (spec.pathway,)
        found = rules.run(
            [spec],
            self.history(),
            packs.bounds_frame(pathways, [PATIENT]),
            _moments([(PATIENT, p, self._moment(self.enrolled), None) for p in pathways], ENROLLED),
            _moments(
                [(PATIENT, *map(self._moment, self.paused.split(" to ")))] if self.paused else [], PAUSED
            ),
            since=datetime(self.year - 1, 12, 1, tzinfo=UTC),
            at=self._moment(self.at),
            traits=self._traits(),
        )
        assert found.failures.empty
        return list(rows(found.episodes[self.rule]))

    def history(self) -> dict[int, pd.DataFrame]:
        """What was sent, as the rules take it."""
        sent: dict[int, list[tuple[int, datetime, float, bool]]] = {}
        for line in filter(None, map(str.strip, self.sent.splitlines())):
            match = LINE.fullmatch(line)
            assert match, f"{line!r} is no line of what was sent"
            first, last, month, times, values = match.groups()
            for day in range(int(first), int(last or first) + 1):
                for time in (one for written in times.split() for one in _every(written)):
                    at = self._moment(f"{day} {month} {time}")
                    for value in values.split(", "):
                        kind, number, *waits = value.split()
                        row = (PATIENT, at, float(number), waits != ["waits"])
                        sent.setdefault(KINDS[kind].id, []).append(row)
        columns = ["patient_id", "measured_at", "value", "confirmed"]
        return {kind: _moments(sorted(told), columns) for kind, told in sent.items()}

    def told(self, packs: Packs) -> str:
        """The episodes as the table writes them."""
        spec = packs.rule(self.rule)
        lines = []
        for episode in self.episodes(packs):
            until = f"settled {_short(episode.settled_at)}" if episode.settled_at else "goes on"
            span = f"{SEVERITY_NAMES[episode.level]} from {_short(episode.started_at)}, {until}"
            lines.append(f"{span}: {rules.sentence(spec, episode)}")
        return "\n".join(lines) or "nothing"

    def expected(self) -> str:
        """`then`, a line an episode: a line that is indented further goes on with the one before."""
        lines = textwrap.dedent(self.then).strip().splitlines()
        return "".join(f" {line.strip()}" if line.startswith(" ") else f"\n{line}" for line in lines).strip()

    def _traits(self) -> pd.DataFrame:
        told = [trait.split() for trait in self.traits.split(", ") if trait]
        rows = [(PATIENT, name, float(value)) for name, value in told]
        return pd.DataFrame(rows, columns=["patient_id", "name", "value"])

    def _moment(self, text: str) -> datetime:
        day, month, time = text.split()
        hour, minute = map(int, time.split(":"))
        return datetime(self.year, MONTHS.index(month) + 1, int(day), hour, minute, tzinfo=LONDON).astimezone(
            UTC
        )


def _every(written: str) -> list[str]:
    """`08:00`, or the times that `08:00-09:00/15` stands for."""
    if "-" not in written:
        return [written]
    first, last, step = re.split("[-/]", written)
    start, end = (60 * int(time[:2]) + int(time[3:]) for time in (first, last))
    return [f"{minute // 60:02}:{minute % 60:02}" for minute in range(start, end + 1, int(step))]


ENROLLED = ["patient_id", "pathway", "enrolled_at", "ended_at"]
PAUSED = ["patient_id", "starts_at", "ends_at"]


def _moments(told: list[tuple[object, ...]], columns: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame(told, columns=columns)
    types = {name: "datetime64[us, UTC]" for name in columns if name.endswith("_at")}
    return frame.astype(types | {"patient_id": "int64"})


def _short(moment: datetime) -> str:
    local = moment.astimezone(LONDON)
    return f"{local.day} {local:%b %H:%M}"


PACKS = load()
