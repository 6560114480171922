import os

import pytest

from webapp.config import Settings, environment_behind, read_settings
from webapp.core.access import Role
from webapp.core.camera_list import CameraSource
from webapp.core.errors import ConfigError
from webapp.core.proxy_headers import ProxyHeaders


def test_the_defaults_are_the_demo_on_loopback():
    settings = read_settings({})
    assert settings.cameras == (CameraSource("demo", "demo"),)
    assert (settings.host, settings.port) == ("127.0.0.1", 5000)
    assert settings.alert_emotions == ("angry", "fear")


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("CAMERAS", "0", "name=source"),
        ("CAMERAS_FILE", "/nowhere", "No such file"),
        ("DETECTOR", "magic", "yunet, haar"),
        ("LOG_FORMAT", "xml", "text, json"),
        ("DETECT_WIDTH", "wide", "whole number"),
        ("DETECT_WIDTH", "10", "from 64 to 4096"),
        ("MAX_PIXELS", "9999", "from 10000 to 500000000"),
        ("ANALYSE_MAX_MB", "0", "from 1 to 10000"),
        ("ANALYSE_MAX_SECONDS", "long", "whole number"),
        ("ANALYSE_JOBS", "21", "from 1 to 20"),
        ("ANALYSE_KEEP_MINUTES", "121", "from 1 to 120"),
        ("PORT", "70000", "1 to 65535"),
        ("PORT", "5_0", "whole number"),
        ("ALLOW_PLAIN_HTTP", "maybe", "1 or 0"),
        ("ALERT_EMOTIONS", ",", "names"),
        ("TLS_CERT_FILE", "/nowhere.pem", "existing file"),
        ("TRUSTED_PROXY_ADDRESSES", "nginx", "addresses or networks"),
        ("TRUSTED_PROXY_ADDRESSES", "10.0.0.1/8", "addresses or networks"),
        ("WEB_CONCURRENCY", "4", "one worker"),
        ("REDIS_URL", "localhost:6379", "redis://user:password@host:port/0"),
        ("REDIS_URL", "redis://localhost", "SECRET_KEY: expected with REDIS_URL"),
        ("WORKER_NAME", "the yard", "letters, digits"),
        ("REQUIRE_TOTP", "1", "admins, everybody"),
        ("AUTH_HEADER", "Cookie", "such as Remote-User"),
        ("AUTH_HEADER", "Remote-User", "TRUSTED_PROXIES=1 or more"),
        ("AUTH_ROLE_HEADER", "Remote-Groups", "each with those before it"),
        ("AUTH_ROLE_MAP", "ops=manager", "each with those before it"),
        ("AUTH_ROLE_MAP", "ops", "such as ops=manager"),
        ("SECRET_KEY_FILE", "/nowhere", "readable text file"),
        ("ALERT_ENTER", "101", "a number from 0.1 to 100"),
        ("ALERT_ENTER", "1e1", "a number from 0.1 to 100"),
        ("ALERT_EXIT", "0", "a number from 0.1 to 100"),
        ("ALERT_EXIT", "30", "at most ALERT_ENTER (25)"),
        ("ALERT_HOLD_S", "soon", "a number from 0 to 3600"),
        ("ALERT_SCHEDULE", "someday", "a schedule such as"),
        ("TIME_ZONE", "Mars/Olympus", "a time zone such as"),
        ("TIME_ZONE", "../etc", "a time zone such as"),
        ("PUBLIC_URL", "watch.example.org", "such as https://watch.example.org"),
        ("PUBLIC_URL", "ftp://watch.example.org", "browsers reach the server"),
        ("PUBLIC_URL", "https://", "browsers reach the server"),
        ("PUBLIC_URL", "https://host:port/", "browsers reach the server"),
        ("PUBLIC_URL", "https://user:secret@host/", "browsers reach the server"),
        ("PUBLIC_URL", "https://host/?page=1", "browsers reach the server"),
        ("PUBLIC_URL", "https://host/#top", "browsers reach the server"),
        ("RETENTION_DAYS", "0", "from 1 to 36500"),
        ("AUDIT_RETENTION_DAYS", "30", "from 183 to 36500, got '30'"),
    ],
)
def test_a_bad_value_names_its_variable_and_what_is_expected(name, value, part):
    with pytest.raises(ConfigError, match=name) as caught:
        read_settings({name: value})
    assert part.lower() in str(caught.value).lower()


def test_who_is_believed_about_names_is_named():
    env = {"AUTH_HEADER": "Remote-User", "TRUSTED_PROXIES": "1"}
    assert read_settings(env).identity_headers == ProxyHeaders("Remote-User")
    more = env | {"AUTH_ROLE_HEADER": "Remote-Groups", "AUTH_ROLE_MAP": "it=admin"}
    headers = ProxyHeaders("Remote-User", "Remote-Groups", {"it": Role.ADMIN})
    assert read_settings(more).identity_headers == headers
    with pytest.raises(ConfigError, match="got every address"):
        read_settings(env | {"TRUSTED_PROXY_ADDRESSES": "10.0.0.7, ::/0"})
    with pytest.raises(ConfigError, match="another header than AUTH_HEADER"):
        read_settings(env | {"AUTH_ROLE_HEADER": "remote-user"})


def test_a_path_can_follow_the_public_address():
    assert read_settings({}).public_url == ""
    for text in ("https://example.org:8443/watch/", "https://example.org:8443/watch"):
        assert read_settings({"PUBLIC_URL": text}).public_url == "https://example.org:8443/watch"


@pytest.mark.parametrize(("enter", "exit"), [(None, 20.0), ("15", 12.0), ("0.1", 0.1)])
def test_an_alert_ends_a_fifth_below_where_it_begins(enter, exit):
    settings = read_settings({"ALERT_ENTER": enter} if enter else {})
    assert settings.alert_exit == exit
    assert Settings().alert_exit == read_settings({}).alert_exit


def test_alerts_are_set_and_receivers_kept_out_of_logs():
    settings = read_settings(
        {
            "ALERT_ENTER": "40.5",
            "ALERT_EXIT": "30",
            "ALERT_SCHEDULE": "mon-fri 06:00-14:00",
            "NOTIFY_URLS": "json://user:secret@host/ ntfy://topic",
            "TIME_ZONE": "Europe/Berlin",
        }
    )
    assert (settings.alert_enter, settings.alert_exit) == (40.5, 30.0)
    assert len(settings.alert_schedule.windows) == 1
    assert settings.notify_urls == ("json://user:secret@host/", "ntfy://topic")
    assert settings.time_zone.key == "Europe/Berlin"
    assert "secret" not in repr(settings)


@pytest.mark.parametrize(
    "text",
    [
        "json://a/x ntfy://b",
        "json://a/x,ntfy://b",
        "json://a/x, ntfy://b,",
        "json://a/x;ntfy://b",
        "json://a/x\nntfy://b\n",
    ],
)
def test_receivers_are_told_apart_however_they_are_listed(text):
    assert read_settings({"NOTIFY_URLS": text}).notify_urls == ("json://a/x", "ntfy://b")


def test_commas_within_a_receiver_are_its_own():
    url = "mailto://me@example.org?to=a@example.org,b@example.org"
    assert read_settings({"NOTIFY_URLS": url}).notify_urls == (url,)


def test_a_file_names_a_receiver_on_each_line(tmp_path):
    path = tmp_path / "receivers"
    path.write_bytes(b"\xef\xbb\xbfjson://a/\r\n\r\nntfy://b\r\n")
    assert read_settings({"NOTIFY_URLS_FILE": str(path)}).notify_urls == ("json://a/", "ntfy://b")


def test_an_error_about_cameras_keeps_the_password_to_itself():
    with pytest.raises(ConfigError) as caught:
        read_settings({"CAMERAS": "rtsp://user:secret@host/stream"})
    assert "secret" not in str(caught.value)


def test_cameras_may_stand_in_a_file(tmp_path):
    path = tmp_path / "cameras.txt"
    path.write_bytes("\N{BYTE ORDER MARK}# upstairs\r\ndoor=0\r\nhall=demo\r\n".encode())
    cameras = (CameraSource("door", "0"), CameraSource("hall", "demo"))
    assert read_settings({"CAMERAS_FILE": str(path)}).cameras == cameras
    with pytest.raises(ConfigError, match="Keep one"):
        read_settings({"CAMERAS_FILE": str(path), "CAMERAS": "demo"})
    path.write_text("door=0\nhall\n")
    with pytest.raises(ConfigError, match=r"CAMERAS_FILE: .*none in line 2"):
        read_settings({"CAMERAS_FILE": str(path)})


def test_what_a_process_is_given_replaces_the_file(monkeypatch):
    monkeypatch.setenv("CAMERAS_FILE", "cameras.txt")
    assert "CAMERAS_FILE" not in environment_behind(CAMERAS="demo")
    assert "CAMERAS_FILE" in environment_behind()


def test_processes_behind_sign_no_cookie_and_open_only_what_they_are_given_a_key_for(monkeypatch):
    for name in ("SECRET_KEY", "ADMIN_PASSWORD", "NOTIFY_URLS", "SEALING_KEY"):
        monkeypatch.setenv(name, "hunter2")
    assert "hunter2" not in environment_behind().values()
    given = environment_behind(SEALING_KEY="derived")
    assert "hunter2" not in given.values()
    settings = read_settings(given)
    assert (settings.secret_key, settings.sealing_key) == (None, "derived")
    assert "derived" not in repr(settings)


def test_names_count_once_and_an_address_may_stand_in_brackets():
    settings = read_settings({"ALERT_EMOTIONS": "angry,fear,angry", "HOST": "[::1]"})
    assert settings.alert_emotions == ("angry", "fear")
    assert settings.host == "::1"


def test_settings_never_show_a_source():
    env = {"CAMERAS": "door=rtsp://user:hunter2@host/", "ADMIN_PASSWORD": "hunter2"}
    assert "hunter2" not in repr(read_settings(env))


def test_a_secret_may_come_from_a_file(tmp_path):
    path = tmp_path / "key"
    path.write_text("s3cret\n")
    assert read_settings({"SECRET_KEY_FILE": str(path)}).secret_key == "s3cret"
    with pytest.raises(ConfigError, match="Keep one"):
        read_settings({"SECRET_KEY_FILE": str(path), "SECRET_KEY": "x"})


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfs3cr\xc3\xa9t\r\n",
        b"s3cr\xc3\xa9t\rnotes\r",
        b"s3cr\xc3\xa9t",
        "s3cr\xe9t\r\n".encode("utf-16"),
    ],
)
def test_a_secret_is_what_its_file_shows_in_any_editor(content, tmp_path):
    path = tmp_path / "password"
    path.write_bytes(content)
    assert read_settings({"ADMIN_PASSWORD_FILE": str(path)}).admin_password == "s3cr\xe9t"


def test_a_secret_of_no_text_is_refused_and_not_repeated():
    """A terminal or service file of another encoding gives such bytes."""
    with pytest.raises(ConfigError, match="ADMIN_PASSWORD: expected text in UTF-8") as caught:
        read_settings({"ADMIN_PASSWORD": os.fsdecode(b"gr\xfcn gang weht")})
    assert "gang" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "the value in the first line"),
        (b"\n", "the value in the first line"),
        (b"\xef\xbb\xbf\r\nx", "the value in the first line"),
        (b"s\0e\0c\0", "a readable text file"),
        (b"\xff\xfe\xfd", "a readable text file"),
    ],
)
def test_a_file_without_a_value_in_its_first_line_is_refused(content, expected, tmp_path):
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=f"SECRET_KEY_FILE: expected {expected}"):
        read_settings({"SECRET_KEY_FILE": str(path)})


def test_tls_needs_both_files(tmp_path):
    path = tmp_path / "cert.pem"
    path.touch()
    with pytest.raises(ConfigError, match="both or neither"):
        read_settings({"TLS_CERT_FILE": str(path)})


def test_blank_means_unset():
    assert read_settings({"PORT": "  ", "DETECTOR": ""}) == read_settings({})


def test_proxies_are_on_this_machine_unless_they_are_named():
    addresses = read_settings({}).trusted_proxy_addresses
    assert [str(network) for network in addresses] == ["127.0.0.0/8", "::1/128"]
    named = read_settings({"TRUSTED_PROXY_ADDRESSES": "192.0.2.7, 2001:db8::/32"})
    assert [str(n) for n in named.trusted_proxy_addresses] == ["192.0.2.7/32", "2001:db8::/32"]
