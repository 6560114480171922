"""What an alert rests on: how many people, how far, and how well they were seen."""

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | None = None
depends_on: str | None = None

FIGURES = ("rise", "face_px", "sharpness", "turn_deg")


def upgrade() -> None:
    """Apply; of alerts from before nothing is known."""
    for name in ("people", "in_view"):
        op.add_column("alerts", sa.Column(name, sa.Integer()))
    for name in FIGURES:
        op.add_column("alerts", sa.Column(name, sa.Float(53)))


def downgrade() -> None:
    """Undo; in place, since a table that SQLite makes anew takes all that refers to it along."""
    for name in (*reversed(FIGURES), "in_view", "people"):
        op.drop_column("alerts", name)
