"""Users who may not sign in for now."""

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Apply; everybody there is may sign in."""
    op.add_column("users", sa.Column("disabled_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Undo; in place, since a table that SQLite makes anew takes all that refers to it along."""
    op.drop_column("users", "disabled_at")
