"""Sends a message to a webhook; for the process that delivers messages."""

import time

import requests

from webapp.core.message_fields import Fields
from webapp.core.webhooks import read_webhook, request_of

# To connect, and between two bytes; the process is ended when it all takes too long.
TIMEOUTS_S = (10.0, 20.0)


def post(address: str, fields: Fields) -> int | None:
    """Send a message; return the HTTP status, None where the receiver is away.

    A redirect is not followed: nobody looked whether what is there should get the message.
    """
    request = request_of(read_webhook(address), fields, time.time())
    try:
        with requests.request(
            request.method,
            request.url,
            data=request.body,
            headers=request.headers,
            timeout=TIMEOUTS_S,
            allow_redirects=False,
            # Else a password of ~/.netrc would take the place of the header.
            auth=_as_it_is,
            # Of an answer nothing but the status is read.
            stream=True,
        ) as answer:
            return answer.status_code
    except requests.RequestException:
        return None


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
