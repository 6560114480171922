"""Why a camera is paused and until when, and the pauses that are over."""

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Apply; of the pauses of now no reason is known."""
    op.add_column(
        "paused_cameras", sa.Column("reason", sa.Text(), nullable=False, server_default="")
    )
    op.add_column("paused_cameras", sa.Column("until", sa.DateTime(timezone=True)))
    op.create_table(
        "past_pauses",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("camera", sa.String(40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
    )
    op.create_index("ix_past_pauses_camera_ended_at", "past_pauses", ["camera", "ended_at"])


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_past_pauses_camera_ended_at", "past_pauses")
    op.drop_table("past_pauses")
    op.drop_column("paused_cameras", "until")
    op.drop_column("paused_cameras", "reason")
