"""The pages of backtests: what to try, how far it is, and what it found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from markupsafe import Markup

from dashboards.charts.small import BARS_NARROW, BARS_WIDE, Bar, bars
from dashboards.presenters import rule_words, words
from dashboards.presenters.views import Choice, Frame, Severity

STATES = {
    "waiting": "Waiting for its turn",
    "running": "Under way",
    "done": "Done",
    "cancelled": "Cancelled",
    "failed": "Did not work",
}
WEEK = 7
FEW = 0.1  # alerts, below which one digit after the point says nothing
PLAINLY = 8  # boxes that are shown at once; of more, the first few, and the rest on demand
FIRST = 5
SAID = {"true": "Yes", "false": "No"}
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
    """What a backtest found. Alerts: runs of breach, each counted by itself."""

    of: int  # patients whom the rule is about, among the viewer's
    alerts: int
    about: int  # patients with any
    today: int  # alerts that the version of today raises
    both: int  # of `alerts`, those over some of the same time as one of today's
    lost: int  # of `today`, those over no time of any of these
    recorded: int  # alerts of the rule that were really raised
    as_recorded: int  # of `alerts`, those over some of the same time as one of them
    beside: int  # … as one that another rule really raised
    rates: tuple[tuple[str, int, float, float], ...]  # severity or "all", alerts, a day, a patient-year
    aside: tuple[str, ...]
    by_day: tuple[tuple[date, int, int], ...]  # this, today's
    patients: tuple[PatientSeen, ...]
    more: int  # patients with alerts who are not among these
    compared: bool  # with another version
    runs: bool  # whether any version of the rule runs today


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
    type: str = ""  # of the rule: a key of rule_words.DOES
    unit: str = ""  # of what it looks at, where that is one kind
    kinds: tuple[str, ...] = ()
    says: str = ""


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
    does: str
    rule_href: str
    boxes: tuple[Box, ...]
    more: tuple[Box, ...]  # numbers that are seldom changed
    more_open: bool
    days: tuple[Choice, ...]
    day: str
    errors: tuple[tuple[str, str], ...]
    asked: tuple[tuple[str, str, str, str], ...]  # address, title, what of, how it stands


@dataclass(frozen=True)
class BacktestPage:
    """One backtest as a page."""

    href: str
    title: str
    version: int
    does: str
    sentence: str
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
    overlap: tuple[tuple[str, str, str], ...]
    uneven: str
    recorded: str
    patients: tuple[tuple[str, str, int, int, Severity, str, str], ...]
    more: str
    wide: Markup
    narrow: Markup


@dataclass(frozen=True)
class RuleTried:
    """The rule that is chosen. rule: `id@version`; empty: none yet."""

    rule: str = ""
    title: str = ""
    type: str = ""
    unit: str = ""
    kinds: tuple[str, ...] = ()
    says: str = ""


def present_form(
    rules: Sequence[tuple[str, str]],
    chosen: RuleTried,
    numbers: Sequence[NumberSeen],
    day: str,
    asked: Sequence[AskedSeen],
    frame: Frame,
) -> AskPage:
    """The form for the chosen rule."""
    boxes = tuple(box(one, chosen) for one in numbers)
    shown = len(boxes) if len(boxes) <= PLAINLY else FIRST
    rule = chosen.rule.split("@", maxsplit=1)[0]
    return AskPage(
        rules=tuple(Choice(value, text) for value, text in rules),
        rule=chosen.rule,
        title=chosen.title,
        does=rule_words.does(chosen.type, chosen.kinds, chosen.says),
        rule_href=f"/rules/{rule}",
        boxes=boxes[:shown],
        more=boxes[shown:],
        more_open=any(one.error for one in boxes[shown:]),
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


def box(one: NumberSeen, chosen: RuleTried) -> Box:
    """One number of the form."""
    label, unit, meaning = rule_words.word(one.name, chosen.type, chosen.unit)
    plain = bool(meaning) and one.hint in ("A whole number", "A number")  # what it is says what to type
    hint = " ".join(part for part in (meaning, "" if one.choices or plain else f"{one.hint}.") if part)
    return Box(
        id=f"n-{one.name}",
        name=f"n_{one.name}",
        label=f"{label} ({unit})" if unit and not label.lower().startswith(unit) else label,
        value=one.value,
        hint=hint,
        choices=tuple(Choice(choice, SAID.get(choice, choice.capitalize())) for choice in one.choices),
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
        version=seen.version,
        does=rule_words.does(seen.type, seen.kinds, seen.says),
        sentence="" if found is None else sentence(seen, found, days),
        rule_href=f"/rules/{seen.rule}",
        again_href=f"/backtests?rule={seen.rule}@{seen.version}",
        stretch=f"{days} days to {words.moment(seen.until)}",
        state=STATES[seen.state],
        unfinished=seen.state in ("waiting", "running"),
        progress=progress(seen),
        done=seen.done,
        of=max(seen.patients or 1, 1),
        problem=seen.problem,
        changes=tuple(change(seen, *one) for one in seen.changes),
        kept=seen.kept,
        found=found,
        rates=() if found is None else tuple(rate(*row) for row in found.rates),
        overlap=() if found is None or not found.compared else overlap(found),
        uneven="" if found is None else uneven(found),
        recorded="" if found is None else recorded(found),
        patients=() if found is None else tuple(patient(one) for one in found.patients),
        more="" if found is None or not found.more else f"And {words.count(found.more, 'more patient')}.",
        wide=Markup("") if found is None else chart(found, "backtest-days", wide=True),
        narrow=Markup("") if found is None else chart(found, "backtest-days-narrow", wide=False),
    )


def change(seen: BacktestSeen, name: str, old: str, new: str) -> tuple[str, str, str]:
    """One number that differs, in words: what it is, today, tried."""
    label, unit, _ = rule_words.word(name, seen.type, seen.unit)
    today, tried = (rule_words.valued(SAID.get(said, said or "none"), unit) for said in (old, new))
    return label, today, tried


def sentence(seen: BacktestSeen, found: FoundSeen, days: int) -> str:
    """What it would have meant, for whoever reads nothing else."""
    stretch = f"Over the {days} days to {words.born(words.local(seen.until).date())}"
    if not found.of:
        return f"{stretch} this rule was about none of your patients, so it would have raised nothing."
    tried = "this change" if found.compared else "the rule as it runs today" if found.runs else "this rule"
    told = f"{stretch} {tried} would have raised {words.count(found.alerts, 'alert')}"
    if found.about:
        told += f" about {found.about:,} of your {words.count(found.of, 'patient')}"
    if not found.compared:
        return f"{told}." if found.runs else f"{told}. No version of it runs today."
    return f"{told}, {against(found)}. {lost_and_new(found)}"


def against(found: FoundSeen) -> str:
    """3 more than today's rule."""
    more = found.alerts - found.today
    if not more:
        return "as many as today's rule"
    return f"{abs(more):,} {'more' if more > 0 else 'fewer'} than today's rule"


def lost_and_new(found: FoundSeen) -> str:
    """What the team would have missed, and what would be new to it."""
    new = found.alerts - found.both
    if not found.lost and not new:
        return "No alert would have been lost, and none would be new."
    lost = words.count(found.lost, "alert") if found.lost else "No alert"
    return f"{lost} of today's rule would not have been raised, and {new or 'none'} would be new."


def overlap(found: FoundSeen) -> tuple[tuple[str, str, str], ...]:
    """What the two versions have in common: what, how many, what that means."""
    return (
        ("Kept", f"{found.both:,}", "Today's rule raises an alert at that time too."),
        ("New", f"{found.alerts - found.both:,}", "Only the change raises these: more calls to make."),
        ("Lost", f"{found.lost:,}", "Only today's rule raises these: this rule would have told nobody."),
    )


def uneven(found: FoundSeen) -> str:
    """Why new less lost is not what there is more."""
    if not found.compared or found.alerts - found.both - found.lost == found.alerts - found.today:
        return ""
    return (
        "New and lost alerts do not add up to the difference: what is one long alert by one version can be two shorter "
        "ones by the other."
    )


def recorded(found: FoundSeen) -> str:
    """How it compares with what the team really saw."""
    if not found.recorded and not found.beside:
        return "In that time this rule really raised nothing, and no other rule did at the times of these."
    told = f"In that time this rule really raised {words.count(found.recorded, 'alert')}"
    if not found.alerts:
        return f"{told}."
    return (
        f"{told}. Of the {words.count(found.alerts, 'alert')} here {found.as_recorded:,} would have come at the time of "
        f"one of those, and {found.beside:,} at the time of an alert of another rule about the same patient."
    )


def progress(seen: BacktestSeen) -> str:
    """How far it is."""
    if seen.state == "waiting":
        return "It waits for its turn: one is made at a time, so that uploads and checks are not slowed."
    if seen.patients is None:
        return "It has just begun."
    share = f" ({int(seen.done / seen.patients * 100)}%)" if seen.patients else ""
    return f"{seen.done:,} of {words.count(seen.patients, 'patient')} done{share}."


def rate(name: str, count: int, a_day: float, a_year: float) -> tuple[Severity | None, str, str, str, str]:
    """One row of the table by severity; none: all of them."""
    severity: Severity | None = None
    if name in words.SEVERITY_NAMES:
        severity = name
    word = "All" if severity is None else words.SEVERITY_NAMES[severity]
    return severity, word, f"{count:,}", _few(a_day * WEEK), _few(a_year)


def _few(value: float) -> str:
    return f"{value:.2f}" if 0 < value < FEW else f"{value:,.1f}"


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
    items = [
        Bar(f"{day.day} {day:%b}", new, today if found.compared and today > new else 0)
        for day, new, today in rows
    ]
    return bars(
        items,
        name=name,
        title="Alerts by day" if wide else "Alerts by week",
        size=BARS_WIDE if wide else BARS_NARROW,
        said=f"{words.count(sum(item.value for item in items), 'alert')}; "
        + ("outlined: today's rule." if found.compared else "the rule that is tried."),
    )
