"""What everybody who is signed in may read up: what the figures mean, and what this is made of."""

import platform
from functools import cache
from pathlib import Path

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from webapp.disk.shipped import Package, browser_packages, model_facts, python_packages
from webapp.web.access.permissions import Audience, needs
from webapp.web.pages.papers import MODEL_DIR

# Of the application's configuration: where the lists of packages lie.
CODE_DIR = "CODE_DIR"
bp = Blueprint("about", __name__)


@bp.get("/help")
@needs(Audience.SIGNED_IN)
def help_page() -> ResponseReturnValue:
    """Say what the indicator can and cannot say, and what to do on an alert."""
    return render_template("help.html")


@bp.get("/about")
@needs(Audience.SIGNED_IN)
def about() -> ResponseReturnValue:
    """Show versions, the network in short, and licences."""
    metadata, figures, _ = model_facts(Path(current_app.config[MODEL_DIR]))
    python, browser = _packages(Path(current_app.config[CODE_DIR]))
    return render_template(
        "about.html",
        python_version=platform.python_version(),
        metadata=metadata,
        figures=figures,
        python_packages=python,
        browser_packages=browser,
    )


@cache
def _packages(code: Path) -> tuple[list[Package], list[Package]]:
    return python_packages(code / "requirements.txt"), browser_packages(code / "package-lock.json")
