"""Users get a role and, alone or in groups, the cameras that they see."""

import sqlalchemy as sa
from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Apply; who was no admin manages, which is what users could do, and everybody sees all."""
    op.add_column(
        "users", sa.Column("role", sa.String(16), nullable=False, server_default="viewer")
    )
    op.execute("UPDATE users SET role = CASE WHEN is_admin THEN 'admin' ELSE 'manager' END")
    op.drop_column("users", "is_admin")
    op.add_column("users", _claim("sees_all", sa.true()))
    op.add_column("sessions", _claim("by_proxy", sa.false()))
    op.create_table(
        "user_groups",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("name_key", sa.String(256), nullable=False, unique=True),
        sa.Column("sees_all", sa.Boolean(), nullable=False),
    )
    op.create_table("group_members", _key("group_id", "user_groups"), _key("user_id", "users"))
    op.create_table("user_cameras", _key("user_id", "users"), _camera())
    op.create_table("group_cameras", _key("group_id", "user_groups"), _camera())
    op.create_index("ix_group_members_user_id", "group_members", ["user_id"])


def downgrade() -> None:
    """Undo; managers and viewers are the same again, and everybody sees every camera."""
    for table in ("group_cameras", "user_cameras", "group_members", "user_groups"):
        op.drop_table(table)
    op.drop_column("sessions", "by_proxy")
    op.drop_column("users", "sees_all")
    op.add_column("users", _claim("is_admin", sa.false()))
    op.execute("UPDATE users SET is_admin = (role = 'admin')")
    op.drop_column("users", "role")


def _claim(name: str, default: "sa.ColumnElement[bool]") -> "sa.Column[bool]":
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=default)


def _key(name: str, table: str) -> "sa.Column[int]":
    refers_to = sa.ForeignKey(f"{table}.id", ondelete="CASCADE")
    return sa.Column(name, sa.Integer(), refers_to, primary_key=True)


def _camera() -> "sa.Column[str]":
    return sa.Column("camera", sa.String(40), primary_key=True)
