"""The pages of backtests: what to try, how far it is, and what it found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from markupsafe import Markup

from dashboards.charts.small import BARS_NARROW, BARS_WIDE, Bar, bars
from dashboards.presenters import words
from dashboards.presenters.views import Choice, Frame, Severity

STATES = {
    "waiting": "Waiting for its turn",
    "running": "Under way",
    "done": "Done",
    "cancelled": "Cancelled",
    "failed": "Did not work",
}
WEEK = 7
DAYS = ("30", "90")


@dataclass(frozen=True)
class NumberSeen:
    """One number of a rule, as a box of the form. `value`: as typed."""

    name: str
    value: str
    hint: str
    choices: tuple[str, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class AskedSeen:
    """One backtest in the list of who asked."""

    id: str
    title: str
    version: int
    asked_at: datetime
    days: int
    state: str


@dataclass(frozen=True)
class PatientSeen:
    """One patient with alerts, whom the viewer may see."""

    id: int
    name: str
    alerts: int
    today: int
    severity: Severity
    last: datetime


@dataclass(frozen=True)
class FoundSeen:
    """What a backtest found; sentences as they are told everywhere."""

    sentence: str
    rates: tuple[tuple[str, int, float, float], ...]  # severity or "all", alerts, a day, a patient-year
    overlap: tuple[tuple[str, int, str], ...]
    recorded: str
    aside: tuple[str, ...]
    by_day: tuple[tuple[date, int, int], ...]  # this, today's
    patients: tuple[PatientSeen, ...]
    more: int  # patients with alerts who are not among these
    compared: bool  # with another version


@dataclass(frozen=True)
class BacktestSeen:
    """One backtest."""

    id: str
    rule: str
    title: str
    version: int
    state: str
    since: datetime
    until: datetime
    asked_at: datetime
    done: int
    patients: int | None
    changes: tuple[tuple[str, str, str], ...]  # number, today, this
    kept: tuple[str, ...]  # what holds for every backtest
    problem: str
    found: FoundSeen | None


@dataclass(frozen=True)
class Box:
    """A number of the form, as the page shows it."""

    id: str
    name: str
    label: str
    value: str
    hint: str
    choices: tuple[Choice, ...]
    error: str


@dataclass(frozen=True)
class AskPage:
    """What to try, and what was tried before."""

    rules: tuple[Choice, ...]
    rule: str
    title: str
    rule_href: str
    boxes: tuple[Box, ...]
    days: tuple[Choice, ...]
    day: str
    errors: tuple[tuple[str, str], ...]
    asked: tuple[tuple[str, str, str, str], ...]  # address, title, what of, how it stands


@dataclass(frozen=True)
class BacktestPage:
    """One backtest as a page."""

    href: str
    title: str
    rule_href: str
    again_href: str
    stretch: str
    state: str
    unfinished: bool
    progress: str
    done: int
    of: int
    problem: str
    changes: tuple[tuple[str, str, str], ...]
    kept: tuple[str, ...]
    found: FoundSeen | None
    rates: tuple[tuple[Severity | None, str, str, str, str], ...]
    patients: tuple[tuple[str, str, int, int, Severity, str, str], ...]
    more: str
    wide: Markup
    narrow: Markup


def present_form(
    rules: Sequence[tuple[str, str]],
    chosen: str,
    title: str,
    numbers: Sequence[NumberSeen],
    day: str,
    asked: Sequence[AskedSeen],
    frame: Frame,
) -> AskPage:
    """The form for the chosen rule (`id@version`; empty: none yet)."""
    boxes = tuple(box(one) for one in numbers)
    rule = chosen.split("@", maxsplit=1)[0]
    return AskPage(
        rules=tuple(Choice(value, text) for value, text in rules),
        rule=chosen,
        title=title,
        rule_href=f"/rules/{rule}",
        boxes=boxes,
        days=tuple(Choice(one, f"{one} days") for one in DAYS),
        day=day,
        errors=tuple((one.id, one.error) for one in boxes if one.error),
        asked=tuple(
            (
                f"/backtests/{one.id}",
                f"{one.title}, version {one.version}",
                f"{one.days} days, asked {words.near(one.asked_at, frame.at)}",
                STATES[one.state],
            )
            for one in asked
        ),
    )


def box(one: NumberSeen) -> Box:
    """One number of the form."""
    label = one.name.replace("_", " ")
    return Box(
        id=f"n-{one.name}",
        name=f"n_{one.name}",
        label=label[:1].upper() + label[1:],
        value=one.value,
        hint=one.hint,
        choices=tuple(Choice(choice, choice) for choice in one.choices),
        error=one.error,
    )


def present(seen: BacktestSeen) -> BacktestPage:
    """One backtest, however far it is."""
    found = seen.found
    href = f"/backtests/{seen.id}"
    days = round((seen.until - seen.since) / timedelta(days=1))
    return BacktestPage(
        href=href,
        title=seen.title,
        rule_href=f"/rules/{seen.rule}",
        again_href=f"/backtests?rule={seen.rule}@{seen.version}",
        stretch=f"{days} days to {words.moment(seen.until)}",
        state=STATES[seen.state],
        unfinished=seen.state in ("waiting", "running"),
        progress=progress(seen),
        done=seen.done,
        of=max(seen.patients or 1, 1),
        problem=seen.problem,
        changes=seen.changes,
        kept=seen.kept,
        found=found,
        rates=() if found is None else tuple(rate(*row) for row in found.rates),
        patients=() if found is None else tuple(patient(one) for one in found.patients),
        more="" if found is None or not found.more else f"And {words.count(found.more, 'more patient')}.",
        wide=Markup("") if found is None else chart(found, "backtest-days", wide=True),
        narrow=Markup("") if found is None else chart(found, "backtest-days-narrow", wide=False),
    )


def progress(seen: BacktestSeen) -> str:
    """How far it is."""
    if seen.state == "waiting":
        return "It waits for its turn: one is made at a time, so that uploads and checks are not slowed."
    if seen.patients is None:
        return "It has just begun."
    return f"{seen.done:,} of {words.count(seen.patients, 'patient')} done."


def rate(name: str, count: int, a_day: float, a_year: float) -> tuple[Severity | None, str, str, str, str]:
    """One row of the table by severity; none: all of them."""
    severity: Severity | None = None
    if name in words.SEVERITY_NAMES:
        severity = name
    word = "All" if severity is None else words.SEVERITY_NAMES[severity]
    return severity, word, f"{count:,}", f"{a_day:.2f}", f"{a_year:.2f}"


def patient(one: PatientSeen) -> tuple[str, str, int, int, Severity, str, str]:
    """One patient's row: address, name, alerts, today's, severity with its word, the last one."""
    word = words.SEVERITY_NAMES[one.severity]
    return f"/patients/{one.id}", one.name, one.alerts, one.today, one.severity, word, words.moment(one.last)


def chart(found: FoundSeen, name: str, *, wide: bool) -> Markup:
    """Alerts by day (narrow: by week): filled what is tried, outlined what runs today."""
    rows = list(found.by_day)
    if not wide:
        rows = [
            (part[0][0], sum(one for _, one, _ in part), sum(two for _, _, two in part))
            for part in (rows[start : start + WEEK] for start in range(0, len(rows), WEEK))
        ]
    items = [Bar(f"{day.day} {day:%b}", new, today if found.compared else 0) for day, new, today in rows]
    return bars(
        items,
        name=name,
        title="Alerts by day" if wide else "Alerts by week",
        size=BARS_WIDE if wide else BARS_NARROW,
        said=f"{words.count(sum(item.value for item in items), 'alert')}; "
        + ("outlined: today's rule." if found.compared else "the rule that is tried."),
    )
