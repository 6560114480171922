"""Who is told: receivers as Apprise knows them, named without their credentials."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import apprise

from webapp.core.errors import ConfigError


@dataclass(frozen=True)
class Target:
    """One receiver.

    Attributes:
        key: digest of the URL, by which the outbox knows it.
        label: scheme and host, safe to show.
        url: with credentials; never shown, logged or stored.
    """

    key: str
    label: str
    url: str = field(repr=False)


def parse_targets(urls: Sequence[str]) -> tuple[Target, ...]:
    """Parse the URLs of `NOTIFY_URLS`.

    Raises:
        ConfigError: Apprise does not know such a URL; the message does not repeat it.
    """
    return tuple(_target(place, url) for place, url in enumerate(dict.fromkeys(urls), start=1))


def _target(place: int, url: str) -> Target:
    service = apprise.Apprise.instantiate(url, suppress_exceptions=True)
    if service is None:
        raise ConfigError(
            f"NOTIFY_URLS: expected URLs that Apprise knows (mailto://…, ntfy://…, json://…), "
            f"separated by spaces; number {place} is none. See https://github.com/caronc/apprise."
        )
    digest = hashlib.sha256(url.encode()).hexdigest()[:32]
    return Target(digest, _label(service, url), url)


def _label(service: apprise.NotifyBase, url: str) -> str:
    scheme = url.partition("://")[0].lower()
    host = getattr(service, "host", None)
    return f"{scheme}://{host}" if host else f"{scheme}:// ({service.service_name})"
