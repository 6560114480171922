"""Cameras get a table: what `CAMERAS` said until now, pages change from now on."""

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | None = None
depends_on: str | None = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply; the next start fills it."""
    op.create_table(
        "camera_setups",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("title", sa.String(60), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("is_sealed", sa.Boolean(), nullable=False),
        sa.Column("turn_deg", sa.Integer(), nullable=False),
        sa.Column("is_mirrored", sa.Boolean(), nullable=False),
        sa.Column("mask", sa.Text(), nullable=False),
        sa.Column("detect_width", sa.Integer()),
        sa.Column("most_fps", sa.Float(53)),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("updated_by", sa.String(64), nullable=False),
        sa.Column("removed_at", TIME),
    )


def downgrade() -> None:
    """Undo; `CAMERAS` counts again."""
    op.drop_table("camera_setups")
