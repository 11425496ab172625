"""A rule that fails on a patient is set aside, loudly; once it works again, nothing that came meanwhile is missed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from alerts import rules
from foundation.database import transaction
from people.viewer import OWNER
from tests import builders
from tests.alerts.lived import UNTIL, Lived

RULE = "every.pulse_limits"
HOUR = timedelta(hours=1)
FAILURES = text("SELECT patient_id, rule, since, problem FROM check_failure ORDER BY patient_id, rule")
ALERTS = text("SELECT patient_id, rule, severity FROM alert ORDER BY patient_id, rule")


@pytest.fixture
def lived(database):
    made = Lived(UNTIL - timedelta(days=2), builders.a_team())
    yield made
    made.checker.close()


@pytest.fixture
def broken(monkeypatch):
    """A rule that fails on everybody until it is mended."""
    real = rules.TYPES["limits"]

    def states(spec: Any, given: Any) -> Any:
        if spec.id == RULE:
            raise RuntimeError("broken")
        return real.states(spec, given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(rules.TYPES, "limits", replace(real, states=states))
        yield patch


def sent(lived: Lived, patient: Any, kind: str, value: float, unit: str, at: datetime) -> None:
    lived.send(patient, [{"kind": kind, "value": value, "unit": unit, "measured_at": at.isoformat()}], at)


def rows(query: Any) -> list[tuple[Any, ...]]:
    with transaction(OWNER) as session:
        return [tuple(row) for row in session.execute(query)]


@pytest.mark.parametrize("between", ["nothing", "another kind", "the same kind"])
def test_what_a_rule_failed_on_is_judged_once_it_works_again(lived, broken, between):
    patient, at = lived.add(["heart_failure"]), lived.began
    sent(lived, patient, "heart_rate", 141, "/min", at)
    lived.check(at)
    assert rows(FAILURES) == [(patient.id, RULE, at, "RuntimeError")]
    if between == "another kind":
        sent(lived, patient, "body_weight", 80, "kg", at + HOUR / 2)
    elif between == "the same kind":
        sent(lived, patient, "heart_rate", 70, "/min", at + HOUR / 2)
    lived.check(at + HOUR / 2)
    assert rows(FAILURES) == [(patient.id, RULE, at, "RuntimeError")]
    assert RULE not in {rule for _, rule, _ in rows(ALERTS)}
    broken.undo()
    lived.check(at + 2 * HOUR)
    assert rows(FAILURES) == []
    assert (patient.id, RULE, 4) in rows(ALERTS)
