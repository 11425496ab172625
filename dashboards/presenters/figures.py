"""A chart with what stands beside it: sentence, key, thresholds in words, and the table of its numbers."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from dashboards import charts
from dashboards.charts.bounds import in_force, target, zone_of
from dashboards.presenters import words
from dashboards.presenters.views import AlertSeen, Bounds, KindSeen, Point, Series

ZONE_NAMES = {
    "red_low": "Below red",
    "amber_low": "Below amber",
    "in_range": "In range",
    "amber_high": "Above amber",
    "red_high": "Above red",
}
PRESSURE = ("systolic", "diastolic")
Evidence = Mapping[str, Collection[datetime]]  # by kind: when the readings were taken that alerts rest on
NONE: Evidence = {}
NONE_SET = "No thresholds are set."


@dataclass(frozen=True)
class Row:
    """One time it was measured. `zone`: where the value lies, in words; empty without thresholds."""

    at: Markup
    near: Markup  # the same, shorter
    value: str
    zone: str
    out: bool
    provenance: str
    flags: str


@dataclass(frozen=True)
class Figure:
    """One chart and its words. `narrow` is the same chart for a phone."""

    id: str
    title: str
    sentence: str
    thresholds: str
    set_by: str
    wide: Markup
    narrow: Markup
    key: tuple[tuple[str, str], ...]  # which marks appear, and what they mean
    rows: tuple[Row, ...]

    @property
    def agreed(self) -> str:
        """The thresholds in words, where there are any."""
        return "" if self.thresholds == NONE_SET else self.thresholds


def figures(series: Sequence[Series], window: charts.Window, evidence: Evidence = NONE) -> Iterator[Figure]:
    """A figure for each kind, in the order given; the two numbers of blood pressure share one."""
    by_kind = {one.kind.code: one for one in series}
    for one in series:
        if one.kind.code == "systolic" and "diastolic" in by_kind:
            yield pressure(one, by_kind["diastolic"], window, evidence)
        elif one.kind.code == "diastolic" and "systolic" in by_kind:
            continue
        else:
            yield single(one, window, evidence)


def rests_on_by_kind(alerts: Iterable[AlertSeen]) -> Evidence:
    """When the readings were taken that these alerts rest on, by kind."""
    found: dict[str, set[datetime]] = {}
    for alert in alerts:
        for one in alert.evidence:
            found.setdefault(one.kind.code, set()).add(one.at)
    return found


def single(series: Series, window: charts.Window, evidence: Evidence) -> Figure:
    """The figure of one kind."""
    code = series.kind.code
    rests_on = evidence.get(code, frozenset())
    shown = [p for p in series.points if window.start <= p.at <= window.end]
    bounds = in_force(series.bounds, window.end)
    return Figure(
        id=code,
        title=series.kind.title,
        sentence=charts.sentence(series, window),
        thresholds=thresholds(series.kind, bounds),
        set_by=bounds.set_by if bounds else "",
        wide=charts.line_chart(series, window, name=f"{code}-wide", evidence=rests_on),
        narrow=charts.line_chart(
            series, window, name=f"{code}-narrow", evidence=rests_on, size=charts.NARROW
        ),
        key=tuple(key([(point, series) for point in shown], rests_on)),
        rows=tuple(row(point, series, window.end) for point in reversed(shown)),
    )


def pressure(systolic: Series, diastolic: Series, window: charts.Window, evidence: Evidence) -> Figure:
    """Blood pressure, both numbers in one figure. An alert about either rests on both."""
    rests_on = frozenset(at for code in PRESSURE for at in evidence.get(code, ()))
    tops = [p for p in systolic.points if window.start <= p.at <= window.end]
    feet = [p for p in diastolic.points if window.start <= p.at <= window.end]
    in_top, in_foot = (in_force(s.bounds, window.end) for s in (systolic, diastolic))
    said = [
        f"{which}: {thresholds(kind.kind, bounds)}"
        for which, kind, bounds in (("Top", systolic, in_top), ("Bottom", diastolic, in_foot))
        if bounds
    ]
    return Figure(
        id="blood_pressure",
        title="Blood pressure",
        sentence=charts.pressure_sentence(systolic, diastolic, window),
        thresholds=" ".join(said),
        set_by=in_top.set_by if in_top else "",
        wide=charts.pressure_chart(systolic, diastolic, window, name="pressure-wide", evidence=rests_on),
        narrow=charts.pressure_chart(
            systolic, diastolic, window, name="pressure-narrow", evidence=rests_on, size=charts.NARROW
        ),
        key=tuple(key([(p, systolic) for p in tops] + [(p, diastolic) for p in feet], rests_on)),
        rows=tuple(pressure_row(top, feet, systolic, diastolic, window.end) for top in reversed(tops)),
    )


def thresholds(kind: KindSeen, bounds: Bounds | None) -> str:
    """Amber from 150 and red from 180 mmHg up; amber from 100 and red from 90 down."""
    if bounds is None:
        return NONE_SET
    sides = []
    for which, amber, red in (
        ("up", bounds.amber_high, bounds.red_high),
        ("down", bounds.amber_low, bounds.red_low),
    ):
        said = [
            f"{name} from {words.reading(kind, value)}"
            for name, value in (("amber", amber), ("red", red))
            if value is not None
        ]
        if said:
            sides.append(f"{words.listed(said)} {which}")
    if not sides:
        return NONE_SET
    whole = "; ".join(sides)
    return f"{whole[0].upper()}{whole[1:]}."


def row(point: Point, series: Series, now: datetime) -> Row:
    """One reading as a row of the table."""
    zone = zone_of(point, series)
    return Row(
        at=words.stamp(point.at, words.moment(point.at)),
        near=words.stamp(point.at, words.near(point.at, now)),
        value=words.reading(series.kind, point.value),
        zone=ZONE_NAMES[zone] if in_force(series.bounds, point.at) else "",
        out=zone != "in_range",
        provenance=words.PROVENANCE_NAMES[point.provenance],
        flags=flags(point),
    )


def pressure_row(
    top: Point, feet: Sequence[Point], systolic: Series, diastolic: Series, now: datetime
) -> Row:
    """Both numbers of one time in one row; the worse of the two says where they lie."""
    foot = next((p for p in feet if p.at == top.at), None)
    zones = [zone_of(top, systolic)] + ([zone_of(foot, diastolic)] if foot else [])
    worst = max(zones, key=lambda zone: (zone != "in_range") + zone.startswith("red"))
    return Row(
        at=words.stamp(top.at, words.moment(top.at)),
        near=words.stamp(top.at, words.near(top.at, now)),
        value=f"{top.value:.0f}/{foot.value:.0f} mmHg" if foot else f"{top.value:.0f} mmHg, top number only",
        zone=ZONE_NAMES[worst] if in_force(systolic.bounds, top.at) else "",
        out=worst != "in_range",
        provenance=words.PROVENANCE_NAMES[top.provenance],
        flags=flags(top),
    )


def flags(point: Point) -> str:
    """What is not plain about a reading, in words."""
    said = [] if point.confirmed else ["not confirmed"]
    if point.corrected:
        said.append("corrected")
    if point.late and point.received_at:
        said.append(f"late: came {words.moment(point.received_at)}")
    elif point.late:
        said.append("came late")
    return ", ".join(said)


def key(shown: Sequence[tuple[Point, Series]], evidence: Collection[datetime]) -> Iterator[tuple[str, str]]:
    """The marks that appear in the chart and what each means. The first word names the mark's picture."""
    zones = {zone_of(point, series) for point, series in shown}
    bounded = {series.kind.code for _, series in shown if series.bounds}
    yield from _bands(shown, bounded)
    if "in_range" in zones:
        yield "dot", "in range" if bounded else "a reading"
    if zones & {"amber_low", "amber_high"}:
        yield "diamond", "amber"
    if zones & {"red_low", "red_high"}:
        yield "triangle", "red"
    if any(point.at in evidence for point, _ in shown):
        yield "ring", "an alert rests on it"
    if any(not point.confirmed for point, _ in shown):
        yield "hollow", "not confirmed"
    if any(point.corrected for point, _ in shown):
        yield "c", "corrected"
    if any(point.late for point, _ in shown):
        yield "l", "came late"


def _bands(shown: Sequence[tuple[Point, Series]], bounded: set[str]) -> Iterator[tuple[str, str]]:
    if bounded != set(PRESSURE):
        if bounded:
            yield "band", "target range"
        return
    # Of two numbers in one chart only a target with both ends is shaded.
    ended = {s.kind.code for _, s in shown if any(None not in target(one) for one in s.bounds)}
    if "systolic" in ended:
        yield "band", "target, top number"
    if "diastolic" in ended:
        yield "second-band", "target, bottom number"
