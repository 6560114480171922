"""What people answer of an alert, and how its value went."""

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Apply; alerts from before have neither."""
    op.add_column("alerts", sa.Column("answer", sa.String(16)))
    op.add_column("alerts", sa.Column("course", sa.Text()))


def downgrade() -> None:
    """Undo; in place, since a table that SQLite makes anew takes all that refers to it along."""
    op.drop_column("alerts", "course")
    op.drop_column("alerts", "answer")
    op.execute("DELETE FROM alert_events WHERE change = 'answered'")
