"""Distinguishes a person's browser from a program."""

from flask import request

from webapp.web.access.bearer import sent_token

PROGRAM_PATHS = ("/api/", "/stream/", "/snapshot/", "/healthz", "/readyz", "/metrics")


def asks_for_page() -> bool:
    """Return whether the answer should be a page rather than JSON.

    A browser that navigates names text/html; `img`, `fetch` and curl do not, so paths made for
    programs answer them in JSON. Who shows an API token is a program.
    """
    if sent_token():
        return False
    accepted = request.accept_mimetypes
    if any(mimetype == "text/html" for mimetype, _ in accepted):
        return True
    if request.path.startswith(PROGRAM_PATHS):
        return False
    return not accepted or bool(accepted.accept_html)
