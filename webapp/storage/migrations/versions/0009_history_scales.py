"""By which scale the indicator of each row of history was written."""

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | None = None
depends_on: str | None = None

RESOLUTIONS = ("history_10s", "history_60s", "history_3600s")
# See `core.scales`; whatever is there already, or comes from an older server, is of the first one.
FIRST_SCALE = "1"


def upgrade() -> None:
    """Apply; no row is written anew, however many there are."""
    for name in RESOLUTIONS:
        scale = sa.Column("scale", sa.SmallInteger(), nullable=False, server_default=FIRST_SCALE)
        op.add_column(name, scale)


def downgrade() -> None:
    """Undo; the rows stay, and nothing tells their scales apart any more."""
    for name in RESOLUTIONS:
        op.drop_column(name, "scale")
