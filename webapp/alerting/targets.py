"""Receivers as Apprise knows them, named without their credentials."""

import hashlib
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

import apprise

from webapp.core.errors import ConfigError


@dataclass(frozen=True)
class Target:
    """One receiver.

    Attributes:
        key: digest of the URL, by which the outbox knows it.
        label: scheme and host, with its number among the receivers where others have the same;
            safe to show.
        url: with credentials; never shown, logged or stored.
    """

    key: str
    label: str
    url: str = field(repr=False)


def parse_targets(urls: Sequence[str]) -> tuple[Target, ...]:
    """Parse the URLs of `NOTIFY_URLS`.

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


def _target(place: int, url: str) -> Target:
    if url.partition("?")[0].count("://") > 1:
        raise ConfigError(
            f"NOTIFY_URLS: number {place} holds two addresses. Separate URLs by spaces or commas, "
            "and write : within a name or password as %3A."
        )
    with _silent_apprise():
        service = apprise.Apprise.instantiate(url, suppress_exceptions=True)
    if service is None:
        raise ConfigError(
            f"NOTIFY_URLS: expected URLs that Apprise knows (mailto://…, ntfy://…, json://…), "
            f"separated by spaces; number {place} is none. See https://github.com/caronc/apprise."
        )
    digest = hashlib.sha256(url.encode()).hexdigest()[:32]
    scheme = url.partition("://")[0].lower()
    rest = service.host if _has_host(service) else f" ({service.service_name}, number {place})"
    return Target(digest, f"{scheme}://{rest}", url)


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
