"""Charts drawn on the server as SVG: no script, no style sheet needed, the same on paper. Pure.

Each says in words what it shows (`<title>`, `<desc>`), and a page puts a sentence and a table beside it.
What a mark means is never left to colour alone: its shape says whether a reading is in range, a ring says
that an alert rests on it.
"""

from dashboards.charts.axis import NARROW, WIDE, Size, Window
from dashboards.charts.line import line_chart
from dashboards.charts.pressure import pressure_chart
from dashboards.charts.sentences import pressure_sentence, sentence
from dashboards.charts.small import BARS_NARROW, BARS_WIDE, Bar, bars, meter, sparkline

__all__ = [
    "BARS_NARROW",
    "BARS_WIDE",
    "NARROW",
    "WIDE",
    "Bar",
    "Size",
    "Window",
    "bars",
    "line_chart",
    "meter",
    "pressure_chart",
    "pressure_sentence",
    "sentence",
    "sparkline",
]
