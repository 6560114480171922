"""Receivers as Apprise knows them, named without their credentials."""

import hashlib
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import apprise

from webapp.core.errors import ConfigError, ReceiverError
from webapp.core.receivers import Target
from webapp.core.webhooks import is_webhook, read_webhook


def parse_targets(urls: Sequence[str]) -> tuple[Target, ...]:
    """Parse the URLs of `NOTIFY_URLS`.

    Returns:
        Targets with a digest of the URL as key, and the number among the receivers in the label
        where others would have the same.

    Raises:
        ConfigError: Apprise does not know such a URL, or it is two; no message repeats it.
    """
    targets = [_target(place, url) for place, url in enumerate(dict.fromkeys(urls), start=1)]
    shared = Counter(target.label for target in targets)
    return tuple(
        # What tells them apart may be a secret, so it is their place in the list.
        replace(target, label=f"{target.label} (number {place})")
        if shared[target.label] > 1
        else target
        for place, target in enumerate(targets, start=1)
    )


def label_of(url: str) -> str:
    """Return kind and host of an address, which are safe to show.

    Raises:
        ReceiverError: Apprise does not know such an address, or it is two; it is not repeated.
    """
    if is_webhook(url):
        return read_webhook(url).label
    if url.partition("?")[0].count("://") > 1:
        raise ReceiverError(
            "this is two addresses; expected one. Write : within a name or password as %3A, and "
            "give several receivers one by one (in NOTIFY_URLS, separated by spaces)."
        )
    with _silent_apprise():
        service = apprise.Apprise.instantiate(url, suppress_exceptions=True)
    if service is None:
        raise ReceiverError(
            "expected an address that Apprise knows, such as mailto://…, ntfy://… or json://…; "
            "this is none. See https://github.com/caronc/apprise."
        )
    scheme = url.partition("://")[0].lower()
    return f"{scheme}://{service.host if _has_host(service) else f' ({service.service_name})'}"


def _target(place: int, url: str) -> Target:
    try:
        label = label_of(url)
    except ReceiverError as error:
        raise ConfigError(f"NOTIFY_URLS: number {place}: {error}") from error
    return Target(hashlib.sha256(url.encode()).hexdigest()[:32], label, url)


@contextmanager
def _silent_apprise() -> Iterator[None]:
    """Keep out of the log what Apprise says of a URL it cannot use: it repeats parts of it."""
    logger = logging.getLogger("apprise")
    logger.addFilter(_refuse)
    try:
        yield
    finally:
        logger.removeFilter(_refuse)


def _refuse(_record: logging.LogRecord) -> bool:
    return False


def _has_host(service: apprise.NotifyBase) -> bool:
    """Return whether an address stands where others have a token, a key or a secret topic."""
    if "host" not in service.template_tokens or getattr(service, "mode", None) == "cloud":
        return False
    # Apprise masks what it knows for a secret.
    shown = urlsplit(service.url(privacy=True)).netloc  # type: ignore[no-untyped-call]
    return bool(service.host) and service.host in shown
