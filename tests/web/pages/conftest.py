"""What tests of pages have in common."""

import pytest
from flask import Flask

from webapp.web.services import services_of


@pytest.fixture
def heard(app: Flask) -> list:
    """What is published to every page."""
    events: list = []
    services_of(app).sockets.publish = lambda message, camera=None: events.append(message)
    return events
