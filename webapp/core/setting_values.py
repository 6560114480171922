"""Values of settings, read from text; each says in a ValueError what was expected and what came."""

import ipaddress
import re
from collections.abc import Callable
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from webapp.core.privacy import Privacy

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
TRUE_WORDS = ("1", "true", "yes", "on")
FALSE_WORDS = ("0", "false", "no", "off", "")


def whole(least: int, most: int) -> Callable[[str], int]:
    """Return what reads a whole number of this range."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"[+-]?\d{1,9}", text) or not least <= int(text) <= most:
            raise ValueError(f"a whole number from {least} to {most}, got {text!r}")
        return int(text)

    return parse


def number(least: float, most: float) -> Callable[[str], float]:
    """Return what reads a number of this range."""

    def parse(text: str) -> float:
        if not re.fullmatch(r"[+-]?\d{1,9}(\.\d{1,9})?", text) or not least <= float(text) <= most:
            raise ValueError(f"a number from {least:g} to {most:g}, got {text!r}")
        return float(text)

    return parse


def zone(text: str) -> ZoneInfo:
    """Read the name of a time zone."""
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"a time zone such as Europe/Berlin, got {text!r}") from error


def public_url(text: str) -> str:
    """Return the address without a slash at its end, so that a path can follow."""
    try:
        parts = urlsplit(text)
        is_address = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        is_address = False
    # What ends the path, or hides in an address that people are to follow.
    is_plain = not re.search(r"[\s?#@\\<>\"\x00-\x1f]", text)
    if not is_address or not is_plain or parts.scheme not in ("http", "https"):
        raise ValueError(
            "the address under which browsers reach the server, such as "
            f"https://watch.example.org or https://example.org/watch, got {text!r}"
        )
    return text.rstrip("/")


def redis_url(text: str) -> str:
    """Read an address of Redis; what came may hold a password and is not repeated."""
    try:
        parts = urlsplit(text)
        is_address = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        is_address = False
    if not is_address or parts.scheme not in ("redis", "rediss"):
        raise ValueError("redis://user:password@host:port/0 or rediss://…")
    return text


def worker_name(text: str) -> str:
    """Read how a worker is called."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}", text):
        raise ValueError(f"letters, digits, dots and dashes, at most 60, got {text!r}")
    return text


def one_of(*words: str) -> Callable[[str], str]:
    """Return what reads one of some words, whatever their case."""

    def parse(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(f"one of {', '.join(words)}, got {text!r}")
        return text.lower()

    return parse


def privacy(text: str) -> Privacy:
    """Read what pictures show."""
    return Privacy(one_of(*Privacy)(text))


def flag(text: str) -> bool:
    """Read yes or no."""
    if text.lower() not in TRUE_WORDS + FALSE_WORDS:
        raise ValueError(f"1 or 0, got {text!r}")
    return text.lower() in TRUE_WORDS


def names(text: str) -> tuple[str, ...]:
    """Read names separated by commas."""
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names:
        raise ValueError(f"names separated by commas, got {text!r}")
    return names


def networks(text: str) -> tuple[Network, ...]:
    """Read addresses and networks separated by commas."""
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(","))
    except ValueError as error:
        raise ValueError(
            "addresses or networks of the proxies separated by commas, such as 192.0.2.7 or "
            f"10.1.0.0/16, got {text!r}"
        ) from error
