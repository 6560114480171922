"""Shows what a command found."""

import json
import sys
from pathlib import Path
from typing import Any

import click


def show_figures(figures: dict[str, Any], json_file: Path | None) -> None:
    """Print figures as JSON, and write them into a file if one is named.

    Ends the process with one line when the file cannot be written.
    """
    text = json.dumps(figures, indent=2)
    click.echo(text)
    if json_file is None:
        return
    try:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(text + "\n")
    except OSError as error:
        sys.exit(f"evenkeel: {json_file}: cannot be written ({error.strerror}).")
