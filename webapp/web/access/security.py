"""Response headers, cookies and forms, made safe in one place."""

import hmac
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask import Flask, Response, request
from flask.json.provider import DefaultJSONProvider
from flask.sessions import SecureCookieSessionInterface
from werkzeug.datastructures import Headers
from werkzeug.exceptions import BadRequest

from webapp.core.errors import ConfigError
from webapp.core.proxy_headers import ProxyHeaders
from webapp.storage.sign_ins import LIFETIME
from webapp.web.access.addressing import NamedProxies, Network, WellAddressed, WsgiApp
from webapp.web.access.forms import FormCheck
from webapp.web.access.proxy_identity import ProxyIdentities

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        # A video of the user's own, which never leaves the browser.
        "media-src 'self' blob:",
        "object-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    )
)
# Of all pages, but for those on which people use a camera of their own.
USES_NO_DEVICE = "camera=(), microphone=(), geolocation=()"
USES_CAMERA = "camera=(self), microphone=(), geolocation=()"
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": USES_NO_DEVICE,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
TLS_HEADERS = {"Strict-Transport-Security": "max-age=31536000"}
MAX_FORM_BYTES = 64 * 1024
# Whoever guesses the key signs cookies of his own.
LEAST_KEY_CHARACTERS = 16
# It looks for itself, by `sign_in_fault`.
SIGN_IN_VIEW = "webapp.web.pages.sign_in.login"
INSTANCE_MARK = "INSTANCE_MARK"
IDENTITY_HEADERS = "IDENTITY_HEADERS"


class SchemeAwareSessions(SecureCookieSessionInterface):
    """Marks the cookie Secure whenever the browser came over TLS, also behind a proxy."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """Follow the scheme of this request."""
        return request.is_secure


class BoundedJson(DefaultJSONProvider):
    """Takes JSON that is nested too deep for wrong JSON, which is the sender's fault."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Read JSON; raises ValueError."""
        try:
            return super().loads(s, **kwargs)
        except RecursionError as error:
            raise ValueError("JSON that is nested too deep") from error


class SecurityHeaders:
    """WSGI middleware, so that Socket.IO's answers, which Flask never sees, carry them too."""

    def __init__(self, wsgi_app: WsgiApp) -> None:
        self._wsgi_app = wsgi_app

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Add what the answer does not set itself."""
        is_tls = environ.get("wsgi.url_scheme") == "https"
        wanted = HEADERS | TLS_HEADERS if is_tls else HEADERS

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            merged = Headers(headers)
            for name, value in wanted.items():
                merged.setdefault(name, value)
            return start_response(status, merged.to_wsgi_list(), *rest)

        return self._wsgi_app(environ, start)


def init_cookies_and_forms(app: Flask, secret_key: str, *, is_one_of_several: bool) -> None:
    """Sign the session cookie and check the CSRF field of every form.

    Args:
        is_one_of_several: whether other instances with this key take the same cookies.

    Raises:
        ConfigError: the key could be guessed, or is no text.
    """
    if len(secret_key) < LEAST_KEY_CHARACTERS or not secret_key.isprintable():
        raise ConfigError(
            f"SECRET_KEY: expected at least {LEAST_KEY_CHARACTERS} printable characters, such as "
            f"`openssl rand -hex 32` prints, got {len(secret_key)}. Without it, a key is made and "
            "kept in the instance folder; one that is wrong there can be removed."
        )
    app.config[INSTANCE_MARK] = mark = _instance_mark(
        "" if is_one_of_several else app.instance_path, secret_key
    )
    app.session_interface = SchemeAwareSessions()
    app.json = BoundedJson(app)
    app.config.update(
        SECRET_KEY=secret_key,
        SESSION_COOKIE_NAME=f"evenkeel_session_{mark}",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        # A late answer to an old request must not bring a signed-out cookie back.
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=LIFETIME,
        MAX_CONTENT_LENGTH=MAX_FORM_BYTES,
        # A sign-in page may stay open for hours; the field lives as long as its cookie.
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.before_request(_refuse_nul)
    FormCheck(app).exempt(SIGN_IN_VIEW)
    app.after_request(_keep_out_of_caches)


def _instance_mark(folder: str, secret_key: str) -> str:
    """Return what tells the cookies of this instance from those of others on the same host.

    Browsers tell hosts apart, but not ports.
    """
    return hmac.digest(secret_key.encode(), folder.encode(), "sha256").hex()[:8]


def wrap_wsgi(
    app: Flask,
    trusted_proxies: int,
    proxy_addresses: Sequence[Network],
    identity_headers: ProxyHeaders | None = None,
) -> None:
    """Add the headers, refuse impossible addresses, and believe as many proxies as there are.

    Args:
        identity_headers: by which the proxies say who somebody is, if they do.
    """
    headed = SecurityHeaders(WellAddressed(app, app.wsgi_app))
    app.wsgi_app = NamedProxies(  # type: ignore[method-assign]
        headed, trusted_proxies, proxy_addresses
    )
    app.config[IDENTITY_HEADERS] = identity_headers
    if identity_headers:
        # Outermost: it must see where a request comes from before a proxy is believed about that.
        app.wsgi_app = ProxyIdentities(  # type: ignore[method-assign]
            app.wsgi_app, identity_headers, proxy_addresses
        )


def _refuse_nul() -> None:
    """Refuse what PostgreSQL cannot store or compare, and no person types."""
    sent = [*request.args.listvalues(), *request.form.listvalues()]
    if "\0" in request.path or any("\0" in text for texts in sent for text in texts):
        raise BadRequest("Expected text, got a NUL character.")


def _keep_out_of_caches(response: Response) -> Response:
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response
