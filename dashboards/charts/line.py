"""One kind's readings over days or weeks."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from markupsafe import Markup

from dashboards.charts import marks
from dashboards.charts.axis import WIDE, Field, Size, Window, span
from dashboards.charts.bounds import LIMITS, Step, steps, zone_of
from dashboards.charts.sentences import sentence
from dashboards.presenters.views import Point, Series

DENSE = 12  # readings a day from which on it is a sensor's trace
LABELLED = 3  # values written beside the marks, at most


def line_chart(
    series: Series,
    window: Window,
    *,
    name: str,
    evidence: Collection[datetime] = (),
    size: Size = WIDE,
) -> Markup:
    """Readings as marks joined by a line, over the thresholds in force; `evidence`: when the ringed were.

    `name` starts the ids of the drawing and is unique on its page.
    """
    if series.kind.answers:  # words stand at the left instead of numbers
        longest = max(len(answer) for answer in series.kind.answers)
        size = replace(size, left=max(size.left, int(longest * size.text * 0.52) + 12))
    shown = within(series, window)
    kept = tuple(steps(series.bounds, window))
    field = Field(size, window, span(series.kind, [*(p.value for p in shown), *values(kept)]))
    inside = (
        marks.band(field, kept)
        + marks.axes(field, series.kind)
        + marks.limits(field, kept, series.kind)
        + marks.joined(trace(field, shown))
        + marks.joined(points(field, series, shown, evidence))
    )
    title = f"{series.kind.title}, last {window.days} days"
    said = sentence(series, window)
    return marks.drawing(name, title, said, (size.width, size.height), inside)


def within(series: Series, window: Window) -> tuple[Point, ...]:
    """The readings of the window, oldest first."""
    return tuple(p for p in series.points if window.start <= p.at <= window.end)


def values(kept: Iterable[Step]) -> list[float]:
    """Every threshold there is, so that the axis shows them."""
    found = (getattr(step.bounds, limit) for step in kept for limit in LIMITS)
    return [value for value in found if value is not None]


def longest_joined(at: Sequence[datetime]) -> timedelta:
    """Readings further apart than this are not joined: a gap is shown as a gap.

    A sensor's trace breaks after 45 minutes; other readings after two and a half times their usual distance,
    and at least a day and a half.
    """
    if len(at) < 2:  # noqa: PLR2004 two make a distance
        return timedelta(0)
    usual = timedelta(seconds=median((b - a).total_seconds() for a, b in pairwise(at)))
    if len(at) / max(1.0, (at[-1] - at[0]) / timedelta(days=1)) > DENSE:
        return timedelta(minutes=45)
    return max(timedelta(hours=36), usual * 2.5)


def trace(field: Field, shown: Sequence[Point]) -> Iterable[Markup]:
    """The line between readings, broken at gaps."""
    most = longest_joined([p.at for p in shown])
    run: list[Point] = []
    for point in shown:
        if run and point.at - run[-1].at > most:
            yield polyline(field, run)
            run = []
        run.append(point)
    yield polyline(field, run)


def polyline(field: Field, run: Sequence[Point]) -> Markup:
    """One unbroken stretch; a single reading needs no line."""
    if len(run) < 2:  # noqa: PLR2004 a line has two ends
        return marks.NOTHING
    path = " ".join(f"{field.x(p.at)},{field.y(p.value)}" for p in run)
    return Markup('<polyline class="trace" points="{}" fill="none" stroke="{}" stroke-width="1.5"/>').format(
        path, marks.QUIET
    )


def points(
    field: Field, series: Series, shown: Sequence[Point], evidence: Collection[datetime]
) -> Iterable[Markup]:
    """The marks; small where they stand close; rings and values where an alert rests on them."""
    crowded = len(shown) > (field.right - field.size.left) / 9
    for point in shown:
        x, y, zone = field.x(point.at), field.y(point.value), zone_of(point, series)
        if crowded and zone == "in_range" and point.at not in evidence and not marks.flags(point):
            yield marks.shape(x, y, zone, solid=point.confirmed, size=2)
            continue
        yield marks.shape(x, y, zone, solid=point.confirmed, size=3.5 if crowded else 4.5)
        if flagged := marks.flags(point):
            yield marks.letter(x, y, flagged, field, above=False)
    ringed = [p for p in shown if p.at in evidence]
    for point in ringed:
        yield marks.ring(field.x(point.at), field.y(point.value))
    for point in () if series.kind.answers else labelled(field, ringed):
        above = not zone_of(point, series).endswith("low")
        said = f"{point.value:.{series.kind.decimals}f}"
        yield marks.letter(field.x(point.at), field.y(point.value) - 4, said, field, above=above)


def labelled(field: Field, ringed: Sequence[Point]) -> Sequence[Point]:
    """The ringed readings whose value is written: the last, the highest, the lowest; none that touch."""
    if not ringed:
        return ()
    wanted = [ringed[-1], max(ringed, key=lambda p: p.value), min(ringed, key=lambda p: p.value), *ringed]
    apart = field.size.text * 2.6
    chosen: list[Point] = []
    for point in wanted:
        x = field.x(point.at)
        if len(chosen) < LABELLED and all(abs(x - field.x(other.at)) >= apart for other in chosen):
            chosen.append(point)
    return chosen
