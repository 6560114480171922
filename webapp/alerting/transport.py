"""Hands a message to a receiver through Apprise."""

import apprise

from webapp.alerting.targets import Target
from webapp.core.errors import EvenkeelError


class DeliveryError(EvenkeelError):
    """A receiver did not take a message; the text holds no credentials."""


class AppriseTransport:
    """Sends one message to one receiver; Apprise limits each connection to seconds."""

    def send(self, target: Target, title: str, body: str) -> None:
        """Deliver a message.

        Raises:
            DeliveryError: the receiver is away or refused.
        """
        receiver = apprise.Apprise()
        if not receiver.add(target.url):
            raise DeliveryError(f"{target.label}: Apprise does not know such a receiver")
        if not receiver.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT):
            raise DeliveryError(f"{target.label}: the receiver is away or refused the message")
