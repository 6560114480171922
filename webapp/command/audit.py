"""The commands that look into the audit log."""

import click

from webapp.core.errors import AuditLogError


@click.group()
def audit() -> None:
    """The audit log."""


@audit.command()
@click.option("--head", default="", help="A head that was noted elsewhere; it must still be there.")
def verify(head: str) -> None:
    """Check that no entry was changed, removed or moved, and print the head to be noted."""
    from webapp.command.database import open_session
    from webapp.storage.audit_chain import verify as run

    with open_session() as work:
        report = run(work, head.strip().lower())
    if report.checkpoint:
        at = f"{report.checkpoint.at:%Y-%m-%d %H:%M:%S} UTC"
        click.echo(
            f"Checkpoint: after entry {report.checkpoint.last_id}, of the purge of {at}; "
            f"{report.checkpoint.removed} entries are gone"
        )
    else:
        click.echo("Checkpoint: none; nothing was ever purged")
    click.echo(f"Entries:    {report.count}")
    click.echo(f"Head:       {report.head} (entry {report.last_id})")
    if report.fault:
        raise AuditLogError(report.fault)
