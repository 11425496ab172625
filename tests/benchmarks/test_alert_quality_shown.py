"""Whether an event shows is said of the readings that were delivered."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.alert_quality.cohort import make
from benchmarks.alert_quality.events import Planted, Shape, plant
from benchmarks.alert_quality.measuring import Measuring
from benchmarks.alert_quality.pathways import COPD, DIABETES, Sitting
from benchmarks.alert_quality.people import complaints, courses
from benchmarks.alert_quality.shown import SHOWS, _normal, strength

DAYS = 120
SITTING = Sitting(9.0, ("oxygen_saturation", "heart_rate"))


def _strengths(factor: float = 1.0, measures=lambda day: day >= 0):
    """The strength of each exacerbation with its effect times a factor, for people who measure on these days."""
    rng = np.random.default_rng(7)
    flat = np.zeros(DAYS)
    of, symptoms = courses(rng, COPD, 60, flat, flat), complaints(rng, COPD, 60, DAYS)
    planted = plant(rng, COPD, of, DAYS)
    planted = replace(planted, added={kind: each * factor for kind, each in planted.added.items()})
    measuring = Measuring(rng, COPD, of, symptoms, planted, flat)
    sits = np.repeat(measures(np.arange(DAYS))[None, :], 60, axis=0)
    measuring.sit(SITTING, sits)
    return strength(measuring, planted)


def test_what_adds_nothing_does_not_show():
    told = _strengths(0.0)
    assert (told["strength"] == 0).all()
    assert not told["shown"].any()


def test_what_adds_more_shows_more():
    assert (_strengths(2.0)["strength"].to_numpy() >= _strengths(1.0)["strength"].to_numpy()).all()
    assert _strengths(2.0)["shown"].sum() > _strengths(1.0)["shown"].sum()


def test_nothing_shows_without_readings_before_it_that_tell_the_usual():
    told = _strengths(measures=lambda day: day >= 40)
    early = told[told["onset"] < 40]
    assert len(early)
    assert (early["strength"] == 0).all()


def test_nothing_shows_without_readings_within_it():
    told = _strengths(measures=lambda day: day < 40)
    late = told[told["onset"] >= 40]
    assert len(late)
    assert (late["strength"] == 0).all()


def test_a_run_of_lows_shows_by_two_readings_past_its_level():
    events = make("diabetes", 150, 365, seed=1).events
    lows = events[events["type"] == "low_run"]
    assert (lows["shown"] == (lows["beyond"] >= 2)).all()
    drifts = events[events["type"] == "high_drift"]
    assert (drifts["shown"] == (drifts["strength"] >= SHOWS)).all()
    assert DIABETES.events.keys() == set(events["type"])


def test_a_shape_rises_to_its_peak_stays_and_goes_back():
    course = Shape(4, 3, 5).course()
    assert len(course) == 12
    assert course.max() == 1
    assert (course == 1).sum() == 3
    assert (np.diff(course[:5]) > 0).all()
    assert (np.diff(course[6:]) < 0).all()
    assert Shape(4, 3, 5).end == 10


def test_the_normal_distribution_function():
    assert _normal(np.array([-1.96, 0.0, 1.0, 3.0])) == pytest.approx(
        [0.0249979, 0.5, 0.8413447, 0.9986501], abs=1e-6
    )


def test_planting_leaves_no_trace_where_nothing_happens():
    rng = np.random.default_rng(1)
    flat = np.zeros(DAYS)
    of = courses(rng, COPD, 40, flat, flat)
    planted: Planted = plant(rng, COPD, of, DAYS)
    quiet = np.ones(planted.low.shape, dtype=bool)
    for event in planted.table.itertuples(index=False):
        quiet[event.person, event.onset : event.onset + 30] = False
    assert all((each[quiet] == 0).all() for each in planted.added.values())
