"""Several workers share the cameras; a camera can be bound to one of them."""

import sqlalchemy as sa
from alembic import op

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: str | None = None
depends_on: str | None = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply; no camera is bound."""
    op.create_table(
        "leases",
        sa.Column("kind", sa.String(10), primary_key=True),
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("holder", sa.String(32), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("until", TIME, nullable=False),
    )
    op.create_table(
        "workers",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("until", TIME, nullable=False),
    )
    with op.batch_alter_table("camera_setups") as batch:
        batch.add_column(sa.Column("worker", sa.String(40), nullable=False, server_default=""))


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("camera_setups") as batch:
        batch.drop_column("worker")
    op.drop_table("workers")
    op.drop_table("leases")
