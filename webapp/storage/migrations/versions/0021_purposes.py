"""Cameras get stated purposes, without which those that show people stay off."""

import sqlalchemy as sa
from alembic import op

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: str | None = None
depends_on: str | None = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply; each camera that needs a purpose is off until an admin states it."""
    with op.batch_alter_table("camera_setups") as batch:
        batch.add_column(sa.Column("reads_since", TIME))
    op.execute("UPDATE camera_setups SET reads_since = updated_at")
    with op.batch_alter_table("camera_setups") as batch:
        batch.alter_column("reads_since", existing_type=TIME, nullable=False)
    op.create_table(
        "camera_purposes",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("camera", sa.String(40), nullable=False, index=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("is_informed", sa.Boolean(), nullable=False),
        sa.Column("region", sa.String(10), nullable=False),
        sa.Column("privacy", sa.String(10), nullable=False),
        sa.Column("min_group", sa.Integer(), nullable=False),
        sa.Column("less_because", sa.Text(), nullable=False),
        sa.Column("stated_by", sa.String(64), nullable=False),
        sa.Column("stated_at", TIME, nullable=False),
        sa.Column("valid_until", TIME, nullable=False),
        sa.Column("reads_since", TIME, nullable=False),
        sa.Column("withdrawn_at", TIME),
        sa.Column("withdrawn_by", sa.String(64), nullable=False),
    )


def downgrade() -> None:
    """Undo; every camera is on whatever it is for."""
    op.drop_table("camera_purposes")
    with op.batch_alter_table("camera_setups") as batch:
        batch.drop_column("reads_since")
