"""The tables of alerts: rules, alerts, what happened to them, silences, outbox, audit log."""

from datetime import datetime

from sqlalchemy import Float, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.storage.tables import Base, UtcDateTime


class RuleRow(Base):
    """One rule as it is watched now; see `core.alert_rules.AlertRule`.

    `seed` is the JSON of the values that the settings gave it at the first start, None for a rule
    that was added since.
    """

    __tablename__ = "alert_rules"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    camera: Mapped[str | None] = mapped_column(String(40))
    expressions: Mapped[str] = mapped_column(Text)
    enter: Mapped[float] = mapped_column(Float(53))
    exit: Mapped[float] = mapped_column(Float(53))
    hold_s: Mapped[float] = mapped_column(Float(53))
    clear_s: Mapped[float] = mapped_column(Float(53))
    least_people: Mapped[int]
    least_share: Mapped[float] = mapped_column(Float(53))
    min_faces: Mapped[int]
    min_confidence: Mapped[float] = mapped_column(Float(53))
    cooldown_s: Mapped[float] = mapped_column(Float(53))
    schedule: Mapped[str] = mapped_column(Text)
    is_enabled: Mapped[bool]
    advice: Mapped[str] = mapped_column(String(500), server_default="")
    seed: Mapped[str | None] = mapped_column(Text)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by: Mapped[str] = mapped_column(String(64))


class SeedingRow(Base):
    """What happened once: the settings filled something, or see `first_hour`."""

    __tablename__ = "seedings"

    subject: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class AlertRow(Base):
    """An alert that fired. `phase` is firing, recovering or resolved.

    `course` is JSON, see `core.course.Course`; only replays read it. From `people` on stands the
    `core.evidence.Evidence`, None in rows of before it was kept.
    """

    __tablename__ = "alerts"
    __table_args__ = (Index("ix_alerts_camera_fired_at", "camera", "fired_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    rule_id: Mapped[int]
    rule_name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(16))
    camera: Mapped[str] = mapped_column(String(40))
    form: Mapped[str] = mapped_column(String(40))
    expressions: Mapped[str] = mapped_column(Text)
    phase: Mapped[str] = mapped_column(String(16), index=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    fired_at: Mapped[datetime] = mapped_column(UtcDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    value: Mapped[float] = mapped_column(Float(53))
    peak: Mapped[float] = mapped_column(Float(53))
    reason: Mapped[str] = mapped_column(String(200))
    advice: Mapped[str] = mapped_column(String(500), server_default="")
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_by: Mapped[str | None] = mapped_column(String(64))
    answer: Mapped[str | None] = mapped_column(String(16))
    course: Mapped[str | None] = mapped_column(Text, deferred=True)
    people: Mapped[int | None]
    in_view: Mapped[int | None]
    rise: Mapped[float | None] = mapped_column(Float(53))
    face_px: Mapped[float | None] = mapped_column(Float(53))
    sharpness: Mapped[float | None] = mapped_column(Float(53))
    turn_deg: Mapped[float | None] = mapped_column(Float(53))


class AlertEventRow(Base):
    """What happened to an alert: its own changes, an acknowledgement, a comment, an answer."""

    __tablename__ = "alert_events"
    # A change that is written again, because nobody knows whether the first try arrived, is one.
    __table_args__ = (UniqueConstraint("alert_id", "change", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    alert_id: Mapped[str] = mapped_column(ForeignKey("alerts.id", ondelete="CASCADE"), index=True)
    change: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    value: Mapped[float | None] = mapped_column(Float(53))
    author: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)


class SilenceRow(Base):
    """No notifications of a camera, a rule or everything until a time."""

    __tablename__ = "silences"

    id: Mapped[int] = mapped_column(primary_key=True)
    camera: Mapped[str | None] = mapped_column(String(40))
    rule_id: Mapped[int | None]
    until: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    reason: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OutboxRow(Base):
    """One message to one target. It is done when `sent_at` or `failed_at` is set.

    `target` is the key of a receiver, see `receiver_tables.ReceiverRow`.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("alert_id", "change", "target"),
        Index("ix_outbox_due", "sent_at", "failed_at", "next_try_at"),
        Index("ix_outbox_target", "target", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    alert_id: Mapped[str] = mapped_column(ForeignKey("alerts.id", ondelete="CASCADE"))
    change: Mapped[str] = mapped_column(String(16))
    target: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_try_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_owner: Mapped[str | None] = mapped_column(String(32))
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str] = mapped_column(String(300), default="")
    # JSON, see `core.message_fields`.
    fields: Mapped[str | None] = mapped_column(Text)


class AuditRow(Base):
    """See `core.audit_chain.ChainEntry`; triggers refuse to change a row."""

    __tablename__ = "audit_log"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    author: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(40))
    details: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))


class AuditCheckpointRow(Base):
    """What the newest purge left; see `core.audit_chain.Checkpoint`.

    Triggers let rows of the audit log go only up to it.
    """

    __tablename__ = "audit_checkpoints"

    last_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sha256: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed: Mapped[int]
