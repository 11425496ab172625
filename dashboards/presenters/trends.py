"""The cohort as a coordinator sees it: who drifts, who stopped sending, how much of what is due comes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from markupsafe import Markup

from dashboards import charts
from dashboards.presenters import words
from dashboards.presenters.people import PatientWords
from dashboards.presenters.views import Adherence, Choice, DriftSeen, Frame, SilentSeen, TrendsSeen

SPARK_DAYS = 35  # the last 7 days and the 28 they are compared with


@dataclass(frozen=True)
class DriftLine:
    """A patient whose readings moved away from their usual."""

    patient: PatientWords
    kind: str
    change: str
    recent: str
    before: str
    score: str
    spark: Markup


@dataclass(frozen=True)
class SilentLine:
    """A patient who stopped sending."""

    patient: PatientWords
    last: Markup
    silent_for: str
    missed: int
    expected: str
    alert_href: str


@dataclass(frozen=True)
class AdherenceLine:
    """Received of expected, of a pathway or a team."""

    label: str
    patients: str
    numbers: str
    share: str
    meter: Markup


@dataclass(frozen=True)
class TrendsPage:
    """The coordinator's page."""

    team: str
    pathway: str
    teams: tuple[Choice, ...]
    pathways: tuple[Choice, ...]
    drifting: tuple[DriftLine, ...]
    silent: tuple[SilentLine, ...]
    by_pathway: tuple[AdherenceLine, ...]
    by_team: tuple[AdherenceLine, ...]
    by_day: Markup
    by_day_narrow: Markup
    days: tuple[tuple[str, int, int], ...]
    overall: str
    csv_href: str


def present(seen: TrendsSeen, frame: Frame) -> TrendsPage:
    """Trends for this viewer now."""
    query = urlencode({k: v for k, v in (("team", seen.team), ("pathway", seen.pathway)) if v})
    return TrendsPage(
        team=seen.team,
        pathway=seen.pathway,
        teams=(Choice("", "All my teams"), *seen.teams),
        pathways=(Choice("", "All pathways"), *seen.pathways),
        drifting=tuple(drift(one, frame.at, place) for place, one in enumerate(seen.drifting)),
        silent=tuple(silent(one, frame.at) for one in sorted(seen.silent, key=longest_silent)),
        by_pathway=tuple(adherence(one, f"pathway-{n}") for n, one in enumerate(seen.by_pathway)),
        by_team=tuple(adherence(one, f"team-{n}") for n, one in enumerate(seen.by_team)),
        by_day=by_day(seen, "by-day", charts.BARS_WIDE),
        by_day_narrow=by_day(seen, "by-day-narrow", charts.BARS_NARROW),
        days=tuple((words.full_date(day), got, due) for day, got, due in seen.received_by_day),
        overall=overall(seen),
        csv_href=f"/trends.csv?{query}" if query else "/trends.csv",
    )


def drift(one: DriftSeen, now: datetime, place: int) -> DriftLine:
    """One drifting kind of one patient."""
    decimals = one.kind.decimals
    change = round(one.recent_mean, decimals) - round(one.before_mean, decimals)
    sign = "+" if change > 0 else "−"
    spark = Markup("")
    if one.spark and one.spark.points:
        spark = charts.sparkline(one.spark, charts.Window.last(SPARK_DAYS, now), name=f"drift-{place}")
    return DriftLine(
        patient=PatientWords.of(one.patient, now),
        kind=one.kind.title,
        change=f"{sign}{words.reading(one.kind, abs(change))}",
        recent=f"{words.reading(one.kind, one.recent_mean)} ({words.count(one.recent_count, 'reading')})",
        before=f"{words.reading(one.kind, one.before_mean)} ({words.count(one.before_count, 'reading')})",
        score=f"{abs(one.score):.1f} times",
        spark=spark,
    )


def silent(one: SilentSeen, now: datetime) -> SilentLine:
    """One patient who stopped sending."""
    last, silent_for = Markup("never"), "never sent"
    if one.last_reading_at:
        last = words.stamp(one.last_reading_at, words.near(one.last_reading_at, now))
        silent_for = words.since(one.last_reading_at, now)
    return SilentLine(
        patient=PatientWords.of(one.patient, now),
        last=last,
        silent_for=silent_for,
        missed=one.missed,
        expected=one.expected,
        alert_href=f"/alerts/{one.alert_id}" if one.alert_id else "",
    )


def longest_silent(one: SilentSeen) -> tuple[bool, float]:
    """Who never sent comes first, then who has been silent longest."""
    last = one.last_reading_at
    return (last is not None, last.timestamp() if last else 0.0)


def adherence(one: Adherence, name: str) -> AdherenceLine:
    """Received of expected as numbers, a share and a bar."""
    return AdherenceLine(
        label=one.label,
        patients=words.count(one.patients, "patient"),
        numbers=f"{one.received:,} of {one.expected:,}",
        share=share(one.received, one.expected),
        meter=charts.meter(one.received, one.expected, name=name),
    )


def share(received: int, expected: int) -> str:
    """84%; a dash where nothing was expected. Never rounded up to 100."""
    if not expected:
        return "–"
    return f"{min(int(received / expected * 100 + 1e-9), 100)}%"


def overall(seen: TrendsSeen) -> str:
    """Of 2,240 readings expected in the last 28 days, 1,882 came: 84%."""
    received = sum(got for _, got, _ in seen.received_by_day)
    expected = sum(due for _, _, due in seen.received_by_day)
    if not expected:
        return "No readings were expected."
    days = words.count(len(seen.received_by_day), "day")
    came = f"{received:,} came: {share(received, expected)}"
    return f"Of {expected:,} readings expected in the last {days}, {came}."


def by_day(seen: TrendsSeen, name: str, size: charts.Size) -> Markup:
    """Columns of what came each day."""
    items = [charts.Bar(f"{day.day} {day:%b}", got, due) for day, got, due in seen.received_by_day]
    if not items:
        return Markup("")
    span = seen.received_by_day[-1][0] - seen.received_by_day[0][0] + timedelta(days=1)
    title = f"Readings received and expected, last {span.days} days"
    return charts.bars(items, name=name, title=title, size=size)
