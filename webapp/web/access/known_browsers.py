"""Browsers that a user has signed in with before, each known by a signed cookie of its own.

https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
"""

import secrets
from datetime import timedelta

from flask import Response, current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

from webapp.storage.users import User
from webapp.web.access.security import INSTANCE_MARK

KNOWN_FOR = timedelta(days=180)


def known_browser(user: User | None) -> str | None:
    """Return what names this browser if the user has signed in with it before."""
    cookie = request.cookies.get(_cookie_name(user)) if user else None
    if user is None or cookie is None:
        return None
    try:
        username, browser = _signer().loads(cookie, max_age=int(KNOWN_FOR.total_seconds()))
    except (BadData, TypeError, ValueError):
        return None
    return str(browser) if username == user.username else None


def remember_browser(response: Response, user: User) -> None:
    """Have the browser show from now on that the user has signed in with it."""
    browser = known_browser(user) or secrets.token_urlsafe(12)
    response.set_cookie(
        _cookie_name(user),
        str(_signer().dumps([user.username, browser])),
        max_age=KNOWN_FOR,
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )


def _cookie_name(user: User) -> str:
    return f"evenkeel_knows_{current_app.config[INSTANCE_MARK]}_{user.id}"


def _signer() -> URLSafeTimedSerializer:
    assert current_app.secret_key
    return URLSafeTimedSerializer(current_app.secret_key, salt="known browser")
