"""The first tables, the rights over them, and how the readings table is held on this server."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from foundation.migrations import layouts

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make everything."""
    here = Path(__file__).parent
    for name in ("0001_tables.sql", "0001_rights.sql"):
        # The driver itself, with no parameters: it then takes several statements and leaves format()'s % alone.
        op.get_bind().connection.cursor().execute((here / name).read_text(encoding="utf-8"))
    layouts.lay_out(op.get_bind(), "reading", "measured_at", days=30)


def downgrade() -> None:
    """There is nothing before the first."""
    message = "the first migration cannot be undone: restore a backup instead"
    raise RuntimeError(message)
