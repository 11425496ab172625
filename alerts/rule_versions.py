"""Every version of every rule that has run, word for word. A version is never changed: a changed rule is a new version."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import text

from foundation.errors import Refused

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from alerts.pathways import Packs

KNOWN = text("SELECT rule, version, sha256 FROM rule_version")
ADD = text("""INSERT INTO rule_version (rule, version, body, sha256, first_used_at)
    VALUES (:rule, :version, CAST(:body AS jsonb), :sha, :at) ON CONFLICT DO NOTHING""")


def register(session: Session, packs: Packs, at: datetime) -> int:
    """Put new versions on record; how many. Refused where a rule was changed and its version was not."""
    known = {(row.rule, row.version): bytes(row.sha256).hex() for row in session.execute(KNOWN)}
    new = 0
    for spec in packs.rules:
        before = known.get((spec.id, spec.version))
        if before is None:
            body = json.dumps(spec.body())
            session.execute(
                ADD,
                {
                    "rule": spec.id,
                    "version": spec.version,
                    "body": body,
                    "sha": bytes.fromhex(spec.sha256()),
                    "at": at,
                },
            )
            new += 1
        elif before != spec.sha256():
            raise Refused(
                "rule_changed_in_place",
                f"Rule {spec.id} differs from its version {spec.version} that has run here. Raise its version in the pack.",
            )
    return new
