"""Runs the migrations on the connection that `storage.upgrade` hands over."""

from alembic import context

from webapp.storage import (  # noqa: F401, their tables register
    alert_tables,
    api_tokens,
    camera_access,
    camera_tables,
    controller,
    history_tables,
    lease_tables,
    purposes,
    receiver_tables,
    room_links,
    second_factor,
)
from webapp.storage.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
