"""`make bench-alerts`: judges a made-up cohort, prints the table, writes it as JSON; exit 1 where a target is missed."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import pandas as pd

from benchmarks.alert_quality import fixed_limits, frontier, our_packs, plain_cusum
from benchmarks.alert_quality.cohort import Cohort, make, sizes
from benchmarks.alert_quality.figures import FALSE, Figures, Target, figures, hard_enough, targets
from benchmarks.alert_quality.pathways import PATHWAYS
from benchmarks.alert_quality.scoring import CHAIN, CHAINS, Counted, count, together
from benchmarks.alert_quality.table import as_json, markdown

ROOT = Path(__file__).parent.parent.parent
LAST = Path(__file__).parent / "last.json"
DOCUMENT = ROOT / "docs" / "alert-quality.md"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
CURVE = "<!-- frontier: begin -->", "<!-- frontier: end -->"
JUDGES: dict[str, Callable[[Cohort], pd.DataFrame]] = {
    "fixed limits": fixed_limits.judge,
    "fixed limits, quiet": partial(fixed_limits.judge_quietly, false=FALSE),
    "plain CUSUM": plain_cusum.judge,
    "ours": our_packs.judge,
}
TOTAL = "all"
AT_ONCE = 2  # pathways: a few hundred MB each


def main(words: list[str] | None = None) -> None:
    """Measure, or write out a cohort."""
    asked = _arguments(words)
    if asked.export:
        _export(Path(asked.export[0]), asked.export[1], asked)
        return
    began = time.perf_counter()
    if asked.frontier:
        _frontier(asked)
        return
    if asked.rule:
        _rule(asked)
        return
    counted = _count(asked)
    rows = [figures(pathway, judge, one) for (pathway, judge), one in counted.items()]
    held, complaint = _held(rows)
    table = markdown(rows, held)
    print(table)
    about = {"patients": asked.patients, "days": asked.days, "seed": asked.seed}
    told = json.dumps(as_json(rows, held, about), indent=1, ensure_ascii=False)
    (asked.json or LAST).write_text(told + "\n", encoding="utf-8")
    if asked.write:
        _write(f"{asked.patients:,} patients, {asked.days} days, seed {asked.seed}.\n\n{table}")
    print(f"{time.perf_counter() - began:.0f} s", file=sys.stderr)
    if complaint:
        print(complaint, file=sys.stderr)
    missed = [one for one in held if one.pathway == TOTAL and one.decides and not one.met]
    sys.exit(1 if (missed or complaint) and not asked.report else 0)


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=2_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help=f"instead of {LAST.relative_to(ROOT)}")
    parser.add_argument(
        "--pathway", choices=list(PATHWAYS), action="append", help="only this one; may be repeated"
    )
    parser.add_argument(
        "--judge", choices=list(JUDGES), action="append", help="only this one; may be repeated"
    )
    parser.add_argument("--report", action="store_true", help="exit 0 also below a target")
    parser.add_argument(
        "--write", action="store_true", help=f"also write the tables of {DOCUMENT.relative_to(ROOT)}"
    )
    parser.add_argument("--frontier", action="store_true", help="bolder and calmer drift rules, side by side")
    parser.add_argument(
        "--rule", help="this rule alone, also a draft; on the pathway that its id names, or --pathway"
    )
    parser.add_argument(
        "--in-place-of", metavar="RULE", help="with --rule: all other rules too, but not this one"
    )
    parser.add_argument(
        "--export", nargs=2, metavar=("DIR", "PATHWAY"), help="write readings.csv and events.csv instead"
    )
    return parser.parse_args(words)


def _count(asked: argparse.Namespace) -> dict[tuple[str, str], Counted]:
    """Pathway and judge → what was counted; then all together. Two pathways at once, each in a process of its own."""
    judges, pathways = asked.judge or list(JUDGES), asked.pathway or list(PATHWAYS)
    one = partial(_one, asked.patients, asked.days, asked.seed, judges)
    with ProcessPoolExecutor(min(AT_ONCE, len(pathways))) as processes:
        counted = {
            (pathway, judge): each
            for pathway, found in zip(pathways, processes.map(one, pathways), strict=True)
            for judge, each in zip(judges, found, strict=True)
        }
    return counted | {
        (TOTAL, judge): together([counted[each, judge] for each in pathways]) for judge in judges
    }


def _one(patients: int, days: int, seed: int, judges: list[str], pathway: str) -> list[Counted]:
    """One pathway, judged by each."""
    cohort = make(pathway, sizes(patients)[pathway], days, seed)
    chain = CHAINS.get(pathway, CHAIN)
    return [count(JUDGES[judge](cohort), cohort.events, cohort.watched, chain) for judge in judges]


def _held(rows: list[Figures]) -> tuple[list[Target], str]:
    """The targets, and what is wrong with the cohort, if anything."""
    found = {(one.pathway, one.judge): one for one in rows}
    held: list[Target] = []
    for pathway, judge in found:
        if judge == "ours":
            quiet = found.get((pathway, "fixed limits, quiet"))
            held += targets(found[pathway, "ours"], found.get((pathway, "fixed limits")), quiet)
    plain = found.get((TOTAL, "plain CUSUM"))
    easy = plain is not None and not hard_enough(plain)
    return (
        held,
        "The plain CUSUM meets the bars: this cohort is too easy to say anything. Make it harder."
        if easy
        else "",
    )


def _export(folder: Path, pathway: str, asked: argparse.Namespace) -> None:
    if pathway not in PATHWAYS:
        sys.exit(f"{pathway} is no pathway. Take one of: {', '.join(PATHWAYS)}.")
    cohort = make(pathway, sizes(asked.patients)[pathway], asked.days, asked.seed)
    folder.mkdir(parents=True, exist_ok=True)
    times = {"date_format": "%Y-%m-%dT%H:%M:%SZ", "index": False}
    cohort.readings.to_csv(folder / "readings.csv", **times)
    cohort.events.to_csv(folder / "events.csv", **times)
    print(f"{len(cohort.readings):,} readings and {len(cohort.events):,} events in {folder}")


def _frontier(asked: argparse.Namespace) -> None:
    pathways = asked.pathway or list(PATHWAYS)
    cohorts = (make(name, sizes(asked.patients)[name], asked.days, asked.seed) for name in pathways)
    table = frontier.markdown(frontier.sweep(cohorts))
    print(table)
    if asked.write:
        _write(f"{asked.patients:,} patients, {asked.days} days, seed {asked.seed}.\n\n{table}", *CURVE)


def _rule(asked: argparse.Namespace) -> None:
    """One rule of one pathway; nothing is written."""
    (pathway,) = asked.pathway or [asked.rule.partition(".")[0]]
    cohort = make(pathway, sizes(asked.patients)[pathway], asked.days, asked.seed)
    chain = CHAINS.get(pathway, CHAIN)
    for name, yellow in ((asked.rule, False), (f"{asked.rule}, yellow too", True)):
        alerts = our_packs.alone(cohort, asked.rule, in_place_of=asked.in_place_of, yellow=yellow)
        print(markdown([figures(pathway, name, count(alerts, cohort.events, cohort.watched, chain))], []))


def _write(tables: str, begin: str = BEGIN, end: str = END) -> None:
    before, rest = DOCUMENT.read_text(encoding="utf-8").split(begin)
    after = rest.split(end)[1]
    DOCUMENT.write_text(f"{before}{begin}\n\n{tables}\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
