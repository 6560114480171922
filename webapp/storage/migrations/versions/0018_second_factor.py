"""Users may have a second factor: a sealed key, and recovery codes as hashes."""

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Apply; nobody has one at first."""
    op.add_column("users", sa.Column("totp_key", sa.Text()))
    op.add_column("users", sa.Column("totp_step", sa.Integer(), nullable=False, server_default="0"))
    user = sa.ForeignKey("users.id", ondelete="CASCADE")
    op.create_table(
        "recovery_codes",
        sa.Column("code_sha256", sa.String(64), primary_key=True),
        sa.Column("user_id", sa.Integer(), user, nullable=False, index=True),
    )


def downgrade() -> None:
    """Undo; passwords alone are asked for again."""
    op.drop_table("recovery_codes")
    op.drop_column("users", "totp_step")
    op.drop_column("users", "totp_key")
