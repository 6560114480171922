"""The audit log becomes a chain that only grows; papers name who runs the cameras.

What stands in the log is chained as it is.

A later migration that rebuilds `audit_log`, as SQLite does for most changes of a table, must make
the triggers again.
"""

import sqlalchemy as sa
from alembic import op

from webapp.core.audit_chain import GENESIS, ChainEntry
from webapp.storage.tables import UtcDateTime

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | None = None
depends_on: str | None = None

AT_ONCE = 1000
REFUSAL = "The audit log only grows: entries are neither changed nor removed."
NEWEST_REMOVED = "(SELECT COALESCE(MAX(last_id), 0) FROM audit_checkpoints)"
SQLITE_GUARDS = (
    "CREATE TRIGGER audit_log_keeps_what_it_says BEFORE UPDATE ON audit_log "
    f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
    "CREATE TRIGGER audit_log_keeps_entries BEFORE DELETE ON audit_log "
    f"WHEN OLD.id > {NEWEST_REMOVED} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END",
)
POSTGRESQL_GUARDS = (
    "CREATE FUNCTION audit_log_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    f"IF TG_OP = 'DELETE' AND OLD.id <= {NEWEST_REMOVED} THEN RETURN OLD; END IF; "
    f"RAISE EXCEPTION '{REFUSAL}'; END $$",
    "CREATE TRIGGER audit_log_only_grows BEFORE UPDATE OR DELETE ON audit_log "
    "FOR EACH ROW EXECUTE FUNCTION audit_log_only_grows()",
)
AUDIT_LOG = sa.table(
    "audit_log",
    sa.column("id", sa.Integer),
    sa.column("at", UtcDateTime),
    sa.column("author", sa.String),
    sa.column("action", sa.String),
    sa.column("details", sa.Text),
    sa.column("sha256", sa.String),
)


def upgrade() -> None:
    """Apply."""
    op.add_column(
        "audit_log", sa.Column("sha256", sa.String(64), nullable=False, server_default="")
    )
    op.create_table(
        "audit_checkpoints",
        sa.Column("last_id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
    )
    op.create_table(
        "controller",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("protection_contact", sa.Text(), nullable=False),
        sa.Column("ground", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.String(64), nullable=False),
    )
    _chain()
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for guard in SQLITE_GUARDS if is_sqlite else POSTGRESQL_GUARDS:
        op.execute(guard)


def downgrade() -> None:
    """Undo; the entries stay."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER audit_log_keeps_what_it_says")
        op.execute("DROP TRIGGER audit_log_keeps_entries")
    else:
        op.execute("DROP FUNCTION audit_log_only_grows() CASCADE")
        # Which the chain did without.
        op.execute(
            "SELECT setval(pg_get_serial_sequence('audit_log', 'id'), MAX(id)) FROM audit_log"
        )
    op.drop_table("controller")
    op.drop_table("audit_checkpoints")
    op.drop_column("audit_log", "sha256")


def _chain() -> None:
    connection, head, last_id = op.get_bind(), GENESIS, -1
    oldest = sa.select(AUDIT_LOG).order_by(AUDIT_LOG.c.id).limit(AT_ONCE)
    change = (
        sa.update(AUDIT_LOG)
        .where(AUDIT_LOG.c.id == sa.bindparam("of_id"))
        .values(sha256=sa.bindparam("hash"))
    )
    while rows := connection.execute(oldest.where(AUDIT_LOG.c.id > last_id)).all():
        hashes = []
        for row in rows:
            head = ChainEntry(**row._mapping).hashed_after(head)
            hashes.append({"of_id": row.id, "hash": head})
        connection.execute(change, hashes)
        last_id = rows[-1].id
