"""What a rule says is to be done, and what an alert said."""

import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | None = None
depends_on: str | None = None

NEW = {"advice": ""}
RULES = sa.table("alert_rules", *map(sa.column, ("id", "seed")))


def upgrade() -> None:
    """Apply; rules from before say nothing."""
    for table in ("alert_rules", "alerts"):
        advice = sa.Column("advice", sa.String(500), nullable=False, server_default="")
        op.add_column(table, advice)
    _change_seeds(lambda seed: seed | NEW)


def downgrade() -> None:
    """Undo, in place."""
    _change_seeds(lambda seed: {name: seed[name] for name in seed if name not in NEW})
    for table in ("alerts", "alert_rules"):
        op.drop_column(table, "advice")


def _change_seeds(change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    connection = op.get_bind()
    seeded = sa.select(RULES).where(RULES.c.seed.is_not(None))
    for row in connection.execute(seeded).mappings().all():
        seed = json.dumps(change(json.loads(row["seed"])), ensure_ascii=False)
        connection.execute(sa.update(RULES).where(RULES.c.id == row["id"]).values(seed=seed))
