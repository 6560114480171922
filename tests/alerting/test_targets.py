import pytest

from webapp.alerting.targets import parse_targets
from webapp.core.errors import ConfigError

SLACK = "https:// (Slack)"


def test_a_url_that_is_none_is_refused_without_repeating_it():
    refusal = r"NOTIFY_URLS: number 2: expected an address that Apprise knows"
    with pytest.raises(ConfigError, match=refusal) as caught:
        parse_targets(["json://host/", "what://user:secret@host"])
    assert "secret" not in str(caught.value)


def test_two_receivers_in_one_are_refused():
    with pytest.raises(ConfigError, match="NOTIFY_URLS: number 1: this is two addresses") as caught:
        parse_targets(["json://mira:secret@host|json://host"])
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["slak://secret/one", "twilio://secret!:x@15551234567"])
def test_what_apprise_says_of_such_a_url_is_not_logged(url, caplog):
    with pytest.raises(ConfigError):
        parse_targets([url])
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("url", "label"),
    [
        ("jsons://mira:word@hooks.example.org:8443/path", "jsons://hooks.example.org"),
        ("json://[::1]:8080/", "json://[::1]"),
        ("mailtos://mira:word@example.org?to=shift@example.org", "mailtos://example.org"),
        ("ntfys://ntfy.example.org/topic", "ntfys://ntfy.example.org"),
        # Where others have a host, these have a token, a key or a topic that only some may know.
        ("ntfy://topic", "ntfy:// (ntfy)"),
        ("pbul://token", "pbul:// (Pushbullet)"),
        ("schan://token", "schan:// (ServerChan)"),
        ("pushdeer://token", "pushdeer:// (PushDeer)"),
        ("https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", SLACK),
    ],
)
def test_a_label_holds_no_credentials(url, label):
    (target,) = parse_targets([url])
    assert target.label == label


def test_receivers_on_one_host_have_names_that_differ():
    urls = ("json://desk.example/a?k=secret", "ntfy://ntfy.example/x", "json://desk.example/b")
    labels = [target.label for target in parse_targets(urls)]
    assert labels == [
        "json://desk.example (number 1)",
        "ntfy://ntfy.example",
        "json://desk.example (number 3)",
    ]
