"""The page of all cameras, and the wall."""

import re
from dataclasses import replace
from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from tests.browser.conftest import Faults
from tests.browser.live_server import LiveServer
from tests.browser.test_access import violations
from tests.fakes import FakeLiveAlerts, alert_message, counts_message
from webapp.core.bands import Band


def test_all_cameras_have_pictures_and_those_that_need_a_look_come_first(
    page: Page, admin_cookie: None, server: LiveServer, live_alerts: FakeLiveAlerts
) -> None:
    streams: list[str] = []
    page.on("request", lambda request: streams.append(request.url))
    page.goto("/", wait_until="domcontentloaded")
    demo, door = page.locator("[data-card=demo]"), page.locator("[data-card=door]")
    first = page.locator("[data-card]").first
    # The door is offline.
    expect(first).to_have_attribute("data-card", "door")
    expect(door.locator("[data-veil]")).to_have_text("Offline: The source is silent.")
    expect(demo.locator("canvas")).to_be_visible()
    expect(demo.locator("canvas")).to_have_attribute("width", "480")
    expect(demo).to_contain_text(re.compile("38.*Raised.*4 people", re.DOTALL))

    server.set_state("demo", "paused")
    expect(demo.locator("canvas")).to_be_hidden()
    pixels = "canvas => canvas.getContext('2d').getImageData(0, 0, 9, 9).data.every((v) => v === 0)"
    assert demo.locator("canvas").evaluate(pixels)

    server.set_state("demo", "live")
    server.push(replace(counts_message("demo"), at=datetime.now(UTC), band=Band.ALERT))
    live_alerts.messages = [alert_message(camera="demo")]
    server.push(live_alerts.messages[0])
    expect(first).to_have_attribute("data-card", "demo")
    expect(demo.locator("[data-reason]")).to_have_text("Firing: angry or fear")
    assert violations(page) == []
    assert not [url for url in streams if "/stream/" in url or "/snapshot/" in url]

    # Nothing moves under a hand.
    door.hover()
    live_alerts.messages = []
    server.push(alert_message(camera="demo", state="resolved"))
    expect(demo.locator("[data-reason]")).to_be_hidden()
    expect(first).to_have_attribute("data-card", "demo")
    demo.get_by_role("link").click(no_wait_after=True)
    page.wait_for_url("**/?camera=demo", wait_until="domcontentloaded")


def test_an_alert_takes_the_wall_and_a_lost_link_is_said(
    page: Page,
    admin_cookie: None,
    server: LiveServer,
    live_alerts: FakeLiveAlerts,
    faults: Faults,
) -> None:
    page.goto("/wall", wait_until="domcontentloaded")
    demo, alert = page.locator("[data-card=demo]"), page.locator("[data-wall-alert]")
    expect(demo.locator("canvas")).to_be_visible()
    expect(alert).to_be_hidden()
    fired = alert_message(camera="demo", advice="Go and ask.")
    live_alerts.messages = [fired]
    server.push(fired)
    expect(alert).to_contain_text(
        re.compile(r"Firing.*demo.*angry or fear.*Anger lasts.*\d+.*since.*Go and ask", re.DOTALL)
    )
    expect(alert.locator("canvas")).to_be_visible()
    assert violations(page) == []
    live_alerts.messages = []
    server.push(replace(fired, state="resolved"))
    expect(alert).to_be_hidden()
    # On a busy machine the page has heard nothing for long by now.
    server.push(counts_message("demo"))
    expect(demo.locator("canvas")).to_be_visible()

    for of_a_lost_link in ("Failed to load resource", "WebSocket is already in CLOSING"):
        faults.forgive(of_a_lost_link)
    page.route("**/socket.io/**", lambda route: route.abort())
    server.drop_sockets()
    expect(page.locator("[data-wall-lost]")).to_contain_text("No contact with the server")
    page.unroute("**/socket.io/**")
    expect(page.locator("[data-wall-lost]")).to_be_hidden()
