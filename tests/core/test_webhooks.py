"""Tests of webhooks: what is filled in keeps its form, and what cannot be is refused."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace

import pytest

from webapp.core.alert_engine import AlertChange
from webapp.core.alerts import Change, Transition
from webapp.core.errors import ReceiverError
from webapp.core.message_fields import EXAMPLE, fields_of, plain_fields
from webapp.core.played_alert import PLAYED_RULE
from webapp.core.webhooks import (
    Webhook,
    check,
    filled_body,
    is_webhook,
    read_headers,
    read_webhook,
    request_of,
)

URL = "https://mira:hunter2@desk.example.org:8443/alerts"
HOOK = Webhook(URL)
# Whatever people call a camera, or write as advice.
NASTY = '"}, "admin": true, \\ \n\r\t\x01 ${peak} $$ é💥</script>'


def test_a_value_stays_in_its_place_whatever_it_holds():
    template = {
        "a": "$title",
        "b": ["x $title y", {"c": "$value", "d": "${people}"}],
        "e": 1,
        "$title": "$$5",
    }
    hook = replace(HOOK, body=json.dumps(template))
    check(hook)
    for title in (NASTY, "", None):
        sent = json.loads(filled_body(hook, EXAMPLE | {"title": title, "people": None}))
        inside = {"c": 41.5, "d": None}
        shown = f"x {title or ''} y"
        assert sent == {"a": title, "b": [shown, inside], "e": 1, "$title": "$5"}
    plain = replace(hook, body="$title: ${value} of $$100, $people", is_json=False)
    assert (
        filled_body(plain, EXAMPLE | {"title": NASTY, "people": None}) == f"{NASTY}: 41.5 of $100, "
    )


def test_an_address_is_escaped_and_headers_are_signed_as_standard_webhooks_say():
    secret = "whsec_" + base64.b64encode(b"0123456789abcdef").decode()
    headers = (("Authorization", "Bearer 42"), ("content-type", "application/x-desk"))
    hook = replace(HOOK, url=f"{URL}/$alert?by=$camera_title", headers=headers, secret=secret)
    made = request_of(hook, {"id": "a/firing", "alert": "a/../b", "camera_title": "5 & ü"}, 1700.9)
    assert made.url == f"{URL}/a%2F..%2Fb?by=5%20%26%20%C3%BC" and made.method == "POST"
    signed = b"a/firing.1700." + made.body
    digest = hmac.new(b"0123456789abcdef", signed, hashlib.sha256).digest()
    assert made.headers == dict(headers) | {
        "webhook-id": "a/firing",
        "webhook-timestamp": "1700",
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
    bare = request_of(HOOK, plain_fields("a1/firing", "t", "b"), 0)
    assert bare.headers.keys() == {"Content-Type", "webhook-id", "webhook-timestamp"}
    assert json.loads(bare.body) == {"text": "t", "state": "firing", "camera": None, "link": None}


def test_an_address_survives_and_shows_no_secret():
    hook = replace(
        HOOK, headers=(("X-Key", "s3cr3t"),), secret="s3cr3t of 16 characters", is_json=False
    )
    assert is_webhook(hook.address) and read_webhook(hook.address) == hook
    assert hook.label == "webhook https://desk.example.org"
    assert "hunter2" not in repr(hook) and "s3cr3t" not in repr(hook)
    for address in (
        "webhook:",
        "webhook:[]",
        "webhook:{}",
        'webhook:{"url": "file:///etc/passwd", "headers": []}',
    ):
        with pytest.raises(ReceiverError):
            read_webhook(address)


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        *(({"url": url}, "expected an address such as") for url in (
            "", "desk.example.org", "ftp://desk/", "https:///x", "https://[", "https://desk:99999/",
            "https://de sk/", "https://desk/\n", "https://" + "d" * 254, "file:///etc/passwd",
        )),
        ({"url": "https://$camera.example.org/"}, "a host without fields"),
        ({"url": "https://desk/$nobody"}, "there is no field nobody. There are: id, alert, title"),
        ({"url": "https://desk/?price=$5"}, r"expected \$name or"),
        ({"method": "GET"}, "expected POST or PUT"),
        ({"headers": (("X-Key", "a\r\nHost: b"),)}, "X-Key: expected a name and a value in ASCII"),
        ({"headers": (("X Key", "a"),)}, "in ASCII"),
        ({"headers": (("Host", "a"),)}, "made for each message"),
        ({"headers": (("Webhook-Id", "a"),)}, "made for each message"),
        ({"headers": (("X-Key", "a"),) * 21}, "at most 20 headers"),
        ({"body": '{"a": $value}'}, r"expected JSON: line 1, column 7: .* within quotes"),
        ({"body": '{"a": "$valeu"}'}, "“.valeu”: there is no field valeu"),
        ({"body": '{"a": ["$"]}'}, r"expected \$name or"),
        ({"body": '{"a": NaN}'}, "knows no NaN"),
        ({"body": '{"\\ud800": 1}'}, "whole characters"),
        ({"body": '{"a": "\\ud800"}'}, "whole characters"),
        ({"body": "[" * 20_000}, "nested less deep"),
        ({"body": "x" * 20_001, "is_json": False}, "at most 20000"),
        ({"body": "$Title", "is_json": False}, "there is no field Title"),
        ({"secret": "short"}, "expected 16 to 200 characters"),
        ({"secret": "whsec_" + "!" * 30}, "whsec_ and base64"),
        ({"secret": "whsec_AAAA"}, "expected 16"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_and_no_secret_repeated(wrong, expected):
    with pytest.raises(ReceiverError, match=expected) as caught:
        check(replace(HOOK, **wrong))
    assert wrong.get("secret", "hunter2") not in str(caught.value)


def test_headers_are_read_line_by_line():
    assert read_headers(" X-Key:  a:b \r\n\n Y-Key:") == (("X-Key", "a:b"), ("Y-Key", ""))
    with pytest.raises(ReceiverError, match="line 2: expected a name and a value"):
        read_headers("X-Key: 1\nhunter2")


def test_every_field_is_known_of_an_alert():
    transition = Transition("a1", Change.FIRING, 20.0, 10.0, 99.96, 100.0)
    fields = fields_of(AlertChange(PLAYED_RULE, "door", transition), "Door", "t", "b", "")
    assert fields.keys() == EXAMPLE.keys() == plain_fields("a1/firing", "t", "b").keys()
    assert (fields["id"], fields["value"], fields["people"]) == ("a1/firing", 100.0, None)
    assert fields["began"] == "1970-01-01T00:00:10+00:00"
