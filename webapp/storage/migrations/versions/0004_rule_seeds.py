"""What the settings gave each rule, value by value, instead of one word for the whole rule."""

import json

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | None = None
depends_on: str | None = None

VALUES = (
    "name",
    "kind",
    "camera",
    "expressions",
    "enter",
    "exit",
    "hold_s",
    "clear_s",
    "min_faces",
    "min_confidence",
    "cooldown_s",
    "schedule",
    "is_enabled",
)
RULES = sa.table(
    "alert_rules",
    *map(sa.column, ("id", "source", "seed", *VALUES[:-1])),
    sa.column("is_enabled", sa.Boolean()),
)


def upgrade() -> None:
    """Apply; what a rule that was edited had from the settings is not known any more."""
    op.add_column("alert_rules", sa.Column("seed", sa.Text()))
    connection = op.get_bind()
    unedited = sa.select(RULES).where(RULES.c.source == "environment")
    for row in connection.execute(unedited).mappings().all():
        seed = json.dumps({name: row[name] for name in VALUES}, ensure_ascii=False)
        connection.execute(sa.update(RULES).where(RULES.c.id == row["id"]).values(seed=seed))
    with op.batch_alter_table("alert_rules") as table:
        table.drop_column("source")


def downgrade() -> None:
    """Undo."""
    source = sa.Column("source", sa.String(16), nullable=False, server_default="admin page")
    with op.batch_alter_table("alert_rules") as table:
        table.add_column(source)
        table.drop_column("seed")
