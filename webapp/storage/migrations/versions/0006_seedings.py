"""That the rules were seeded, until now read off the audit log, gets a place of its own."""

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | None = None
depends_on: str | None = None

TIME = sa.DateTime(timezone=True)
AUDIT = sa.table("audit_log", sa.column("action"), sa.column("at", TIME))
RULES = sa.table("alert_rules", sa.column("updated_at", TIME))


def upgrade() -> None:
    """Apply; rules without their entry in the audit log were seeded, too."""
    seedings = op.create_table(
        "seedings",
        sa.Column("subject", sa.String(40), primary_key=True),
        sa.Column("at", TIME, nullable=False),
    )
    connection = op.get_bind()
    noted = sa.select(sa.func.min(AUDIT.c.at)).where(AUDIT.c.action == "rules seeded")
    edited = sa.select(sa.func.min(RULES.c.updated_at))
    seeded_at = connection.scalar(noted) or connection.scalar(edited)
    if seeded_at:
        connection.execute(sa.insert(seedings).values(subject="rules", at=seeded_at))


def downgrade() -> None:
    """Undo; the audit log alone holds again whether rules were seeded."""
    op.drop_table("seedings")
