"""A row for every table that there is, whatever the version of Evenkeel that made it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Boolean,
    Connection,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    insert,
)

FIRST_DAY = datetime(2026, 1, 1, 12, 30, 15, 250_000, tzinfo=UTC)
# What migrations read, or the queries of tests.
KNOWN = {
    "expressions": '["angry"]',
    "details": "{}",
    "seed": "{}",
    "source": "environment",
    "revoked_at": None,
}
# Its rows must fit those of the log.
LEFT_OUT = ("alembic_version", "audit_checkpoints")


def fill_tables(connection: Connection, mark: int) -> dict[str, dict[str, Any]]:
    """Put a row into every table, but into the audit log only as long as it is no chain.

    Args:
        mark: is in every value of every row; call it with another one for more rows.

    Returns:
        The row of each table.
    """
    tables = MetaData()
    tables.reflect(connection)
    rows = {}
    for table in tables.sorted_tables:
        is_chain = table.name == "audit_log" and "sha256" in table.columns
        if table.name not in LEFT_OUT and not is_chain:
            rows[table.name] = _row(table, mark)
            connection.execute(insert(table).values(rows[table.name]))
    return rows


def _row(table: Table, mark: int) -> dict[str, Any]:
    return {
        column.name: KNOWN[column.name] if column.name in KNOWN else _value(column, mark)
        for column in table.columns
    }


def _value(column: Any, mark: int) -> Any:
    kind = column.type
    if isinstance(kind, Boolean):
        return bool(mark % 2)
    if isinstance(kind, DateTime):
        return FIRST_DAY + timedelta(days=mark)
    if isinstance(kind, Float):
        return mark + 0.5
    if isinstance(kind, Integer):
        return mark
    if isinstance(kind, LargeBinary):
        return bytes([0, mark, 255])
    # The same in all columns, so that rows refer to each other.
    return f"ü {mark}"
