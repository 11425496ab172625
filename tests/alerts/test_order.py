"""Whatever the order in which readings arrive, however often, and whenever they are checked: the same episodes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from alerts import pathways, thresholds
from alerts.check import Checker
from foundation.database import transaction
from ingest import usual
from ingest.intake import Sent
from ingest.items import decode
from ingest.writer import keep
from people.viewer import OWNER, Viewer
from tests import builders

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PATHWAYS = ["copd", "heart_failure", "hypertension"]
PACKS = pathways.load()
EPISODES = text("""SELECT rule, started_at, last_at, settled_at, severity, evidence_at, moments, figure, bound, confirmed
    FROM episode WHERE patient_id = :patient ORDER BY rule, started_at""")
ALERTS = text("""SELECT rule, severity, first_at, last_at, settled_at, withdrawn FROM alert
    WHERE patient_id = :patient AND resolved_at IS NULL ORDER BY rule""")

# Values on both sides of the bounds, so that a few readings make many episodes.
VALUES = {
    "oxygen_saturation": ("%", st.sampled_from([84, 86, 87, 88, 90, 91, 92, 93, 95])),
    "body_weight": ("kg", st.sampled_from([80.0, 80.4, 81.0, 81.9, 82.1, 82.6])),
    "heart_rate": ("/min", st.sampled_from([42, 60, 72, 100, 112, 120])),
    "systolic": ("mmHg", st.sampled_from([95, 120, 134, 140, 151, 178, 181, 195])),
}


@dataclass(frozen=True)
class Taken:
    """One reading of the drawn history."""

    kind: str
    hours_ago: int
    value: float

    def item(self) -> dict[str, object]:
        at = NOW - timedelta(hours=self.hours_ago)
        return {
            "kind": self.kind,
            "value": self.value,
            "unit": VALUES[self.kind][0],
            "measured_at": at.isoformat(),
        }


readings = st.one_of(
    *(
        st.builds(Taken, st.just(kind), st.integers(1, 24 * 12), values)
        for kind, (_, values) in VALUES.items()
    )
)
histories = st.lists(readings, min_size=1, max_size=28, unique_by=lambda one: (one.kind, one.hours_ago))


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Taken], list[tuple[list[Taken], bool]]]:
    """A history, and a way it came: shuffled, repeated, split over uploads, some of them followed by a check."""
    history = draw(histories)
    repeats = draw(st.lists(st.sampled_from(history), max_size=5))
    order = draw(st.permutations([*history, *repeats]))
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(order) - 1)), max_size=4)))
    parts = [order[start:end] for start, end in zip([0, *cuts], [*cuts, len(order)], strict=True)]
    return history, [(part, draw(st.booleans())) for part in parts if part]


class Ward:
    """A database and a checker that many made-up patients share."""

    def __init__(self) -> None:
        self.team = builders.a_team()
        self.checker = Checker(PACKS)

    def patient(self) -> int:
        one = builders.a_patient(self.team, pathways=PATHWAYS, enrolled_on=(NOW - timedelta(days=30)).date())
        with transaction(OWNER) as session:
            thresholds.seed(session, [one.id], PACKS, NOW)
        return one.id

    def send(self, patient: int, part: list[Taken]) -> None:
        body = json.dumps({"readings": [one.item() for one in part]}).encode()
        items = decode(body, "application/json", None, 10**6).items
        keep(
            [
                Sent(
                    patient,
                    Viewer("patient", patient, "patient"),
                    "api",
                    "application/json",
                    body,
                    items,
                    NOW,
                )
            ],
            thresholds.CURRENT,
            NOW,
        )

    def check(self) -> None:
        while self.checker.batch(NOW) is not None:
            pass

    def standing(self, patient: int) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
        with transaction(OWNER) as session:
            episodes = [tuple(row) for row in session.execute(EPISODES, {"patient": patient})]
            alerts = [
                tuple(row[:5]) for row in session.execute(ALERTS, {"patient": patient}) if not row.withdrawn
            ]
        return episodes, alerts


@pytest.fixture
def ward(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ward]:
    """A ward whose uploads all count as files of old readings.

    Whether the sender is asked to measure again depends on what was usual for them when it came, by design: it is
    asked while they are still there. What becomes of the readings does not.
    """
    monkeypatch.setattr(usual, "INTERACTIVE", 0)
    made = Ward()
    yield made
    made.checker.close()


# Odd values, of which each repeat is believed because the one before it says the same, whichever of them comes first.
ODD = [Taken("oxygen_saturation", hours, 84) for hours in (236, 235, 2, 1)]
PULSE = Taken("heart_rate", 2, 60)


@pytest.mark.storage
@example(([*ODD, PULSE], [([ODD[1]], False), ([ODD[0], PULSE], False), ([ODD[3]], False), ([ODD[2]], False)]))
@example(([*ODD, PULSE], [([one], True) for one in (ODD[1], ODD[0], PULSE, ODD[3], ODD[2])]))
@example(([*ODD, PULSE], [([*ODD, PULSE], False)]))
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(delivery=deliveries())
def test_the_same_readings_give_the_same_episodes_whatever_their_way(ward: Ward, delivery):
    history, parts = delivery
    in_order, as_it_came = ward.patient(), ward.patient()
    for one in sorted(history, key=lambda one: -one.hours_ago):
        ward.send(in_order, [one])
    for part, checked in parts:
        ward.send(as_it_came, part)
        if checked:
            ward.check()
    ward.check()
    assert ward.standing(as_it_came) == ward.standing(in_order)


def test_three_high_in_a_row_alert_also_when_they_come_after_a_later_normal_one(ward: Ward):
    late, punctual = ward.patient(), ward.patient()
    high = [Taken("heart_rate", hours, 120) for hours in (50, 40, 30)]
    normal = Taken("heart_rate", 2, 72)
    ward.send(late, [normal])
    ward.check()
    ward.send(late, high)
    for one in [*high, normal]:
        ward.send(punctual, [one])
        ward.check()
    ward.check()
    episodes, _ = ward.standing(late)
    assert any(rule == "every.pulse_limits" for rule, *_ in episodes)
    assert ward.standing(late) == ward.standing(punctual)
