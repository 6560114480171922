"""Whether a form comes from a page of ours, and what to say where it does not seem to."""

import logging
from typing import NoReturn
from urllib.parse import urlsplit

from flask import current_app, request
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError

from webapp.web.access.bearer import sent_token
from webapp.web.negotiation import asks_for_page

OLD_PAGE = (
    "This page is older than your sign-in, or cookies are switched off. Load it again and send the "
    "form once more; nothing was changed."
)
logger = logging.getLogger(__name__)


class FormCheck(CSRFProtect):
    """Checks the CSRF field of every form, and says what to do where it is wrong.

    Not of what comes with an API token: no page makes a browser send one, and no cookie counts.
    """

    def protect(self, *, apply_exemptions: bool = False) -> None:
        """Check the field of a browser's form."""
        if sent_token() is None:
            super().protect(apply_exemptions=apply_exemptions)

    def _error_response(self, reason: str) -> NoReturn:
        # The framework's reason is for programs.
        old = OLD_PAGE if asks_for_page() else f"{OLD_PAGE} ({reason})"
        raise CSRFError(_site_fault() or old)


def sign_in_fault() -> str:
    """Return why the sign-in form cannot be believed, or "".

    Whoever signs in or out in one tab ends the CSRF field of another tab's form. That form is
    believed by the site it comes from, which no other site can forge.
    """
    if _site_of_browser() == _site_asked_for():
        return ""
    try:
        current_app.extensions["csrf"].protect()
    except CSRFError as error:
        return str(error.description)
    fault = _site_fault()
    if fault:
        # The sign-in works, but no push will reach the pages.
        logger.warning("Somebody signs in. %s", fault)
    return ""


def _site_fault() -> str:
    there, here = _site_of_browser(), _site_asked_for()
    if not there or there == here:
        return ""
    return (
        f"Your browser is at {there}, but the server was asked for {here}. If a proxy stands "
        "between them, it must pass on the address (nginx: proxy_set_header Host $http_host; "
        "proxy_set_header X-Forwarded-Proto $scheme;), and the server needs TRUSTED_PROXIES=1."
    )


def _site_of_browser() -> str:
    return site_of(request.headers.get("Origin") or request.headers.get("Referer") or "")


def _site_asked_for() -> str:
    # Not `host_url`: that would spell an international name otherwise than browsers do.
    return site_of(f"{request.scheme}://{request.host}")


def site_of(url: str) -> str:
    """Return scheme, host and port of a URL, or "" where it has none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}".lower() if parts.scheme and parts.netloc else ""
