"""Backtests, as pages are told of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from alerts import backtest_jobs, backtest_words
from alerts.rules.changed import Number, differences, numbers
from dashboards.presenters import rule_words
from dashboards.presenters.backtests import (
    AskedSeen,
    BacktestSeen,
    FoundSeen,
    NumberSeen,
    PatientSeen,
    RuleTried,
)
from dashboards.presenters.views import Severity
from ingest.catalogue import KINDS
from ingest.times import local_day

if TYPE_CHECKING:
    from alerts.backtest import Question
    from alerts.backtest_figures import Figures
    from alerts.rules import RuleSpec

EPOCH = date(1970, 1, 1)


def numbers_seen(
    spec: RuleSpec, typed: Mapping[str, str] | None = None, wrong: tuple[str, str] | None = None
) -> list[NumberSeen]:
    """The numbers of a rule for a form, as they are or as somebody typed them; `wrong`: which of them, and why."""
    return [_number(one, spec.type, typed or {}, wrong) for one in numbers(spec)]


def _number(one: Number, type_: str, typed: Mapping[str, str], wrong: tuple[str, str] | None) -> NumberSeen:
    label = rule_words.word(one.name, type_).label
    error = wrong[1].replace(one.name, f"“{label}”") if wrong and wrong[0] == one.name else ""
    hint = one.hint[:1].upper() + one.hint[1:]
    return NumberSeen(one.name, typed.get(one.name, one.value), hint, one.choices, error)


def asked_seen(rows: Iterable[Any]) -> list[AskedSeen]:
    """A person's backtests."""
    return [
        AskedSeen(
            str(row.id),
            row.body["title"],
            row.body["version"],
            row.asked_at,
            round((row.until - row.since) / timedelta(days=1)),
            row.state,
        )
        for row in rows
    ]


def backtest_seen(row: Any, names: Mapping[int, Any], running: Sequence[RuleSpec]) -> BacktestSeen:
    """One backtest. names: the patients whom the viewer sees, by id; running: the rules that run now."""
    if row.result is None:
        today = next((spec for spec in running if spec.id == row.rule), None)
        question = backtest_jobs.question_of(row, None if today is None else today.body())
        found = None
    else:
        question, figures = backtest_jobs.found(row)
        found = _found(question, figures, names)
    return BacktestSeen(
        id=str(row.id),
        rule=row.rule,
        title=row.body["title"],
        version=row.body["version"],
        state=row.state,
        since=row.since,
        until=row.until,
        asked_at=row.asked_at,
        done=row.done,
        patients=row.patients,
        changes=tuple((name, old, new) for name, old, new in differences(question.proposed, question.today)),
        kept=backtest_words.KEPT,
        problem=row.problem or "",
        found=found,
        **about(question.proposed),
    )


def tried(name: str, spec: RuleSpec) -> RuleTried:
    """A rule for the form. name: `id@version`."""
    return RuleTried(rule=name, title=spec.title, **about(spec))


def about(spec: RuleSpec) -> dict[str, Any]:
    """What a rule's numbers are told with: its type, what it looks at, and the unit of that."""
    kinds = [KINDS[name] for name in spec.kinds]
    return {
        "type": spec.type,
        "kinds": tuple(kind.label for kind in kinds),
        "unit": kinds[0].unit_label if len(kinds) == 1 else "",
        "says": str(getattr(spec.params, "says", "")),
    }


def _found(question: Question, figures: Figures, names: Mapping[int, Any]) -> FoundSeen:
    first, last = local_day(question.since), local_day(question.until)
    by_day = []
    for nth in range((last - first).days + 1):
        day = first + timedelta(days=nth)
        number = (day - EPOCH).days
        by_day.append((day, figures.proposed.by_day[number], figures.today.by_day[number]))
    patients = tuple(
        PatientSeen(
            one["patient"],
            names[one["patient"]].name,
            one["alerts"],
            one["today"],
            cast("Severity", one["severity"]),
            datetime.fromisoformat(one["last"]),
        )
        for one in figures.named
        if one["patient"] in names
    )
    return FoundSeen(
        of=figures.patients,
        alerts=figures.proposed.alerts,
        about=figures.proposed.patients,
        today=figures.today.alerts,
        both=figures.both,
        lost=figures.lost,
        recorded=figures.recorded,
        as_recorded=figures.as_recorded,
        beside=figures.beside,
        rates=tuple(backtest_words.rates(figures, (question.until - question.since) / timedelta(days=1))),
        aside=tuple(backtest_words.aside(figures)),
        by_day=tuple(by_day),
        patients=patients,
        more=figures.more + len(figures.named) - len(patients),
        compared=question.today is not None and not question.same,
        runs=question.today is not None,
    )
