"""The pieces every chart is put together from: shapes, threshold lines, the axes, the frame around them.

Colours are given as attributes, so that a drawing stands alone; classes let the style sheet change them for
forced colours and paper. `Markup.format` escapes whatever is put in.
"""

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from dashboards.charts.axis import Field, days_marked
from dashboards.charts.bounds import LIMITS, Step, Zone, target
from dashboards.presenters import words
from dashboards.presenters.views import KindSeen, Point

INK, QUIET, GRID, BAND, SECOND_BAND = "#212b32", "#4c6272", "#d8dde0", "#e3f1e7", "#e4ecf7"
BLUE, RED, AMBER = "#005eb8", "#b9131a", "#a35200"
COLOUR: dict[Zone, str] = {
    "red_low": RED,
    "red_high": RED,
    "amber_low": AMBER,
    "amber_high": AMBER,
    "in_range": BLUE,
}
NOTHING = Markup("")


def joined(parts: Iterable[Markup]) -> Markup:
    """Pieces, one after the other."""
    return Markup("").join(parts)


def shape(x: float, y: float, zone: Zone, *, solid: bool = True, size: float = 4.5) -> Markup:
    """A reading: a dot in range, a diamond beyond amber, a triangle beyond red, pointing where it went."""
    colour = COLOUR[zone]
    fill = colour if solid else "#ffffff"
    look = Markup('class="mark mark-{}{}" fill="{}" stroke="{}" stroke-width="1.5"').format(
        zone.split("_")[0], NOTHING if solid else " mark-hollow", fill, colour
    )
    if zone == "in_range":
        return Markup('<circle cx="{}" cy="{}" r="{}" {}/>').format(x, y, round(size * 0.8, 1), look)
    big = size * 1.35
    corners: tuple[tuple[float, float], ...]
    if zone.startswith("amber"):
        corners = ((0, -big), (big, 0), (0, big), (-big, 0))
    else:
        up = -1 if zone == "red_high" else 1
        corners = ((0, up * big), (big, -up * big * 0.75), (-big, -up * big * 0.75))
    points = " ".join(f"{round(x + dx, 1)},{round(y + dy, 1)}" for dx, dy in corners)
    return Markup('<polygon points="{}" {}/>').format(points, look)


def ring(x: float, y: float, size: float = 10) -> Markup:
    """An alert rests on this reading."""
    return Markup(
        '<circle class="ring" cx="{}" cy="{}" r="{}" fill="none" stroke="{}" stroke-width="2"/>'
    ).format(x, y, size, INK)


def letter(x: float, y: float, said: str, field: Field, *, above: bool) -> Markup:
    """A small word beside a mark, kept inside the drawing."""
    high = field.size.text
    place = y - high * 0.85 if above else y + high * 1.5
    place = min(field.bottom - 3, max(high * 0.9, place))
    wide = len(said) * high * 0.3
    across = min(field.right + field.size.right - wide, max(wide + 2, x))
    return Markup(
        '<text class="note" x="{}" y="{}" text-anchor="middle" font-size="{}" font-weight="600" fill="{}" '
        'stroke="#ffffff" stroke-width="3" paint-order="stroke">{}</text>'
    ).format(round(across, 1), round(place, 1), high, INK, said)


def flags(point: Point) -> str:
    """The letters beside a reading that is not as plain as the others: c corrected, l late."""
    return ("c" if point.corrected else "") + ("l" if point.late else "")


def band(field: Field, kept: Sequence[Step], *, closed: bool = False, colour: str = BAND) -> Markup:
    """The range aimed for, shaded. `closed`: only where it has both ends."""
    parts = []
    for step in kept:
        low, high = target(step.bounds)
        if (low is None and high is None) or (closed and (low is None or high is None)):
            continue
        top = field.y(min(high if high is not None else field.span.high, field.span.high))
        foot = field.y(max(low if low is not None else field.span.low, field.span.low))
        if foot <= top:  # all readings lie beyond it, and the drawing shows only where they lie
            continue
        left, right = field.edge(step.start), field.edge(step.end)
        parts.append(
            Markup('<rect class="band" x="{}" y="{}" width="{}" height="{}" fill="{}"/>').format(
                left, top, round(right - left, 1), round(foot - top, 1), colour
            )
        )
    return joined(parts)


def limits(field: Field, kept: Sequence[Step], kind: KindSeen) -> Markup:
    """Threshold lines: red whole, amber dashed; those still in force are labelled at the right."""
    wanted = limit_labels(kept)
    if kind.answers:  # their number means nothing to a reader, and the answer stands at the left
        wanted = [(value, said.split()[0], colour) for value, said, colour in wanted]
    return joined(limit_lines(field, kept)) + labels(field, wanted)


def limit_lines(field: Field, kept: Sequence[Step]) -> Iterable[Markup]:
    """One line for each threshold of each step."""
    for step in kept:
        for name in LIMITS:
            value = getattr(step.bounds, name)
            if value is None or not field.span.low <= value <= field.span.high:
                continue
            red = name.startswith("red")
            yield Markup(
                '<line class="limit limit-{}" x1="{}" x2="{}" y1="{}" y2="{}" stroke="{}" '
                'stroke-width="{}"{}/>'
            ).format(
                "red" if red else "amber",
                field.edge(step.start),
                field.edge(step.end),
                field.y(value),
                field.y(value),
                RED if red else AMBER,
                "1.5",
                NOTHING if red else Markup(' stroke-dasharray="6 4"'),
            )


def limit_labels(kept: Sequence[Step], said: str = "") -> list[tuple[float, str, str]]:
    """Value, words and colour of each threshold in force at the end."""
    if not kept:
        return []
    last = kept[-1].bounds
    found = [(name, getattr(last, name)) for name in LIMITS]
    return [
        (value, f"{said or name.split('_')[0]} {value:g}", RED if name.startswith("red") else AMBER)
        for name, value in found
        if value is not None
    ]


def labels(field: Field, wanted: Sequence[tuple[float, str, str]]) -> Markup:
    """Words at the right edge, each at its height, moved apart where they would touch."""
    apart = field.size.text * 1.1
    parts, last = [], float("-inf")
    inside = [one for one in wanted if field.span.low <= one[0] <= field.span.high]
    for value, said, colour in sorted(inside, key=lambda one: -one[0]):
        y = max(field.y(value) + field.size.text * 0.35, last + apart)
        last = y
        parts.append(
            Markup('<text class="limit-label" x="{}" y="{}" font-size="{}" fill="{}">{}</text>').format(
                field.right + 6, round(y, 1), field.size.text, colour, said
            )
        )
    return joined(parts)


def axes(field: Field, kind: KindSeen) -> Markup:
    """The grid, the values at the left, the days below."""
    size, parts = field.size, []
    for value in field.span.marks():
        said = words.reading(kind, value) if kind.answers else f"{value:g}"
        parts.append(
            Markup(
                '<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}" stroke="{}"/>'
                '<text class="axis" x="{}" y="{}" text-anchor="end" font-size="{}" fill="{}">{}</text>'
            ).format(
                size.left, field.right, field.y(value), field.y(value), GRID,
                size.left - 6, round(field.y(value) + size.text * 0.35, 1), size.text, QUIET, said,
            )
        )  # fmt: skip
    for day, said in days_marked(field):
        parts.append(
            Markup(
                '<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}" stroke="{}"/>'
                '<text class="axis" x="{}" y="{}" text-anchor="middle" font-size="{}" fill="{}">{}</text>'
            ).format(
                field.x(day), field.x(day), field.bottom, field.bottom + 5, QUIET,
                field.x(day), round(field.bottom + 6 + size.text, 1), size.text, QUIET, said,
            )
        )  # fmt: skip
    return joined(parts)


def drawing(name: str, title: str, description: str, size: tuple[int, int], inside: Markup) -> Markup:
    """The frame: what it shows in words for those who do not see it. `name` is unique on its page."""
    width, height = size
    return Markup(
        '<svg class="chart" role="img" aria-labelledby="{0}-title {0}-desc" viewBox="0 0 {1} {2}" '
        'width="{1}" height="{2}" font-family="Arial, sans-serif">'
        '<title id="{0}-title">{3}</title><desc id="{0}-desc">{4}</desc>{5}</svg>'
    ).format(name, width, height, title, description, inside)
