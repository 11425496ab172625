"""`make bench`: measures, prints the table, writes it as JSON; exit 1 where a target is missed."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import psutil

from benchmarks import backtests, checks, stage, uploads

ROOT = Path(__file__).parent.parent
HEAD = """# Performance

Measured by `make bench` on {when}: {cores} cores, {memory:.0f} GB, {system}, PostgreSQL 18 (embedded), fsync and
synchronous_commit on, client and server on the same machine. Absolute figures drift from run to run and from machine to
machine; the ratios are to the floor of the same run. *Floor* is the least that the work can cost here: COPY and
INSERT … ON CONFLICT into a table of the same shape; a FastAPI route that validates and stores nothing; an ordered Arrow
fetch of the same rows; the same check among a tenth of the patients.

"""


def main() -> None:
    """Measure what was asked for, or everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=["bulk", "single", "check", "seen", "backtest"], action="append")
    parser.add_argument("--patients", type=int, default=20_000)
    parser.add_argument("--write", action="store_true", help="also write docs/performance.md")
    asked = parser.parse_args()
    figures: list[uploads.Figure] = []
    with tempfile.TemporaryDirectory(prefix="bench", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with stage.database(Path(folder) / "data"):
            if not asked.only or "bulk" in asked.only:
                figures += uploads.bulk()
            if not asked.only or "single" in asked.only:
                figures += uploads.single()
            if not asked.only or "seen" in asked.only:
                figures += checks.seen()
            if not asked.only or "check" in asked.only:
                figures += checks.whole(asked.patients)
                figures += checks.few(asked.patients)
            if not asked.only or "backtest" in asked.only:
                figures += backtests.over_everybody(asked.patients)
    table = _table(figures)
    print(table)
    (ROOT / "benchmarks" / "last.json").write_text(json.dumps([one._asdict() for one in figures], indent=2))
    if asked.write:
        told = HEAD.format(
            when=f"{datetime.now(UTC):%d %B %Y}",
            cores=os.cpu_count(),
            memory=psutil.virtual_memory().total / 2**30,
            system=platform.system(),
        )
        notes = ROOT / "docs" / "performance-notes.md"
        (ROOT / "docs" / "performance.md").write_text(
            told + table + (f"\n{notes.read_text()}" if notes.exists() else "")
        )
    sys.exit(0 if all(one.met for one in figures) else 1)


def _table(figures: list[uploads.Figure]) -> str:
    rows = ["| Work | Floor | Ours | Ratio | Target | |", "|---|---|---|---|---|---|"]
    for one in figures:
        floor = "" if one.floor is None else f"{one.floor:,.4g} {one.unit}"
        ratio = "" if one.floor is None else f"{one.ratio:.2f}"
        rows.append(
            f"| {one.work} | {floor} | {one.ours:,.4g} {one.unit} | {ratio} | {one.target} | {'met' if one.met else '**missed**'} |"
        )
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    main()
