"""Believed values stay among the held ones."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Let a held value be believed, and intake say so."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(script)


def downgrade() -> None:
    """What was believed stays a reading; that it was odd is forgotten."""
    op.execute("DELETE FROM held WHERE state = 'believed'")
    op.execute("ALTER TABLE held DROP CONSTRAINT ck_held_state")
    op.execute(
        "ALTER TABLE held ADD CONSTRAINT ck_held_state "
        "CHECK (state IN ('waiting', 'accepted', 'dismissed')) NOT VALID"
    )
    op.execute("ALTER TABLE held DROP CONSTRAINT ck_held_who_and_when")
    op.execute(
        "ALTER TABLE held ADD CONSTRAINT ck_held_who_and_when "
        "CHECK ((decided_by IS NULL) = (decided_at IS NULL)) NOT VALID"
    )
    op.execute("REVOKE UPDATE (state, decided_at) ON held FROM telehealth_intake")
    op.execute(
        "ALTER POLICY decided ON held USING ((SELECT viewer_role()) = 'clinician' AND cares_for(patient_id)) "
        "WITH CHECK (decided_by = viewer_staff())"
    )
