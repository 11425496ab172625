"""What a chart shows, as a sentence with its numbers: understood without the picture."""

from statistics import fmean

from dashboards.charts.axis import Window
from dashboards.charts.bounds import zone_of
from dashboards.presenters import words
from dashboards.presenters.views import Point, Series


def sentence(series: Series, window: Window) -> str:
    """Systolic: 152 mmHg on average over 7 days, 9 above the 30 days before. 14 readings; 3 out of range."""
    shown = [p for p in series.points if window.start <= p.at <= window.end]
    kind = series.kind
    if not shown:
        return f"{kind.title}: nothing in the last {words.count(window.days, 'day')}."
    if kind.answers:
        last = words.reading(kind, shown[-1].value)
        return f"{kind.title}: {words.count(len(shown), 'answer')}, the last one “{last}”."
    mean = fmean(p.value for p in shown)
    said = (
        f"{kind.title}: {words.reading(kind, mean)} on average over {words.count(window.days, 'day')}"
        f"{compared(series, mean)}."
    )
    return f"{said} {spread(series, shown)}"


def compared(series: Series, mean: float) -> str:
    """, 9 above the 30 days before. Both sides rounded first, so that the sum works out for the reader."""
    if not series.before:
        return ""
    decimals = series.kind.decimals
    change = round(mean, decimals) - round(fmean(series.before), decimals)
    said = words.number(abs(change), decimals)
    before = f"the {words.count(series.before_days, 'day')} before"
    if float(said.replace(",", "")) == 0:
        return f", the same as {before}"
    return f", {said} {'above' if change > 0 else 'below'} {before}"


def spread(series: Series, shown: list[Point]) -> str:
    """14 readings, from 128 to 186; 3 out of range."""
    decimals = series.kind.decimals
    low, high = min(p.value for p in shown), max(p.value for p in shown)
    said = words.count(len(shown), "reading")
    if len(shown) > 1:
        said += f", from {words.number(low, decimals)} to {words.number(high, decimals)}"
    if not series.bounds:
        return said + "."
    out = sum(zone_of(p, series) != "in_range" for p in shown)
    return f"{said}; {out or 'none'} out of range."


def pressure_sentence(systolic: Series, diastolic: Series, window: Window) -> str:
    """Blood pressure: 152/88 mmHg on average over 7 days; the top number 9 above the 30 days before."""
    tops = [p for p in systolic.points if window.start <= p.at <= window.end]
    feet = [p for p in diastolic.points if window.start <= p.at <= window.end]
    if not tops or not feet:
        return f"Blood pressure: nothing in the last {words.count(window.days, 'day')}."
    top, foot = fmean(p.value for p in tops), fmean(p.value for p in feet)
    said = f"Blood pressure: {top:.0f}/{foot:.0f} mmHg on average over {words.count(window.days, 'day')}"
    if systolic.before:
        said += f"; the top number{compared(systolic, top).replace(',', '', 1)}"
    out = {
        p.at
        for s, shown in ((systolic, tops), (diastolic, feet))
        for p in shown
        if zone_of(p, s) != "in_range"
    }
    ending = "" if not systolic.bounds else f"; {len(out) or 'none'} out of range"
    return f"{said}. {words.count(len({p.at for p in tops}), 'reading')}{ending}."
