"""Hands a message to a receiver, through Apprise or to a webhook, in a process of its own."""

import json
import select
import subprocess
import sys

from webapp.core.errors import EvenkeelError
from webapp.core.message_fields import Fields
from webapp.core.receivers import Target

DELIVERY = "webapp.alerting.delivery"
# For the whole of a delivery, shorter than a lease: a connection may be slow, and its peer, too.
DELIVERED_WITHIN_S = 30.0


class DeliveryError(EvenkeelError):
    """A receiver did not take a message; the text holds no credentials."""


class AppriseTransport:
    """Sends messages to one receiver, for one thread.

    A process of its own delivers them; it is kept while one message follows the other, and ended
    when a delivery takes too long.
    """

    def __init__(self, within_s: float = DELIVERED_WITHIN_S) -> None:
        self._within_s = within_s
        self._process: subprocess.Popen[bytes] | None = None

    def send(self, target: Target, title: str, body: str, fields: Fields) -> None:
        """Deliver a message.

        Args:
            fields: what a webhook is filled in with; others get title and body.

        Raises:
            DeliveryError: the receiver is away, refused or did not answer in time.
        """
        asked = json.dumps({"url": target.url, "title": title, "body": body, "fields": fields})
        reason = self._delivered(f"{asked}\n".encode())
        if reason:
            raise DeliveryError(f"{target.label}: {reason}")

    def close(self) -> None:
        """End the process; the next message starts another."""
        process, self._process = self._process, None
        if process:
            process.kill()
            # Closes its pipes, and waits for it.
            process.__exit__(None, None, None)

    def _delivered(self, asked: bytes) -> str:
        process = self._process = self._process or _start()
        assert process.stdin and process.stdout
        try:
            process.stdin.write(asked)
            if not select.select([process.stdout], [], [], self._within_s)[0]:
                self.close()
                return f"the receiver did not take the message within {self._within_s:g} s"
            said = process.stdout.readline()
        except BrokenPipeError:
            said = b""
        if not said:
            self.close()
            return "the process that delivers messages ended"
        return said.decode().strip()


def _start() -> subprocess.Popen[bytes]:
    # It ends with its input, and so with this process, however that ends.
    return subprocess.Popen(
        [sys.executable, "-m", DELIVERY],
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # A traceback could show an address with credentials.
        stderr=subprocess.DEVNULL,
    )
