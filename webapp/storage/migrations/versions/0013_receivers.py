"""Receivers of messages, with their addresses sealed."""

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Apply; the receivers of `NOTIFY_URLS` come with the next start."""
    op.create_table(
        "receivers",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("key", sa.String(32), nullable=False, unique=True),
        sa.Column("name", sa.String(80), nullable=False, unique=True),
        sa.Column("label", sa.String(300), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text()),
        sa.Column("cameras", sa.Text()),
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(64), nullable=False),
    )
    op.create_index("ix_outbox_target", "outbox", ["target", "id"])


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_outbox_target", "outbox")
    op.drop_table("receivers")
