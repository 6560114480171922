"""The API token of a request, as its `Authorization` header shows it."""

from flask import request

from webapp.core.api_tokens import PREFIX

SCHEME = "bearer"


def sent_token() -> str | None:
    """Return the API token that a request shows, good or not; None where it shows none.

    What else is sent as a bearer is for somebody else, such as the proxy in front.
    """
    scheme, _, token = request.headers.get("Authorization", "").strip().partition(" ")
    token = token.strip()
    return token if scheme.lower() == SCHEME and token.startswith(PREFIX) else None
