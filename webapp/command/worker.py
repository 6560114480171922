"""The command that holds cameras for several web instances."""

import click

from webapp.config import read_settings


@click.command()
@click.option("--check", is_flag=True, help="Only say whether the worker here runs (exit status).")
def worker(check: bool) -> None:
    """Hold cameras for the web instances that share REDIS_URL and DATABASE_URL."""
    from webapp.serving.logs import set_up_logging
    from webapp.serving.worker.worker import is_alive, run_worker

    settings = read_settings()
    if check:
        if not is_alive(settings.instance_dir):
            raise click.ClickException("no worker runs with this INSTANCE_DIR, or it is stuck.")
        return
    set_up_logging(settings.log_format)
    run_worker(settings)
