"""Every version of every rule that has run, word for word, and its first step in life.

A version is never changed: a changed rule is a new version.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import text

from alerts.rule_lives import ACTIVE, DRAFT
from alerts.rules.recorded import CannotRunError, spec_of
from foundation.errors import Refused

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from sqlalchemy.orm import Session

    from alerts.pathways import Packs
    from alerts.rules import RuleSpec

LOCK = 7_243_002  # any fixed number: whoever puts rules on record holds this advisory lock

KNOWN = text("SELECT rule, version, body, sha256 FROM rule_version")
LIVING = text("SELECT rule, version, max(step) AS step FROM rule_life GROUP BY rule, version")
ALONE = text("SELECT pg_advisory_xact_lock(:lock)")
ADD = text("""INSERT INTO rule_version (rule, version, body, sha256, first_used_at)
    VALUES (:rule, :version, CAST(:body AS jsonb), :sha, :at) ON CONFLICT DO NOTHING""")
ENTER = text("""INSERT INTO rule_life (rule, step, version, what, life, at, reason)
    SELECT :rule, coalesce(max(step), 0) + 1, :version, 'entered', :life, :at, :reason FROM rule_life WHERE rule = :rule""")


def register(session: Session, packs: Packs, at: datetime) -> int:
    """Put new versions on record; how many. Refused where a rule was changed and its version was not.

    On a fresh database each rule starts as its pack says, active where it says nothing. Later ones wait for people: a
    new version starts as a draft (or in shadow, where its pack says so), and what ran before it goes on.
    """
    new = _new(session, packs)
    if not new:
        return 0
    session.execute(ALONE, {"lock": LOCK})  # of two checkers that start at once the second finds it all done
    new = _new(session, packs)
    fresh = session.execute(LIVING).first() is None
    for spec, on_record in new:
        if not on_record:
            _add(session, spec, at)
        life = packs.life(spec.id)
        if life == ACTIVE and not fresh:
            life = DRAFT
        reason = f"It came with the pack {spec.pathway}."
        told = {"rule": spec.id, "version": spec.version, "life": life, "at": at, "reason": reason}
        session.execute(ENTER, told)
    return sum(not on_record for _, on_record in new)


def _new(session: Session, packs: Packs) -> list[tuple[RuleSpec, bool]]:
    """The packs' rules that have no life here yet, and whether their version is on record."""
    known = {(row.rule, row.version): row for row in session.execute(KNOWN)}
    living = {(row.rule, row.version) for row in session.execute(LIVING)}
    for spec in packs.rules:
        row = known.get((spec.id, spec.version))
        if row is not None and not _same(spec, row):
            raise Refused(
                "rule_changed_in_place",
                f"Rule {spec.id} differs from its version {spec.version} that has run here. Raise its version in the pack.",
            )
    return [
        (spec, (spec.id, spec.version) in known)
        for spec in packs.rules
        if (spec.id, spec.version) not in living
    ]


def _same(spec: RuleSpec, row: Any) -> bool:
    """Whether a rule is as it was put on record; a number that its type has got since is no change of the rule."""
    if bytes(row.sha256).hex() == spec.sha256():
        return True
    try:
        return spec_of(row.body) == spec
    except CannotRunError:
        return False


def _add(session: Session, spec: RuleSpec, at: datetime) -> None:
    told = {"rule": spec.id, "version": spec.version, "at": at}
    session.execute(ADD, {**told, "body": json.dumps(spec.body()), "sha": bytes.fromhex(spec.sha256())})
