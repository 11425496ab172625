"""`telehealth rules run`: a pathway's rules over a CSV of readings, without a database."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from rich.console import Console

from alerts import offline
from foundation.errors import Refused
from ingest import times, units
from ingest.catalogue import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from alerts.pathways import Packs

NEEDED = ("patient", "kind", "value", "unit", "measured_at")
SHOWN = 20  # lines left out that are named one by one
ANSWERS = {"true": "yes", "false": "no", "y": "yes", "n": "no"}

told = Console(stderr=True, highlight=False)


def run(
    file: Path,
    pathway: str,
    as_of: datetime,
    packs: Packs,
    *,
    replay_daily: bool,
    schedule: bool,
    as_json: bool,
) -> bool:
    """Print what the rules find; False where a rule failed on somebody's readings."""
    readings, left_out = read(file)
    found = offline.judged(
        pathway, readings, as_of, replay_daily=replay_daily, schedule=schedule, packs=packs
    )
    for line in _lines(found.alerts, as_json=as_json):
        print(line)
    _report(readings, left_out)
    for row in found.failures.itertuples():
        told.print(
            f"[red]{row.rule} could not be evaluated for patient {row.patient} ({row.error}).[/]",
            soft_wrap=True,
        )
    return found.failures.empty


def read(file: Path) -> tuple[pd.DataFrame, dict[int, str]]:
    """The readings of a CSV as `offline.judged` takes them, and line number → why it was left out.

    Columns patient, kind, value, unit, measured_at and, if it is there, received_at; others are ignored. Where
    received_at is empty, a reading came when it was measured. Times without a zone are Europe/London.
    Raises Refused where the file has not these columns.
    """
    try:
        table = pd.read_csv(
            file, dtype=str, keep_default_na=False, encoding="utf-8-sig", skipinitialspace=True,
            usecols=lambda name: name in (*NEEDED, "received_at"),
        )  # fmt: skip
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise Refused(
            "not_csv", f"{file.name} cannot be read as CSV in UTF-8 ({type(error).__name__})."
        ) from None
    missing = [name for name in NEEDED if name not in table]
    if missing:
        raise Refused(
            "columns_missing",
            f"{file.name} has no column {', '.join(missing)}. Its first line names the columns.",
        )
    left_out: dict[int, str] = {}
    readings = pd.DataFrame({"patient": table["patient"].str.strip(), "kind": table["kind"].str.strip()})
    readings["value"] = _values(table["value"], readings["kind"])
    readings["unit"] = table["unit"].where(~readings["kind"].isin(_ASKED), "").to_numpy()
    readings["measured_at"] = _moments(table["measured_at"])
    arrived = table["received_at"] if "received_at" in table else pd.Series("", index=table.index)
    empty = arrived.str.strip() == ""
    readings["received_at"] = _moments(arrived.where(~empty, table["measured_at"]))
    for wrong, why in _troubles(readings):
        for place in np.flatnonzero(wrong):
            left_out.setdefault(int(place) + 2, why.format_map({"received_at": "", **table.iloc[place]}))
    keep = np.ones(len(readings), dtype=bool)
    keep[[line - 2 for line in left_out]] = False
    return readings[keep], left_out


_ASKED = {name for name, kind in KINDS.items() if kind.answers is not None}


def _values(given: pd.Series[str], kinds: pd.Series[str]) -> np.ndarray:
    """Numbers; of a question the place of its answer, which may be written out."""
    found = pd.to_numeric(given, errors="coerce").to_numpy(np.float64, copy=True)
    found[~np.isfinite(found)] = np.nan
    for name in _ASKED:
        places = {answer.casefold(): place for place, answer in enumerate(KINDS[name].answers or ())}
        rows = np.flatnonzero((kinds == name).to_numpy() & np.isnan(found))
        if len(rows):
            texts = given.iloc[rows].str.strip().str.casefold().str.replace(" ", "_")
            found[rows] = texts.replace(ANSWERS).map(places).to_numpy(np.float64)
    return found


def _moments(given: pd.Series[str]) -> pd.Series[pd.Timestamp]:
    """UTC; NaT where it is no time."""
    zoned = given.str.contains(r"(?:Z|[+-]\d\d:?\d\d)\s*$", regex=True)
    found = pd.to_datetime(given.where(zoned), utc=True, errors="coerce", format="ISO8601").astype(
        "datetime64[us, UTC]"
    )
    for place in np.flatnonzero((~zoned).to_numpy()):
        try:
            found.iloc[int(place)] = pd.Timestamp(times.resolve(given.iloc[place].strip()).at)
        except Refused:
            continue
    return found


def _troubles(readings: pd.DataFrame) -> Iterator[tuple[np.ndarray, str]]:
    """Which rows cannot be used, and why, with the fields of their line in braces."""
    yield (readings["patient"] == "").to_numpy(), "no patient"
    unknown = (
        "kind {kind} is not in the catalogue; a blood pressure is two lines here, systolic and diastolic"
    )
    yield (~readings["kind"].isin(KINDS)).to_numpy(), unknown
    yield readings["value"].isna().to_numpy(), "value {value} is no number, and no answer of {kind}"
    for name, unit in sorted(set(zip(readings["kind"], readings["unit"], strict=True))):
        try:
            units.conversion(KINDS[name], unit)
        except KeyError:
            continue
        except Refused as refused:
            given = ((readings["kind"] == name) & (readings["unit"] == unit)).to_numpy()
            yield given, f"unit {unit or '(none)'}: {refused.sentence}".replace("{", "{{").replace("}", "}}")
    for when in ("measured_at", "received_at"):
        yield (
            readings[when].isna().to_numpy(),
            f"{when} {{{when}}} is no time; write it like 2026-11-20T08:02:00+00:00",
        )


def _lines(alerts: pd.DataFrame, *, as_json: bool) -> Iterator[str]:
    rows: Iterator[Any] = alerts.itertuples()
    for row in rows:
        settled = None if pd.isna(row.settled_at) else row.settled_at.isoformat()
        if not as_json:
            yield f"{row.raised_at:%Y-%m-%d %H:%M}  {row.patient}  {row.severity:6}  {row.sentence}"
            continue
        yield json.dumps(
            {
                "patient": row.patient, "rule": row.rule, "version": int(row.version), "severity": row.severity,
                "raised_at": row.raised_at.isoformat(), "settled_at": settled, "sentence": row.sentence,
                "evidence": [
                    {"kind": kind, "measured_at": at.isoformat(), "value": float(value)} for kind, at, value in row.evidence
                ],
                "withdrawn": bool(row.withdrawn),
            },
            ensure_ascii=False,
        )  # fmt: skip


def _report(readings: pd.DataFrame, left_out: dict[int, str]) -> None:
    told.print(
        f"{len(readings):,} readings of {readings['patient'].nunique():,} patients; {len(left_out):,} lines left out."
    )
    for line in sorted(left_out)[:SHOWN]:
        told.print(f"[yellow]line {line}: {left_out[line]}[/]", soft_wrap=True)
    if len(left_out) > SHOWN:
        reasons = Counter(left_out.values()).most_common(3)
        told.print(
            f"… and {len(left_out) - SHOWN:,} more; most often: {'; '.join(why for why, _ in reasons)}",
            soft_wrap=True,
        )
