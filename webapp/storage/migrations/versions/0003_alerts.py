"""Alert rules, alerts, silences, the outbox and the audit log."""

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply."""
    _create_rules()
    _create_alerts()
    _create_events()
    _create_outbox()
    op.create_table(
        "silences",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("camera", sa.String(40)),
        sa.Column("rule_id", sa.Integer()),
        sa.Column("until", TIME, nullable=False, index=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("author", sa.String(64), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("ended_at", TIME),
    )
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", TIME, nullable=False, index=True),
        sa.Column("author", sa.String(64), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    """Undo."""
    for name in ("audit_log", "silences", "outbox", "alert_events", "alerts", "alert_rules"):
        op.drop_table(name)


def _create_rules() -> None:
    op.create_table(
        "alert_rules",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(80), nullable=False, unique=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("camera", sa.String(40)),
        sa.Column("expressions", sa.Text(), nullable=False),
        sa.Column("enter", sa.Float(53), nullable=False),
        sa.Column("exit", sa.Float(53), nullable=False),
        sa.Column("hold_s", sa.Float(53), nullable=False),
        sa.Column("clear_s", sa.Float(53), nullable=False),
        sa.Column("min_faces", sa.Integer(), nullable=False),
        sa.Column("min_confidence", sa.Float(53), nullable=False),
        sa.Column("cooldown_s", sa.Float(53), nullable=False),
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("updated_by", sa.String(64), nullable=False),
    )


def _create_alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("rule_name", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("camera", sa.String(40), nullable=False),
        sa.Column("expressions", sa.Text(), nullable=False),
        sa.Column("phase", sa.String(16), nullable=False, index=True),
        sa.Column("since", TIME, nullable=False),
        sa.Column("fired_at", TIME, nullable=False),
        sa.Column("resolved_at", TIME),
        sa.Column("value", sa.Float(53), nullable=False),
        sa.Column("peak", sa.Float(53), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("acknowledged_at", TIME),
        sa.Column("acknowledged_by", sa.String(64)),
        sa.Index("ix_alerts_camera_fired_at", "camera", "fired_at"),
    )


def _create_events() -> None:
    op.create_table(
        "alert_events",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "alert_id",
            sa.String(32),
            sa.ForeignKey("alerts.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("change", sa.String(16), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("value", sa.Float(53)),
        sa.Column("author", sa.String(64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.UniqueConstraint("alert_id", "change", "at"),
    )


def _create_outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "alert_id",
            sa.String(32),
            sa.ForeignKey("alerts.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("change", sa.String(16), nullable=False),
        sa.Column("target", sa.String(32), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("next_try_at", TIME, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", TIME),
        sa.Column("lease_owner", sa.String(32)),
        sa.Column("sent_at", TIME),
        sa.Column("failed_at", TIME),
        sa.Column("last_error", sa.String(300), nullable=False),
        sa.UniqueConstraint("alert_id", "change", "target"),
        sa.Index("ix_outbox_due", "sent_at", "failed_at", "next_try_at"),
    )
