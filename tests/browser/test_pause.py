"""The switch that pauses a camera: in place with JavaScript, by a form without."""

from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from tests.browser.conftest import NO_FIGURE, Faults
from tests.browser.live_server import LiveServer
from tests.browser.test_access import violations
from tests.conftest import VIEWER, AuthActions
from tests.fakes import counts_message


def switch(page: Page) -> Locator:
    return page.locator("[data-switch] button")


def test_pause_and_resume_in_place(signed_in: Page, server: LiveServer) -> None:
    button, badge = switch(signed_in), signed_in.locator("[data-camera-badge]")
    expect(button).to_have_accessible_name("Pause camera demo")
    button.focus()
    signed_in.keyboard.press("Tab")
    signed_in.keyboard.press("Enter")
    signed_in.get_by_label("Reason").fill("lens is cleaned")
    signed_in.get_by_label("Paused").select_option(label="for 1 hour")
    assert violations(signed_in) == []
    button.focus()
    signed_in.keyboard.press("Enter")
    expect(badge).to_have_text("Paused")
    expect(button).to_have_accessible_name("Resume camera demo")
    expect(button).to_be_focused()
    expect(signed_in.locator("[data-note]")).to_contain_text("(lens is cleaned): nothing is read")
    expect(signed_in.locator("[data-pause-options]")).to_be_hidden()
    expect(signed_in.locator("[data-indicator]")).to_have_text(NO_FIGURE)
    expect(signed_in.locator("[data-announcer]")).to_contain_text("nothing is read")
    expect(signed_in.locator("[data-since]").first).to_be_visible()
    expect(signed_in.locator("[data-updated]")).to_be_hidden()
    expect(signed_in.get_by_text("Demo clip:")).to_be_hidden()
    assert server.runtime.cameras()[0].state == "paused"
    signed_in.keyboard.press("Enter")
    expect(badge).to_have_text("Connecting")
    expect(button).to_have_accessible_name("Pause camera demo")
    expect(button).to_be_focused()
    server.set_state("demo", "demo")
    server.push(counts_message("demo", indicator=12))
    expect(signed_in.locator("[data-indicator]")).to_have_text("12")


def test_a_pause_by_somebody_else_turns_the_switch(signed_in: Page, server: LiveServer) -> None:
    server.set_state("door", "paused")
    expect(signed_in.locator("[data-camera-tab=door]")).to_contain_text("Paused")
    expect(switch(signed_in)).to_have_accessible_name("Pause camera demo")
    server.set_state("demo", "paused")
    expect(switch(signed_in)).to_have_accessible_name("Resume camera demo")


def test_an_answer_that_a_push_overtook_is_old_news(signed_in: Page, server: LiveServer) -> None:
    def answer_late(route: Route) -> None:
        answer = route.fetch()
        server.set_state("demo", "offline", reason="unplugged")
        expect(signed_in.locator("[data-camera-badge]")).to_have_text("Offline")
        route.fulfill(response=answer)

    signed_in.route("**/pause", answer_late)
    with signed_in.expect_response("**/pause"):
        switch(signed_in).click()
    expect(switch(signed_in)).to_have_attribute("aria-disabled", "false")
    expect(signed_in.locator("[data-camera-badge]")).to_have_text("Offline")


def test_a_refusal_is_shown_beside_the_switch(signed_in: Page, faults: Faults) -> None:
    refusal = '{"message": "The disk is full."}'
    signed_in.route("**/pause", lambda route: route.fulfill(status=503, body=refusal))
    switch(signed_in).click()
    expect(
        signed_in.get_by_role("alert").get_by_text("Not paused: The disk is full.")
    ).to_be_visible()
    expect(switch(signed_in)).to_have_accessible_name("Pause camera demo")
    signed_in.unroute("**/pause")
    switch(signed_in).click()
    expect(signed_in.locator("[data-switch-trouble]")).to_be_hidden()
    faults.forgive("Failed to load resource")


def test_without_javascript_the_form_does(
    chromium: Browser, server: LiveServer, context: BrowserContext, admin_cookie: None
) -> None:
    plain = chromium.new_context(base_url=server.url, java_script_enabled=False)
    plain.add_cookies(context.cookies())
    page = plain.new_page()
    page.goto("/?camera=door", wait_until="domcontentloaded")
    page.get_by_role("button", name="Pause camera door").click(no_wait_after=True)
    again = page.get_by_role("button", name="Resume camera door")
    expect(again).to_be_focused()
    expect(page.locator("[data-camera-badge]")).to_have_text("Paused")
    again.press("Enter", no_wait_after=True)
    expect(page.get_by_role("button", name="Pause camera door")).to_be_focused()
    plain.close()


def test_a_viewer_sees_the_state_and_no_switch(
    page: Page,
    server: LiveServer,
    context: BrowserContext,
    client: FlaskClient,
    auth: AuthActions,
) -> None:
    auth.login(VIEWER)
    cookie = client.get_cookie(server.app.config["SESSION_COOKIE_NAME"])
    assert cookie
    context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": server.url}])
    page.goto("/?camera=demo", wait_until="domcontentloaded")
    server.set_state("demo", "paused")
    expect(page.locator("[data-camera-badge]")).to_have_text("Paused")
    expect(switch(page)).to_have_count(0)


def test_axe_finds_nothing_in_a_pause(signed_in: Page, server: LiveServer) -> None:
    server.set_state("demo", "paused")
    expect(signed_in.locator("[data-camera-badge]")).to_have_text("Paused")
    assert violations(signed_in) == []
    signed_in.set_viewport_size({"width": 360, "height": 800})
    assert signed_in.evaluate("document.documentElement.scrollWidth") <= 360
