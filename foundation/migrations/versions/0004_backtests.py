"""Backtests: what people asked to be tried on what is stored, and what came of it."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table and its rights."""
    script = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().connection.cursor().execute(script)


def downgrade() -> None:
    """Nothing rests on them: a backtest can be asked for again."""
    op.execute("DROP TABLE backtest")
