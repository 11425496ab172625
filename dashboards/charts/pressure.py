"""Blood pressure: a bar from the bottom number to the top number for each time it was taken."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from markupsafe import Markup

from dashboards.charts import marks
from dashboards.charts.axis import WIDE, Field, Size, Window, span
from dashboards.charts.bounds import Step, steps, zone_of
from dashboards.charts.line import labelled, values, within
from dashboards.charts.sentences import pressure_sentence
from dashboards.presenters.views import Point, Series

NEAR = 15  # mmHg: a lower threshold is drawn when a reading comes this close to it


def pressure_chart(
    systolic: Series,
    diastolic: Series,
    window: Window,
    *,
    name: str,
    evidence: Collection[datetime] = (),
    size: Size = WIDE,
) -> Markup:
    """Range bars over both sets of thresholds. A number without its partner stands alone."""
    tops, feet = within(systolic, window), within(diastolic, window)
    kept_top, kept_foot = steps_near(systolic, tops, window), steps_near(diastolic, feet, window)
    every = [p.value for p in (*tops, *feet)] + values(kept_top) + values(kept_foot)
    field = Field(size, window, span(systolic.kind, every))
    wanted = marks.limit_labels(kept_top, "top") + marks.limit_labels(kept_foot, "bottom")
    inside = (
        marks.band(field, tuple(steps(systolic.bounds, window)), closed=True)
        + marks.band(field, tuple(steps(diastolic.bounds, window)), closed=True, colour=marks.SECOND_BAND)
        + marks.axes(field, systolic.kind)
        + marks.joined(marks.limit_lines(field, kept_top))
        + marks.joined(marks.limit_lines(field, kept_foot))
        + marks.labels(field, wanted)
        + marks.joined(ranges(field, tops, feet))
        + marks.joined(ends(field, systolic, tops, evidence))
        + marks.joined(ends(field, diastolic, feet, evidence))
    )
    title = f"Blood pressure, last {window.days} days"
    said = pressure_sentence(systolic, diastolic, window)
    return marks.drawing(name, title, said, (size.width, size.height), inside)


def steps_near(series: Series, shown: tuple[Point, ...], window: Window) -> tuple[Step, ...]:
    """The thresholds in force, less the lower ones that no reading comes near.

    Eight lines in one chart hide the readings; the words under the chart always name every threshold.
    """
    lowest = min((p.value for p in shown), default=0.0)
    kept = []
    for step in steps(series.bounds, window):
        highest_low = max(v for v in (step.bounds.amber_low, step.bounds.red_low, 0.0) if v is not None)
        bounds = step.bounds
        if lowest > highest_low + NEAR:
            bounds = replace(bounds, amber_low=None, red_low=None)
        kept.append(replace(step, bounds=bounds))
    return tuple(kept)


def ranges(field: Field, tops: Iterable[Point], feet: Iterable[Point]) -> Iterable[Markup]:
    """The bars, for the times that have both numbers."""
    foot_at = {p.at: p for p in feet}
    for top in tops:
        if foot := foot_at.get(top.at):
            x = field.x(top.at)
            yield Markup(
                '<line class="range" x1="{}" x2="{}" y1="{}" y2="{}" stroke="{}" stroke-width="2.5"/>'
            ).format(x, x, field.y(top.value), field.y(foot.value), marks.QUIET)


def ends(
    field: Field, series: Series, shown: tuple[Point, ...], evidence: Collection[datetime]
) -> Iterable[Markup]:
    """The marks at one end of the bars. Only an end that is out of range is ringed as evidence."""
    crowded = len(shown) > (field.right - field.size.left) / 11
    ringed = []
    for point in shown:
        x, y, zone = field.x(point.at), field.y(point.value), zone_of(point, series)
        small = crowded and zone == "in_range"
        yield marks.shape(x, y, zone, solid=point.confirmed, size=2 if small else 3.5 if crowded else 4)
        if series.kind.code == "diastolic" and (flagged := marks.flags(point)):
            yield marks.letter(x, y, flagged, field, above=False)
        if point.at in evidence and zone != "in_range":
            ringed.append(point)
            yield marks.ring(x, y, 9)
    for point in labelled(field, ringed):
        high = not zone_of(point, series).endswith("low") and series.kind.code == "systolic"
        yield marks.letter(
            field.x(point.at),
            field.y(point.value) + (-4 if high else 4),
            f"{point.value:.0f}",
            field,
            above=high,
        )
