"""Where a form may send the browser next."""

from urllib.parse import urlsplit


def referring_page(referrer: str | None, host: str) -> str | None:
    """Return the path of the page that sent a form, if it is one of this site."""
    try:
        parts = urlsplit(referrer or "")
    except ValueError:
        return None
    if not parts.netloc or parts.netloc != host:
        return None
    return safe_target(f"{parts.path}?{parts.query}".rstrip("?"), "") or None


def safe_target(wanted: str | None, default: str) -> str:
    """Return a path of this site: the wanted one if it is one, else the default."""
    if not wanted or not wanted.startswith("/"):
        return default
    # Browsers read a backslash as a slash and skip control characters, so "/\t/host" and
    # "/\host" would leave the site.
    if "\\" in wanted or any(ord(char) < 0x20 or ord(char) == 0x7F for char in wanted):
        return default
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return default
    return default if parts.scheme or parts.netloc or wanted.startswith("//") else wanted
