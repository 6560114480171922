"""Webhooks with templates: what is sent where, filled in so that no value changes its form.

A template names fields as `$title` or `${title}`; `$$` is a dollar sign. One that is JSON is read
first and filled in afterwards: a value stays in the text in which it stands, whatever it holds.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from string import Template
from typing import Any
from urllib.parse import quote, urlsplit

from webapp.core.errors import ReceiverError
from webapp.core.message_fields import EXAMPLE, Field, Fields

# By which an address that is a webhook is told from those that Apprise knows.
MARK = "webhook:"
LABEL = "webhook "
METHODS = ("POST", "PUT")
MOST_BODY_CHARACTERS = 20_000
MOST_URL_CHARACTERS = 2000
MOST_HEADERS = 20
LEAST_SECRET_CHARACTERS = 16
# A secret of this form holds bytes in base64: https://www.standardwebhooks.com
ENCODED_SECRET = "whsec_"
HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
HEADER_VALUE = re.compile(r"[\x20-\x7e]{0,2000}")
# Ours, or of the connection.
OWN_HEADERS = ("webhook-", "content-length", "host", "transfer-encoding", "connection")
ONE_FIELD = re.compile(r"\$(?:(\w+)|\{(\w+)\})", re.ASCII)
STARTING_BODY = json.dumps(
    {"text": "$title", "state": "$state", "camera": "$camera_title", "link": "$link"}, indent=2
)


@dataclass(frozen=True)
class Webhook:
    """Where and how a message is sent.

    Attributes:
        url: http or https; may name fields after the host.
        headers: names and values beside those that are always sent.
        body: a template.
        is_json: whether the body is JSON; else it is plain text.
        secret: signs each message; "" signs none.
    """

    url: str = field(repr=False)
    method: str = "POST"
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: str = STARTING_BODY
    is_json: bool = True
    secret: str = field(default="", repr=False)

    @property
    def label(self) -> str:
        """Scheme and host, which are safe to show."""
        parts = urlsplit(self.url)
        return f"{LABEL}{parts.scheme}://{parts.hostname}"

    @property
    def address(self) -> str:
        """All of it as one text, to be sealed."""
        return MARK + json.dumps(asdict(self), ensure_ascii=False)


@dataclass(frozen=True)
class WebhookRequest:
    """What is sent."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes


def is_webhook(address: str) -> bool:
    """Return whether an address is that of a webhook."""
    return address.startswith(MARK)


def read_webhook(address: str) -> Webhook:
    """Return the webhook of an address; raises ReceiverError for what can be none."""
    try:
        values = json.loads(address.removeprefix(MARK))
        values["headers"] = tuple((name, value) for name, value in values["headers"])
        webhook = Webhook(**values)
    except (TypeError, ValueError, KeyError) as error:
        raise ReceiverError("expected a webhook as the page of receivers makes it.") from error
    check(webhook)
    return webhook


def read_headers(text: str) -> tuple[tuple[str, str], ...]:
    """Read headers, a line each; raises ReceiverError, which repeats no value."""
    lines = [line for line in text.splitlines() if line.strip()]
    pairs = [(name.strip(), value.strip()) for name, _, value in (x.partition(":") for x in lines)]
    for number, (line, (name, _)) in enumerate(zip(lines, pairs, strict=True), start=1):
        if ":" not in line or not HEADER_NAME.fullmatch(name):
            raise ReceiverError(f"line {number}: expected a name and a value, such as X-Key: 42.")
    return tuple(pairs)


def check(webhook: Webhook) -> None:
    """Make sure that a message can be made; raises ReceiverError, which repeats no secret."""
    for part in CHECKS.values():
        part(webhook)


def request_of(webhook: Webhook, fields: Fields, now_s: float) -> WebhookRequest:
    """Fill a message in.

    Args:
        fields: those of `message_fields`; what is missing is empty.
        now_s: UTC epoch.
    """
    known = dict.fromkeys(EXAMPLE) | dict(fields)
    body = filled_body(webhook, known).encode()
    kind = "application/json" if webhook.is_json else "text/plain; charset=utf-8"
    signed = _signed_headers(webhook.secret, str(known["id"]), str(int(now_s)), body)
    given = dict(webhook.headers)
    is_typed = any(name.lower() == "content-type" for name in given)
    headers = ({} if is_typed else {"Content-Type": kind}) | given | signed
    url = _filled(webhook.url, known, lambda value: quote(_text(value), safe=""))
    return WebhookRequest(webhook.method, url, headers, body)


def filled_body(webhook: Webhook, fields: Fields) -> str:
    """Return the body with every field filled in."""
    if not webhook.is_json:
        return _filled(webhook.body, fields, _text)
    return json.dumps(_filled_json(json.loads(webhook.body), fields), ensure_ascii=False)


def _filled_json(part: Any, fields: Fields) -> Any:
    if isinstance(part, dict):
        return {name: _filled_json(value, fields) for name, value in part.items()}
    if isinstance(part, list):
        return [_filled_json(value, fields) for value in part]
    if not isinstance(part, str):
        return part
    if alone := ONE_FIELD.fullmatch(part):
        # A number stays one, and what is not known is null.
        return fields[alone[1] or alone[2]]
    return _filled(part, fields, _text)


def _filled(template: str, fields: Fields, write: Callable[[Field], str]) -> str:
    return Template(template).substitute({name: write(value) for name, value in fields.items()})


def _text(value: Field) -> str:
    return "" if value is None else str(value)


def _signed_headers(secret: str, message_id: str, time_s: str, body: bytes) -> dict[str, str]:
    """Return the headers by which a receiver knows repeats, and that a message is ours."""
    headers = {"webhook-id": message_id, "webhook-timestamp": time_s}
    if secret:
        signed = f"{message_id}.{time_s}.".encode() + body
        digest = hmac.new(_key(secret), signed, hashlib.sha256).digest()
        headers["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
    return headers


def _key(secret: str) -> bytes:
    if secret.startswith(ENCODED_SECRET):
        return base64.b64decode(secret.removeprefix(ENCODED_SECRET), validate=True)
    return secret.encode()


def _check_url(webhook: Webhook) -> None:
    url = webhook.url
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        is_whole = parts.scheme in ("http", "https") and 0 < len(host) < 254 and parts.port != 0
    except ValueError:
        is_whole = False
    if not is_whole or len(url) > MOST_URL_CHARACTERS or not url.isprintable() or " " in url:
        raise ReceiverError("expected an address such as https://desk.example.org/alerts.")
    if "$" in parts.netloc:
        raise ReceiverError("expected a host without fields: it must not depend on what happens.")
    _check_fields(url, "the address")


def _check_method(webhook: Webhook) -> None:
    if webhook.method not in METHODS:
        raise ReceiverError(f"expected {' or '.join(METHODS)}.")


def _check_headers(webhook: Webhook) -> None:
    if len(webhook.headers) > MOST_HEADERS:
        raise ReceiverError(f"expected at most {MOST_HEADERS} headers.")
    for name, value in webhook.headers:
        if not HEADER_NAME.fullmatch(name) or not HEADER_VALUE.fullmatch(value):
            raise ReceiverError(f"{name[:40]}: expected a name and a value in ASCII.")
        if name.lower().startswith(OWN_HEADERS):
            raise ReceiverError(
                f"{name}: expected another header; this one is made for each message."
            )


def _check_body(webhook: Webhook) -> None:
    if len(webhook.body) > MOST_BODY_CHARACTERS:
        raise ReceiverError(f"expected at most {MOST_BODY_CHARACTERS} characters.")
    if not webhook.is_json:
        _check_fields(webhook.body, "the body")
        return
    try:
        parsed = json.loads(webhook.body, parse_constant=_refuse_constant)
        for text in _texts(parsed):
            _check_fields(text, f"“{text[:40]}”")
        filled_body(webhook, EXAMPLE).encode()
    except json.JSONDecodeError as error:
        raise ReceiverError(
            f"expected JSON: line {error.lineno}, column {error.colno}: {error.msg}. A field "
            'stands within quotes, such as "$title", also where it is a number.'
        ) from None
    except (RecursionError, UnicodeError):
        raise ReceiverError("expected JSON of whole characters, and nested less deep.") from None


def _refuse_constant(name: str) -> None:
    raise ReceiverError(f"expected JSON, which knows no {name}.")


def _texts(part: Any) -> list[str]:
    if isinstance(part, dict):
        part = list(part.values())
    if isinstance(part, list):
        return [text for value in part for text in _texts(value)]
    return [part] if isinstance(part, str) else []


def _check_fields(template: str, what: str) -> None:
    parsed = Template(template)
    if not parsed.is_valid():
        raise ReceiverError(
            f"{what}: expected $name or ${{name}} for a field, and $$ for a dollar."
        )
    unknown: Sequence[str] = [name for name in parsed.get_identifiers() if name not in EXAMPLE]
    if unknown:
        known = ", ".join(EXAMPLE)
        raise ReceiverError(f"{what}: there is no field {unknown[0]}. There are: {known}.")
    try:
        template.encode()
    except UnicodeEncodeError:
        raise ReceiverError(f"{what}: expected whole characters.") from None


def _check_secret(webhook: Webhook) -> None:
    secret = webhook.secret
    if not secret:
        return
    try:
        is_long = len(_key(secret)) >= LEAST_SECRET_CHARACTERS
    except (binascii.Error, ValueError):
        is_long = False
    if not is_long or len(secret) > 200:
        raise ReceiverError(
            f"expected {LEAST_SECRET_CHARACTERS} to 200 characters, or whsec_ and base64."
        )


# By the name of what is wrong, as the form has it.
CHECKS: dict[str, Callable[[Webhook], None]] = {
    "url": _check_url,
    "method": _check_method,
    "headers": _check_headers,
    "body": _check_body,
    "secret": _check_secret,
}
