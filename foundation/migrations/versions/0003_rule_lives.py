"""The lives of rules: what runs is decided by the database; and what rules in shadow would have raised."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables and their rights; what ran until now goes on."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(script)


def downgrade() -> None:
    """Every rule of the packs runs again, whatever people decided."""
    op.execute("DROP FUNCTION judge_again(text, smallint[], timestamptz, timestamptz)")
    op.execute("DROP FUNCTION teams_without_anybody()")
    for table in ("shadow_failure", "shadow_episode", "rule_life"):
        op.execute(f"DROP TABLE {table}")
