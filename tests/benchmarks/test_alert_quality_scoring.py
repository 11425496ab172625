"""Cards, what is found, what is false: by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from benchmarks.alert_quality.figures import figures, hard_enough, targets
from benchmarks.alert_quality.scoring import cards, count, median_interval, together, wilson

START = pd.Timestamp("2025-03-01", tz="UTC")


def day(number: float) -> pd.Timestamp:
    return START + pd.Timedelta(days=number)


def alerts(*rows: tuple, patient: str = "a") -> pd.DataFrame:
    """(day, severity) or (day, severity, rule)."""
    told = [(patient, (*row, "limits")[2], row[1], day(row[0])) for row in rows]
    return pd.DataFrame(told, columns=["patient", "rule", "severity", "raised_at"])


def events(
    *rows: tuple[float, float], abrupt: bool = False, shown: bool = True, patient: str = "a"
) -> pd.DataFrame:
    """(onset, end)."""
    told = [
        (patient, "drift", day(onset), day(onset), day(end), abrupt, 9.0, 0, shown) for onset, end in rows
    ]
    columns = ["patient", "type", "onset", "peak", "end", "abrupt", "strength", "beyond", "shown"]
    times = dict.fromkeys(["onset", "peak", "end"], "datetime64[us, UTC]")
    flags = dict.fromkeys(["abrupt", "shown"], bool)
    return pd.DataFrame(told, columns=columns).astype({**times, **flags, "strength": float})


def watched(until: float = 365.25, patient: str = "a") -> pd.DataFrame:
    return pd.DataFrame({"patient": [patient], "start": [START], "end": [day(until)]})


def test_alerts_within_seven_days_of_each_other_are_one_card_chained():
    made = cards(alerts((1, "amber"), (8, "red"), (15, "amber"), (22.5, "amber")))
    assert list(made["raised_at"]) == [day(1), day(22.5)]
    assert list(made["alerts"]) == [3, 1]


def test_yellow_and_blue_make_no_card_and_patients_share_none():
    both = pd.concat([alerts((1, "yellow"), (2, "blue"), (3, "amber")), alerts((4, "red"), patient="b")])
    assert list(cards(both)["patient"]) == ["a", "b"]
    assert list(cards(both, ("red",))["patient"]) == ["b"]


@pytest.mark.parametrize(
    ("raised", "found", "false"),
    [
        (97.9, False, True),  # before the two days before
        (98, True, False),
        (100, True, False),
        (120, True, False),  # the end
        (120.1, False, False),  # too late to find it, too near to be false
        (127, False, False),
        (127.1, False, True),
    ],
)
def test_a_card_finds_an_event_within_its_window_and_is_false_away_from_it(raised, found, false):
    counted = count(alerts((raised, "amber")), events((100, 120)), watched())
    assert counted.events["delay"].notna().item() is found
    assert counted.false == int(false)


def test_a_card_that_was_open_before_finds_nothing():
    counted = count(alerts((95, "amber"), (101, "amber")), events((100, 120)), watched())
    assert counted.events["delay"].isna().all()
    assert counted.false == 1


def test_the_delay_is_to_the_first_card_and_never_negative():
    counted = count(alerts((98.5, "amber"), (110, "red")), events((100, 120)), watched())
    assert counted.events["delay"].item() == 0
    assert counted.events["delay_red"].item() == 10


def test_an_event_that_does_not_show_makes_a_card_near_it_not_false():
    counted = count(alerts((105, "amber")), events((100, 120), shown=False), watched())
    assert counted.false == 0
    told = figures("x", "y", counted)
    assert (told.shown, told.planted, told.planted_found) == (0, 1, 1)


def test_event_free_time_leaves_out_each_day_near_an_event_once():
    near = events((100, 120), (125, 140))  # 98 to 127 and 123 to 147
    counted = count(alerts(), near, watched())
    assert counted.years == pytest.approx(1)
    assert counted.quiet_years == pytest.approx((365.25 - 49) / 365.25)


def test_what_is_raised_when_nobody_is_watched_does_not_count():
    counted = count(alerts((50, "red"), (300, "red")), events(), watched(until=100))
    assert (counted.cards, counted.alerts, counted.false, counted.false_red) == (1, 1, 1, 1)


def test_a_card_for_silence_only_is_told_apart():
    raised = alerts((10, "amber", "copd.overdue"), (30, "amber", "copd.overdue"), (31, "amber", "limits"))
    counted = count(raised, events(), watched())
    assert (counted.false, counted.false_silent) == (2, 1)


def test_a_shorter_chain_makes_more_cards():
    raised = alerts((1, "amber"), (5, "amber"))
    assert count(raised, events(), watched(), chain=7).cards == 1
    assert count(raised, events(), watched(), chain=2).cards == 2


def test_alerts_of_every_severity_are_counted_beside_the_loud_ones():
    counted = count(alerts((10, "yellow"), (105, "blue"), (106, "red")), events((100, 120)), watched())
    assert (counted.alerts, counted.loud, counted.quiet_alerts, counted.quiet_loud) == (3, 1, 1, 0)


def test_pathways_are_put_together_by_adding_up():
    one = count(alerts((10, "amber")), events((100, 120)), watched())
    both = together([one, one])
    assert (both.years, both.false, len(both.events)) == (2 * one.years, 2, 2)


def test_a_missed_drift_has_waited_until_its_window_ends():
    counted = count(alerts((103, "amber")), events((100, 120), (200, 240)), watched())
    told = figures("x", "y", counted)
    assert told.drift_days[0] == pytest.approx((3 + 42) / 2)
    assert told.drift_days_found == 3
    assert math.isnan(told.abrupt_days[0])
    assert told.sensitivity == 0.5


def test_targets_compare_ours_with_fixed_limits():
    near = events(*((start, start + 20) for start in range(30, 330, 50)))
    fast = count(alerts(*((start + 2, "amber") for start in range(30, 330, 50))), near, watched())
    slow = count(alerts(*((start + 10, "amber") for start in range(30, 330, 50))), near, watched())
    ours, fixed = figures("x", "ours", fast), figures("x", "fixed limits", slow)
    assert [each.met for each in targets(ours, fixed, None)] == [True, True, True]
    assert [each.met for each in targets(fixed, ours, None)] == [True, True, False]
    assert [each.decides for each in targets(ours, fixed, figures("x", "quiet", slow))] == [
        True,
        True,
        True,
        False,
    ]


def test_a_cohort_on_which_a_plain_cusum_meets_both_bars_is_too_easy():
    good = figures("x", "c", count(alerts((102, "amber")), events((100, 120)), watched()))
    noisy = figures(
        "x", "c", count(alerts((10, "amber"), (30, "amber"), (102, "amber")), events((100, 120)), watched())
    )
    assert not hard_enough(good)
    assert hard_enough(noisy)


def test_wilsons_interval():
    low, high = wilson(95, 100)
    assert (low, high) == (pytest.approx(0.8882, abs=1e-4), pytest.approx(0.9785, abs=1e-4))
    assert wilson(0, 0) == (0.0, 1.0)


def test_the_bootstrap_of_a_median_is_the_same_every_time_and_holds_it():
    values = np.arange(101.0)
    assert median_interval(values) == median_interval(values)
    middle, low, high = median_interval(values)
    assert middle == 50
    assert 30 < low < 50 < high < 70
