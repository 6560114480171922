"""Exits 0 while the server of this machine is up, for a container's health check."""

import os
import sys
import urllib.request

TIMEOUT_S = 4.0


def main() -> None:
    """Ask /healthz once."""
    port = os.environ.get("PORT") or "5000"
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=TIMEOUT_S)
    except OSError as error:
        sys.exit(f"the server does not answer on port {port}: {error}")


if __name__ == "__main__":
    main()
