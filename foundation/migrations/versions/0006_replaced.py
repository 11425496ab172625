"""Bounds that were replaced are few, and found at once: every check asks whose they are."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Index them."""
    op.execute(
        "CREATE INDEX ix_threshold_replaced ON threshold (patient_id, kind) WHERE replaced_at IS NOT NULL"
    )


def downgrade() -> None:
    """Look for them among all bounds again."""
    op.execute("DROP INDEX ix_threshold_replaced")
