"""A patient's own readings: a chart, a sentence and a table for each kind."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards import charts
from dashboards.presenters.figures import Figure, figures
from dashboards.presenters.record import WindowLink, window_links
from dashboards.presenters.views import Frame, Series


@dataclass(frozen=True)
class MyReadingsPage:
    """A patient's own trends."""

    days: int
    windows: tuple[WindowLink, ...]
    figures: tuple[Figure, ...]


def present(series: Sequence[Series], days: int, frame: Frame) -> MyReadingsPage:
    """Their readings over the last `days`."""
    window = charts.Window.last(days, frame.at)
    return MyReadingsPage(days, window_links("/my-readings", days), tuple(figures(series, window)))
