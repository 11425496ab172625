import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from dashboards.charts import (
    NARROW,
    Bar,
    Window,
    bars,
    line_chart,
    meter,
    pressure_chart,
    pressure_sentence,
    sentence,
    sparkline,
)
from dashboards.charts.axis import span
from dashboards.charts.bounds import steps, zone
from dashboards.charts.line import longest_joined
from dashboards.presenters.views import Bounds, KindSeen, Point, Series
from tests.dashboards import made_up as m

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
WEEK = Window.last(7, NOW)
SYSTOLIC = KindSeen("systolic", "Systolic", "mmHg")
BOUNDS = Bounds(NOW - 400 * DAY, 90, 100, 150, 180)


def daily(*values: float, kind: KindSeen = SYSTOLIC, bounds=(), before=()) -> Series:
    """Once a day, the last one an hour ago."""
    last = NOW - timedelta(hours=1)
    points = tuple(Point(last - n * DAY, value) for n, value in enumerate(reversed(values)))
    return Series(kind, points[::-1], bounds, before)


def test_the_sentence_gives_the_average_and_how_it_compares():
    said = sentence(daily(150, 152, 154, before=(143, 143)), WEEK)
    assert said.startswith("Systolic: 152 mmHg on average over 7 days, 9 above the 30 days before.")


def test_the_sentence_compares_what_it_shows_so_that_the_sum_works_out():
    # 151.6 is shown as 152 and 142.6 as 143: the reader subtracts 143 from 152.
    assert "152 mmHg on average over 7 days, 9 above" in sentence(daily(151.6, before=(142.6,)), WEEK)


@pytest.mark.parametrize(
    ("values", "before", "said"),
    [
        ((140,), (150,), "10 below the 30 days before"),
        ((150.2,), (149.8,), "the same as the 30 days before"),
        ((150,), (), "150 mmHg on average over 7 days."),
    ],
)
def test_the_sentence_says_below_same_or_nothing(values, before, said):
    assert said in sentence(daily(*values, before=before), WEEK)


def test_the_sentence_counts_what_is_out_of_range():
    assert sentence(daily(128, 186, 151, bounds=(BOUNDS,)), WEEK).endswith(
        "3 readings, from 128 to 186; 2 out of range."
    )


def test_nothing_in_the_window_is_said_to_be_nothing():
    assert sentence(Series(SYSTOLIC), WEEK) == "Systolic: nothing in the last 7 days."


def test_readings_outside_the_window_are_not_counted():
    series = Series(SYSTOLIC, (Point(NOW - 8 * DAY, 200), Point(NOW - DAY, 140)))
    assert "140 mmHg" in sentence(series, WEEK)


def test_the_sentence_of_coded_answers_gives_the_last_one():
    assert sentence(daily(0, 2, kind=m.BREATH), WEEK) == "Breathlessness: 2 answers, the last one “More”."


def test_the_sentence_of_blood_pressure_has_both_numbers():
    said = pressure_sentence(daily(150, 154, before=(140,)), daily(90, 88), WEEK)
    assert said.startswith("Blood pressure: 152/89 mmHg on average over 7 days; the top number 12 above")


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (90, "red_low"),
        (91, "amber_low"),
        (100, "amber_low"),
        (101, "in_range"),
        (149, "in_range"),
        (150, "amber_high"),
        (180, "red_high"),
    ],
)
def test_a_bound_belongs_to_its_colour(value, where):
    assert zone(value, BOUNDS) == where


def test_thresholds_are_steps_each_until_the_next():
    later = replace(BOUNDS, from_at=NOW - 2 * DAY)
    found = list(steps((BOUNDS, later), WEEK))
    assert [(one.start, one.end) for one in found] == [
        (WEEK.start, NOW - 2 * DAY),
        (NOW - 2 * DAY, WEEK.end),
    ]


def test_a_reading_is_judged_by_the_thresholds_of_its_own_moment():
    strict = replace(BOUNDS, from_at=NOW - 2 * DAY, amber_high=130)
    series = daily(140, 140, 140, 140, bounds=(BOUNDS, strict))
    drawn = line_chart(series, WEEK, name="c")
    assert (drawn.count("mark-in"), drawn.count("mark-amber")) == (2, 2)


def test_the_same_kind_has_the_same_axis_for_everybody():
    calm, wild = [120.0, 130.0], [95.0, 185.0]
    assert span(SYSTOLIC, calm) == span(SYSTOLIC, wild)


def test_the_axis_widens_for_what_lies_outside():
    assert span(SYSTOLIC, [262.0]).high >= 262
    assert span(m.OXYGEN, [66.0]).low <= 66


def test_the_axis_of_weight_spans_at_least_ten_kilograms_around_what_was_measured():
    found = span(m.WEIGHT, [82.1, 82.4])
    assert found.low < 82
    assert found.high > 83
    assert found.high - found.low >= 10


def test_an_axis_never_has_more_than_a_dozen_marks():
    for values in ([50.0, 300.0], [0.0, 1e5], [82.0, 140.0]):
        for kind in (SYSTOLIC, m.WEIGHT, KindSeen("other", "Other", "x", 2)):
            assert len(span(kind, values).marks()) <= 12


def test_a_gap_is_a_gap():
    skipped = Series(SYSTOLIC, tuple(Point(NOW - n * DAY, 140) for n in (6, 5, 4, 1, 0)))
    assert line_chart(skipped, WEEK, name="c").count("<polyline") == 2
    assert line_chart(daily(140, 141, 142, 143), WEEK, name="c").count("<polyline") == 1


def test_a_sensors_trace_breaks_after_45_minutes():
    at = [NOW - timedelta(minutes=5 * n) for n in range(200, 0, -1)]
    assert longest_joined(at) == timedelta(minutes=45)


def test_marks_say_by_shape_and_by_words_what_is_not_plain():
    plain = Point(NOW - DAY, 140)
    series = Series(
        SYSTOLIC,
        (
            plain,
            replace(plain, at=NOW - 2 * DAY, confirmed=False),
            replace(plain, at=NOW - 3 * DAY, corrected=True),
            replace(plain, at=NOW - 4 * DAY, late=True),
        ),
    )
    drawn = line_chart(series, WEEK, name="c")
    assert drawn.count("mark-hollow") == 1
    assert ">c</text>" in drawn
    assert ">l</text>" in drawn


def test_evidence_is_ringed_and_its_value_written():
    series = daily(140, 186, 140, bounds=(BOUNDS,))
    drawn = line_chart(series, WEEK, name="c", evidence={series.points[1].at})
    assert drawn.count('class="ring"') == 1
    assert ">186</text>" in drawn


def test_blood_pressure_is_a_bar_for_each_time_with_both_numbers():
    tops, feet = daily(150, 152, 154), daily(90, 88)
    assert pressure_chart(tops, feet, WEEK, name="c").count('class="range"') == 2


def test_blood_pressure_leaves_out_lower_thresholds_that_nothing_comes_near():
    tops, feet = daily(150, bounds=(BOUNDS,)), daily(90)
    assert "top 90" not in pressure_chart(tops, feet, WEEK, name="c")
    assert "top 90" in pressure_chart(daily(104, bounds=(BOUNDS,)), feet, WEEK, name="c")


def test_bars_say_what_came_of_what_was_expected():
    drawn = bars([Bar("1 Nov", 3, 4), Bar("2 Nov", 4, 4)], name="b", title="Readings")
    assert "7 readings of 8 expected." in drawn


DRAWINGS = {
    "line": line_chart(m.oxygen(), Window.last(30, m.NOW), name="line", evidence={m.oxygen().points[-1].at}),
    "narrow": line_chart(m.weight(90), Window.last(90, m.NOW), name="narrow", size=NARROW),
    "answers": line_chart(m.series(m.BREATH, 1, 0.3, None), Window.last(30, m.NOW), name="answers"),
    "empty": line_chart(Series(SYSTOLIC), WEEK, name="empty"),
    "pressure": pressure_chart(*m.pressures(), Window.last(30, m.NOW), name="pressure"),
    "no pressure": pressure_chart(Series(SYSTOLIC), Series(m.DIASTOLIC), WEEK, name="none"),
    "spark": sparkline(m.TOP, Window.last(14, m.NOW), name="spark"),
    "no spark": sparkline(Series(SYSTOLIC), WEEK, name="no-spark"),
    "bars": bars([Bar("1 Nov", 3, 4)], name="bars", title="Readings"),
    "no bars": bars([], name="no-bars", title="Readings"),
    "meter": meter(3, 4, name="meter"),
    "nothing expected": meter(0, 0, name="none-due"),
}


@pytest.mark.parametrize("drawn", DRAWINGS.values(), ids=DRAWINGS)
def test_every_drawing_is_well_formed_named_and_free_of_inline_style(drawn):
    root = ET.fromstring(drawn)  # noqa: S314 it reads what we drew ourselves
    assert root.get("role") == "img"
    title, description = root[0], root[1]
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert title.text
    assert description.text
    assert "style" not in drawn
    assert "<script" not in drawn
    assert "nan" not in drawn.lower().replace("finance", "")


@pytest.mark.parametrize("drawn", DRAWINGS.values(), ids=DRAWINGS)
def test_nothing_is_drawn_outside_the_picture(drawn):
    width, height = (float(n) for n in re.search(r'viewBox="0 0 (\d+) (\d+)"', drawn).groups())
    for name, most in (
        ("x", width),
        ("x1", width),
        ("x2", width),
        ("cx", width),
        ("y", height),
        ("cy", height),
    ):
        for found in re.findall(rf' {name}="(-?[\d.]+)"', drawn):
            assert 0 <= float(found) <= most


def test_whatever_is_put_into_a_drawing_comes_out_as_text():
    kind = KindSeen("systolic", "<b>Jo</b>", '"><script>', answers=())
    drawn = line_chart(daily(140, kind=kind), WEEK, name="c")
    assert "<b>" not in drawn
    assert "<script" not in drawn
    assert "&lt;b&gt;Jo" in drawn


def test_limits_and_evidence_of_coded_answers_show_no_numbers():
    limits = Bounds(m.NOW - 400 * DAY, None, None, 2, None)
    answers = m.series(m.BREATH, 2, 0, limits)
    drawn = line_chart(
        answers, Window.last(30, m.NOW), name="answers", evidence={p.at for p in answers.points}
    )
    written = re.findall(r"<text[^>]*>([^<]*)</text>", drawn)
    assert "amber" in written
    assert not [said for said in written if re.fullmatch(r"(amber )?[\d.]+", said)]


@pytest.mark.parametrize("value", [60, 240])
def test_a_sparkline_far_from_its_target_has_no_band(value):
    drawn = sparkline(daily(value, value, bounds=(BOUNDS,)), WEEK, name="far")
    assert 'class="band"' not in drawn
    assert 'height="-' not in drawn
