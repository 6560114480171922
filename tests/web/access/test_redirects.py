"""Tests of where a form may send the browser."""

import pytest

from webapp.web.access.redirects import safe_target


@pytest.mark.parametrize(
    "wanted",
    [
        None,
        "",
        "dashboard",
        "http://evil.example/",
        "//evil.example/",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "//[evil",
    ],
)
def test_unsafe_targets(wanted: str | None) -> None:
    assert safe_target(wanted, "/") == "/"


@pytest.mark.parametrize("wanted", ["/", "/?camera=door", "/history?a=http://x", "/a//b"])
def test_safe_targets(wanted: str) -> None:
    assert safe_target(wanted, "/default") == wanted
