"""Cameras and their history at three resolutions."""

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None

RESOLUTIONS = ("history_10s", "history_60s", "history_3600s")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "cameras",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(40), nullable=False, unique=True),
    )
    op.create_table(
        "class_lists",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("names", sa.String(2000), nullable=False, unique=True),
    )
    for name in RESOLUTIONS:
        _create_history(name)


def downgrade() -> None:
    """Undo."""
    for name in (*RESOLUTIONS, "class_lists", "cameras"):
        op.drop_table(name)


def _create_history(name: str) -> None:
    op.create_table(
        name,
        sa.Column("camera_id", sa.Integer(), sa.ForeignKey("cameras.id"), primary_key=True),
        sa.Column("start_s", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("data_s", sa.Float(24), nullable=False),
        sa.Column("faces_s", sa.Float(24), nullable=False),
        sa.Column("faces_mean", sa.Float(24), nullable=False),
        sa.Column("faces_max", sa.SmallInteger(), nullable=False),
        sa.Column("class_list_id", sa.Integer(), sa.ForeignKey("class_lists.id"), nullable=False),
        sa.Column("counts_mean", sa.LargeBinary(), nullable=False),
        sa.Column("indicator_mean", sa.Float(24), nullable=False),
        sa.Column("indicator_max", sa.Float(24), nullable=False),
        sqlite_with_rowid=False,
    )
