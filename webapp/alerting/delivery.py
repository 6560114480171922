"""A process that hands messages to one receiver: `python -m webapp.alerting.delivery`.

It can be ended at any time, with every connection it has: a receiver that answers byte by byte, or
a library that waits for ever, holds up nobody. For each line of JSON `{"url", "title", "body",
"fields"}` it prints a line: why the message did not arrive, or nothing. When its input ends,
whoever asked is gone, and it ends at once.
"""

import json
import logging
import os
import re
import sys
import threading
from queue import SimpleQueue

import apprise

from webapp.alerting import webhook
from webapp.core.message_fields import Fields
from webapp.core.webhooks import is_webhook

HTTP_STATUS = re.compile(r"\berror=(\d{3})\b")
REDIRECTS = (
    "the receiver answered {status}: it is to be found at another address. Messages are not sent "
    "on, since they can arrive there empty; give the receiver that address"
)
REFUSED = "the receiver refused the message (HTTP status {status})"
AWAY = "the receiver is away or refused the message"


def main() -> None:
    """Deliver what standard input asks for, one message after the other."""
    asked: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_read, args=(asked,), daemon=True).start()
    while True:
        print(deliver(**json.loads(asked.get())), flush=True)


def deliver(url: str, title: str, body: str, fields: Fields) -> str:
    """Send a message; return why it did not arrive, without credentials, or ""."""
    if is_webhook(url):
        try:
            status = webhook.post(url, fields)
        except Exception as error:
            # Its text may hold an address with credentials.
            return f"{type(error).__name__} while the message was made"
        return "" if status and 200 <= status < 300 else _reason(str(status or ""))
    statuses = _Statuses()
    service = apprise.Apprise.instantiate(url)
    if not isinstance(service, apprise.NotifyBase):
        return "Apprise does not know such a receiver"
    service.redirects = False
    receiver = apprise.Apprise()
    receiver.add(service)
    try:
        if receiver.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT):
            return ""
    except Exception as error:
        # Foreign code: its text may hold an address with credentials.
        return f"{type(error).__name__} in the service's own code"
    return statuses.reason()


class _Statuses(logging.Handler):
    """Keeps the last HTTP status that Apprise speaks of, and all it says out of every log."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._status = ""
        logger = logging.getLogger("apprise")
        logger.propagate, logger.handlers = False, [self]

    def emit(self, record: logging.LogRecord) -> None:
        """Look for a status."""
        found = HTTP_STATUS.search(record.getMessage())
        self._status = found[1] if found else self._status

    def reason(self) -> str:
        """Return why a message was not delivered."""
        return _reason(self._status)


def _reason(status: str) -> str:
    if not status:
        return AWAY
    text = REDIRECTS if status.startswith("3") else REFUSED
    return text.format(status=status)


def _read(asked: SimpleQueue[bytes]) -> None:
    for line in sys.stdin.buffer:
        asked.put(line)
    # At once: a service's own code may hang.
    os._exit(0)


if __name__ == "__main__":
    main()
