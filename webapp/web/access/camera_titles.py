"""What cameras are called on the pages: titles, which admins change, instead of stable names."""

from collections.abc import Mapping
from typing import cast

from flask import Flask, g

from webapp.core.access import Permission, may
from webapp.core.errors import StorageError
from webapp.storage.cameras import camera_titles as stored_titles
from webapp.web.access.guard import current_actor
from webapp.web.services import current_database


def init_camera_titles(app: Flask) -> None:
    """Give the templates a filter from a name to a title, and all titles for the scripts."""
    app.add_template_filter(title_of, "camera_title")
    app.context_processor(lambda: {"camera_titles": camera_titles})


def camera_titles() -> Mapping[str, str]:
    """Return the titles of the cameras that the user may watch, by name; removed ones, too."""
    if "camera_titles" not in g:
        g.camera_titles = _read_titles()
    return cast(Mapping[str, str], g.camera_titles)


def title_of(name: str) -> str:
    """Return what a page calls a camera: its name where no title is known."""
    return camera_titles().get(name) or name


def _read_titles() -> dict[str, str]:
    actor = current_actor()
    try:
        with current_database().session() as work:
            titles = stored_titles(work)
    except StorageError:
        # Names do: the page may be the one that says what is wrong with the database.
        return {}
    return {name: title for name, title in titles.items() if may(actor, Permission.WATCH, name)}
