"""The navigation between the admin pages."""

from flask import Flask, request

PAGES = (
    ("Rules and files", "/admin"),
    ("Cameras", "/admin/cameras"),
    ("Receivers", "/admin/receivers"),
    ("Users", "/admin/users"),
    ("API tokens", "/admin/tokens"),
    ("Health", "/admin/health"),
    ("Audit log", "/admin/audit"),
    ("Papers", "/admin/papers"),
)


def init_admin_pages(app: Flask) -> None:
    """Let templates list the admin pages that there are; after all are registered."""
    there = {rule.rule for rule in app.url_map.iter_rules()}
    pages = [(name, path) for name, path in PAGES if path in there]

    def admin_pages() -> list[tuple[str, str, bool]]:
        """Return name, address, and whether the reader is there or on a page of its own below."""
        here = max((p for _, p in pages if f"{request.path}/".startswith(f"{p}/")), key=len)
        return [(name, request.script_root + path, path == here) for name, path in pages]

    app.context_processor(lambda: {"admin_pages": admin_pages})
