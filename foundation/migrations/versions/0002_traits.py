"""Traits, and bounds that a person gives back to their pathway."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table and its rights; let a lead set bounds too."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(script)


def downgrade() -> None:
    """What a lead has set meanwhile stays; who gave bounds back is no longer on record."""
    op.execute("DROP TABLE trait")
    op.execute("UPDATE threshold SET set_by = NULL WHERE source <> 'person'")
    op.execute("ALTER TABLE threshold DROP CONSTRAINT ck_threshold_person")
    op.execute(
        "ALTER TABLE threshold ADD CONSTRAINT ck_threshold_person "
        "CHECK ((source = 'person') = (set_by IS NOT NULL AND reason IS NOT NULL)) NOT VALID"
    )
    for policy, table in (("decided", "threshold"), ("replaced", "threshold"), ("decided", "arrival")):
        op.execute(f"DROP POLICY {policy} ON {table}")
    op.execute(
        "CREATE POLICY decided ON threshold FOR INSERT TO telehealth_web WITH CHECK "
        "((SELECT viewer_role()) = 'clinician' AND cares_for(patient_id) AND set_by = viewer_staff())"
    )
    op.execute(
        "CREATE POLICY replaced ON threshold FOR UPDATE TO telehealth_web USING "
        "((SELECT viewer_role()) = 'clinician' AND cares_for(patient_id))"
    )
    op.execute(
        "CREATE POLICY decided ON arrival FOR INSERT TO telehealth_web WITH CHECK "
        "((SELECT viewer_role()) = 'clinician' AND cares_for(patient_id))"
    )
    op.execute("DROP POLICY changed ON alert_event")
