"""Rules that count people, and of which form the rule of an alert was."""

import json
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | None = None
depends_on: str | None = None

NEW = {"least_people": 0, "least_share": 0.0}
RULES = sa.table("alert_rules", *map(sa.column, ("id", "seed")))


def upgrade() -> None:
    """Apply; rules from before look at the mean, which is what their settings asked for."""
    people = sa.Column("least_people", sa.Integer(), nullable=False, server_default="0")
    share = sa.Column("least_share", sa.Float(53), nullable=False, server_default="0")
    op.add_column("alert_rules", people)
    op.add_column("alert_rules", share)
    form = sa.Column("form", sa.String(40), nullable=False, server_default="mean")
    op.add_column("alerts", form)
    _change_seeds(lambda seed: seed | NEW)


def downgrade() -> None:
    """Undo, in place; a rule that counts people looks at the mean again."""
    _change_seeds(lambda seed: {name: seed[name] for name in seed if name not in NEW})
    op.drop_column("alerts", "form")
    op.drop_column("alert_rules", "least_share")
    op.drop_column("alert_rules", "least_people")


def _change_seeds(change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    connection = op.get_bind()
    seeded = sa.select(RULES).where(RULES.c.seed.is_not(None))
    for row in connection.execute(seeded).mappings().all():
        seed = json.dumps(change(json.loads(row["seed"])), ensure_ascii=False)
        connection.execute(sa.update(RULES).where(RULES.c.id == row["id"]).values(seed=seed))
