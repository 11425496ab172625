"""`telehealth rules backtest`: what a rule, or a change of one, would have raised over what is stored."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from sqlalchemy import text

from alerts import backtest, backtest_words, pathways, rule_lives
from alerts.backtest import Question
from alerts.rules.changed import NotUnderstoodError, changed, differences
from foundation.clock import LOCAL
from foundation.database import transaction
from foundation.errors import Refused
from ingest.times import local_day
from people.viewer import CHECKER, OWNER

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from alerts.backtest_figures import Figures
    from alerts.rules import RuleSpec

DAYS = 90
SHOWN = 20  # patients named where nobody asked for JSON
NAMES = text("SELECT id, nhs_number FROM patient WHERE id = ANY(:ids)")
TEAMS = text("SELECT id, name FROM team WHERE name = ANY(:names)")

told = Console(stderr=True, highlight=False)


def run(
    rule: str,
    *,
    numbers: Sequence[str],
    file: Path | None,
    since: datetime | None,
    until: datetime | None,
    teams: Sequence[str],
    as_json: bool,
    at: datetime,
) -> None:
    """Print what it would have raised; with a bar on a terminal. Ctrl-C stops it and changes nothing."""
    question = _question(rule, numbers, file, since, until, teams, at)
    with Progress(console=told, transient=True, disable=not sys.stderr.isatty()) as progress:
        bar = progress.add_task("Patients", total=None)
        figures = backtest.run(
            question, lambda done, of: progress.update(bar, completed=done, total=max(of, 1))
        )
    numbers_of = _numbers(figures)
    if as_json:
        print(json.dumps(_json(question, figures, numbers_of), ensure_ascii=False))
    else:
        _print(question, figures, numbers_of)


def _question(
    rule: str,
    numbers: Sequence[str],
    file: Path | None,
    since: datetime | None,
    until: datetime | None,
    teams: Sequence[str],
    at: datetime,
) -> Question:
    with transaction(CHECKER) as session:
        running = rule_lives.running(session)
    today = next((spec for spec in running.active if spec.id == rule), None)
    known = pathways.read(file).rules if file is not None else (*running.active, *running.shadow)
    given = next((spec for spec in known if spec.id == rule), None)
    if given is None:
        where = file.name if file is not None else "what runs here"
        raise Refused(
            "rule_unknown",
            f"There is no rule {rule} in {where}. There are: {', '.join(spec.id for spec in known)}.",
        )
    end = min(_midnight(until) + timedelta(days=1) if until else at, at)
    begin = _midnight(since) if since else end - timedelta(days=DAYS)
    if begin >= end:
        raise Refused("no_time", "--from must be a day before --to, and not in the future.")
    return Question(_with(given, numbers), today, begin, end, _teams(teams))


def _with(spec: RuleSpec, numbers: Sequence[str]) -> RuleSpec:
    wrong = [one for one in numbers if "=" not in one]
    if wrong:
        raise Refused("not_a_number", f"--set {wrong[0]} is not written like rise_kg=1.5.")
    try:
        return changed(spec, dict(one.split("=", 1) for one in numbers))
    except NotUnderstoodError as error:
        raise Refused("not_a_number", str(error)) from error


def _midnight(day: datetime) -> datetime:
    return day.replace(tzinfo=LOCAL)


def _teams(names: Sequence[str]) -> tuple[int, ...] | None:
    if not names:
        return None
    with transaction(OWNER) as session:
        found = {row.name: row.id for row in session.execute(TEAMS, {"names": list(names)})}
    missing = [name for name in names if name not in found]
    if missing:
        raise Refused("team_unknown", f"There is no team {missing[0]}.")
    return tuple(found.values())


def _numbers(figures: Figures) -> dict[int, str]:
    with transaction(OWNER) as session:
        rows = session.execute(NAMES, {"ids": [one["patient"] for one in figures.named]})
        return {row.id: row.nhs_number for row in rows}


def _json(question: Question, figures: Figures, numbers: dict[int, str]) -> dict[str, Any]:
    days = _days(question)
    named = [{**one, "patient": numbers.get(one["patient"])} for one in figures.named]
    figured = figures.told()
    todays = figured.pop("today")
    for side in (todays, figured["proposed"]):
        del side["by_day"]
    return {
        "sentence": backtest_words.first(question, figures),
        "rule": question.proposed.id,
        "version": question.proposed.version,
        "today": question.today and question.today.version,
        "changed": {name: [old, new] for name, old, new in differences(question.proposed, question.today)},
        "from": question.since.isoformat(),
        "to": question.until.isoformat(),
        "patient_years": round(figures.years, 3),
        "alerts_a_day": round(figures.proposed.alerts / days, 4),
        "alerts_a_patient_year": round(figures.a_year(figures.proposed), 4),
        "todays_a_patient_year": round(figures.a_year(figures.today), 4),
        **figured,
        "named": named,
        "todays": todays,
        "only_proposed": figures.only_proposed,
        "by_day": {_day(day): count for day, count in sorted(figures.proposed.by_day.items())},
    }


def _print(question: Question, figures: Figures, numbers: dict[int, str]) -> None:
    out = Console(highlight=False)
    out.print(
        f"{question.proposed.id}@{question.proposed.version}: {question.proposed.title}", soft_wrap=True
    )
    for name, old, new in differences(question.proposed, question.today):
        out.print(f"  {name}: {new or 'none'} (today {old or 'none'})", soft_wrap=True)
    out.print(f"[bold]{backtest_words.first(question, figures)}[/]", soft_wrap=True)
    table = Table("Severity", "Alerts", "A day", "A patient-year")
    for name, count, a_day, a_year in backtest_words.rates(figures, _days(question)):
        table.add_row(name, f"{count:,}", f"{a_day:.2f}", f"{a_year:.2f}")
    out.print(table)
    for name, count, means in backtest_words.overlap(question, figures):
        out.print(f"{name}: {count:,} ({means})", soft_wrap=True)
    out.print(backtest_words.recorded(question, figures), soft_wrap=True)
    table = Table("NHS number", "Alerts", "Today's", "Worst", "Last")
    for one in figures.named[:SHOWN]:
        row = (numbers.get(one["patient"], "?"), str(one["alerts"]), str(one["today"]), one["severity"])
        table.add_row(*row, f"{datetime.fromisoformat(one['last']).astimezone(LOCAL):%d %b %Y %H:%M}")
    out.print(table)
    rest = len(figures.named) - SHOWN + figures.more
    if rest > 0:
        out.print(f"… and {rest:,} more patients; --json names up to {len(figures.named):,}.")
    for sentence in (*backtest_words.aside(figures), *backtest_words.KEPT):
        out.print(sentence, soft_wrap=True)


def _days(question: Question) -> float:
    return (question.until - question.since) / timedelta(days=1)


def _day(number: int) -> str:
    return (local_day(datetime.fromtimestamp(0, tz=LOCAL)) + timedelta(days=number)).isoformat()
