"""Refuses to serve pictures of people in plain text to a network."""

import ipaddress

from webapp.core.errors import ConfigError


def check_exposure(
    host: str, *, has_tls: bool, trusted_proxies: int, allow_plain_http: bool
) -> None:
    """Make sure that another machine reaches the server over TLS, or that the settings allow HTTP.

    Raises:
        ConfigError: says the three ways out.
    """
    if is_loopback(host) or has_tls or trusted_proxies or allow_plain_http:
        return
    raise ConfigError(
        f"HOST: {host} can be reached from other machines, and pictures and passwords would "
        "travel in plain text. Either give TLS_CERT_FILE and TLS_KEY_FILE, or put a TLS proxy "
        "in front and set TRUSTED_PROXIES to the number of proxies, or accept plain HTTP with "
        "ALLOW_PLAIN_HTTP=1."
    )


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach the address."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
