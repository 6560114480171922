"""Services a test needs from outside: browser, database servers, proxies."""

import os

import pytest


def require_or_skip(service: str, present: bool) -> None:
    """Skip the test when a service is absent, or fail where all of them are promised."""
    if present:
        return
    absent = f"{service} is not there"
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(f"{absent}, although REQUIRE_SERVICES=1 promises it", pytrace=False)
    pytest.skip(absent)
