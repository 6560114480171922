"""Tests of the rule that plain HTTP stays on this machine."""

import pytest

from webapp.core.errors import ConfigError
from webapp.web.access.exposure import check_exposure, is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost"])
def test_loopback(host: str) -> None:
    assert is_loopback(host)
    check_exposure(host, has_tls=False, trusted_proxies=0, allow_plain_http=False)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "", "localhost.example"])
def test_not_loopback(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(ConfigError, match=r"TLS_CERT_FILE.*TRUSTED_PROXIES.*ALLOW_PLAIN_HTTP=1"):
        check_exposure(host, has_tls=False, trusted_proxies=0, allow_plain_http=False)


@pytest.mark.parametrize(
    ("has_tls", "trusted_proxies", "allow_plain_http"),
    [(True, 0, False), (False, 1, False), (False, 0, True)],
)
def test_ways_out(has_tls: bool, trusted_proxies: int, allow_plain_http: bool) -> None:
    check_exposure(
        "0.0.0.0",
        has_tls=has_tls,
        trusted_proxies=trusted_proxies,
        allow_plain_http=allow_plain_http,
    )
