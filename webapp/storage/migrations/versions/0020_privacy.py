"""Cameras get what they show, to whom, and how many people there must be."""

import sqlalchemy as sa
from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: str | None = None
depends_on: str | None = None

TABLE = "camera_setups"


def upgrade() -> None:
    """Apply; what was shown is shown on."""
    mode = sa.String(10)
    with op.batch_alter_table(TABLE) as batch:
        batch.add_column(sa.Column("privacy", mode, nullable=False, server_default="labels"))
        batch.add_column(sa.Column("viewers_see", mode, nullable=False, server_default="counts"))
        batch.add_column(sa.Column("min_group", sa.Integer(), nullable=False, server_default="1"))


def downgrade() -> None:
    """Undo; every camera shows all it has again."""
    with op.batch_alter_table(TABLE) as batch:
        for name in ("privacy", "viewers_see", "min_group"):
            batch.drop_column(name)
