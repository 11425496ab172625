"""Charts the size of a word, for rows and tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from dashboards.charts import marks
from dashboards.charts.axis import Field, Size, Span, Window
from dashboards.charts.bounds import steps, zone_of
from dashboards.charts.line import trace, within
from dashboards.charts.sentences import sentence
from dashboards.presenters import words
from dashboards.presenters.views import Series

SPARK = Size(150, 44, left=2, right=2, top=7, bottom=7, inset=6)


def sparkline(series: Series, window: Window, *, name: str, size: Size = SPARK) -> Markup:
    """The course of a kind without numbers: band, line, what was out of range, and the last reading."""
    shown = within(series, window)
    kept = tuple(steps(series.bounds, window))
    field = Field(size, window, own_span([p.value for p in shown]))
    parts = [marks.band(field, kept), *trace(field, shown)]
    for place, point in enumerate(shown):
        zone = zone_of(point, series)
        if zone != "in_range" or place == len(shown) - 1:
            parts.append(marks.shape(field.x(point.at), field.y(point.value), zone, size=3))
    title = f"{series.kind.title}, last {window.days} days"
    return marks.drawing(
        name, title, sentence(series, window), (size.width, size.height), marks.joined(parts)
    )


def own_span(shown: Sequence[float]) -> Span:
    """A sparkline shows a course, not a level: its height is the readings' own range."""
    if not shown:
        return Span(0, 1, 1)
    low, high = min(shown), max(shown)
    room = max((high - low) * 0.15, abs(high) * 0.01, 0.1)
    return Span(low - room, high + room, high - low + 2 * room)


@dataclass(frozen=True)
class Bar:
    """One column: what came, out of what was expected."""

    label: str
    value: int
    of: int


BARS_WIDE = Size(660, 150, left=40, right=24, top=10, bottom=24)
BARS_NARROW = Size(320, 150, left=34, right=20, top=10, bottom=24)


def bars(
    items: Sequence[Bar], *, name: str, title: str, size: Size = BARS_WIDE, said: str | None = None
) -> Markup:
    """Columns side by side: outline expected, filled received. `said`: what they come to, where they are no readings."""
    most = max([1, *(max(item.value, item.of) for item in items)])
    wide = (size.width - size.left - size.right) / max(1, len(items))
    foot, high = size.height - size.bottom, size.height - size.bottom - size.top
    every = max(1, -(-len(items) // max(1, int((size.width - size.left) / (size.text * 4.2)))))
    parts = [
        Markup(
            '<text class="axis" x="{}" y="{}" text-anchor="end" font-size="{}" fill="{}">{}</text>'
        ).format(size.left - 6, round(y, 1), size.text, marks.QUIET, mark)
        for y, mark in ((size.top + size.text * 0.7, f"{most:,}"), (foot, "0"))
    ]
    for place, item in enumerate(items):
        x = size.left + place * wide
        got, wanted = item.value / most * high, item.of / most * high
        parts.append(
            Markup(
                '<rect class="expected" x="{0}" y="{1}" width="{2}" height="{3}" fill="#fff" stroke="{4}"/>'
                '<rect class="received" x="{0}" y="{5}" width="{2}" height="{6}" fill="{7}"/>'
            ).format(
                round(x + wide * 0.12, 1), round(foot - wanted, 1), round(wide * 0.76, 1), round(wanted, 1),
                marks.QUIET, round(foot - got, 1), round(got, 1), marks.BLUE,
            )
        )  # fmt: skip
        if place % every == 0:
            parts.append(
                Markup(
                    '<text class="axis" x="{}" y="{}" text-anchor="middle" font-size="{}" fill="{}">{}</text>'
                ).format(
                    round(max(x + wide / 2, size.left + 8), 1),
                    size.height - 6,
                    size.text,
                    marks.QUIET,
                    item.label,
                )
            )
    came, due = sum(item.value for item in items), sum(item.of for item in items)
    if said is None:
        said = f"{words.count(came, 'reading')} of {due:,} expected." if due else "Nothing was expected."
    return marks.drawing(name, title, said, (size.width, size.height), marks.joined(parts))


def meter(value: int, of: int, *, name: str) -> Markup:
    """A bar that is full when all that was expected came."""
    share = min(1.0, value / of) if of else 0.0
    inside = Markup(
        '<rect class="expected" x="1" y="1" width="118" height="12" fill="#ffffff" stroke="{}"/>'
        '<rect class="received" x="1" y="1" width="{}" height="12" fill="{}"/>'
    ).format(marks.QUIET, round(118 * share, 1), marks.BLUE)
    return marks.drawing(name, "Received of expected", f"{value:,} of {of:,}", (120, 14), inside)
