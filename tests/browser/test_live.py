"""The dashboard: what comes from the server and what the page makes of silence."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.conftest import NO_FIGURE, Faults, open_dashboard
from tests.browser.live_server import LiveServer, serve
from tests.fakes import CLASSES, FakeLiveAlerts, FakeRuntime, alert_message, counts_message
from webapp.core.alert_rules import AlertRule, RuleKind
from webapp.core.alerts import Limits
from webapp.core.bands import Band
from webapp.core.limit_words import LimitMark, LimitWords
from webapp.core.messages import LimitsMessage, RecentPoint

UNTIL_CHANGED = """async () => {
    const context = new OffscreenCanvas(48, 27).getContext("2d");
    const pixels = () => {
        context.drawImage(document.querySelector("[data-picture]"), 0, 0, 48, 27);
        return context.getImageData(0, 0, 48, 27).data.join();
    };
    const before = pixels();
    while (pixels() === before) await new Promise(requestAnimationFrame);
}"""


def expect_picture(page: Page) -> None:
    """Wait for the first part of the stream."""
    expect(page.locator("[data-picture]")).to_have_js_property("naturalWidth", 480)


def test_the_picture_changes(signed_in: Page) -> None:
    expect_picture(signed_in)
    signed_in.evaluate(UNTIL_CHANGED)


def test_counts_arrive(signed_in: Page, server: LiveServer) -> None:
    server.push(counts_message("demo", indicator=81.2))
    expect(signed_in.locator("[data-indicator]")).to_have_text("81")
    expect(signed_in.locator("[data-people]")).to_have_text("4")
    expect(signed_in.locator("[data-expression=neutral] [data-count]")).to_have_text("2")
    expect(signed_in.locator("[data-analysis-fps]")).to_have_text("24.5")
    expect(signed_in).to_have_title("81 · demo · Demo · Evenkeel")
    expect(signed_in.locator(".u-over")).to_be_visible()


def expect_mark(page: Page, words: str, share: float) -> None:
    """Wait until a mark stands at this share of the gauge."""
    mark, gauge = page.get_by_text(words), page.locator(".scale").bounding_box()
    expect(mark).to_be_visible()
    box = mark.bounding_box()
    assert gauge and box
    edge_px = box["x"] if share < 0.5 else box["x"] + box["width"]
    assert abs((edge_px - gauge["x"]) / gauge["width"] - share) < 0.02


def test_the_number_says_what_it_means(
    page: Page, admin_cookie: None, server: LiveServer, live_alerts: FakeLiveAlerts
) -> None:
    limits = Limits(enter=15, exit=10, hold_s=15, clear_s=5)
    live_alerts.watched_rules = [
        AlertRule(1, "It lasts", RuleKind.EXPRESSION, limits, expressions=("angry", "fear"))
    ]
    open_dashboard(page)
    band, risen = page.locator(".indicator [data-band-word]"), page.locator("[data-risen]")
    expect(band).to_have_text("Raised")
    expect(risen).to_have_text("1 of 4 people risen")
    expect_mark(page, "alerts from 15 for 15 s", 0.15)
    tab = page.locator("[data-camera-tab=demo]")
    expect(tab).to_have_accessible_name(re.compile("indicator 38 ?, Raised"))
    page.set_viewport_size({"width": 390, "height": 844})
    before = page.locator("[data-picture]").bounding_box()
    for new, words in ((Band.ALERT, "Alert level"), (Band.NONE, "No rule watches this camera")):
        server.push(replace(counts_message("demo"), band=new))
        expect(band).to_have_text(words)
        assert page.locator("[data-picture]").bounding_box() == before
    server.set_state("demo", "paused")
    expect(band).to_have_text("")
    expect(risen).to_have_text("")
    marks = LimitMark(70, "alerts from 70"), LimitMark(40, "ends below 40")
    server.push(LimitsMessage("door"))
    server.push(LimitsMessage("demo", LimitWords(marks)))
    expect_mark(page, "alerts from 70", 0.7)
    expect(page.locator("[data-chart]")).to_have_accessible_description(
        "alerts from 70 ends below 40"
    )


def test_a_bar_is_as_long_as_its_share(signed_in: Page) -> None:
    track = signed_in.locator("[data-expression=neutral] .bar-track").bounding_box()
    fill = signed_in.locator("[data-expression=neutral] .bar-fill").bounding_box()
    assert track and fill
    assert abs(fill["width"] / track["width"] - 0.5) < 0.02


def test_every_class_of_the_model_has_a_bar(signed_in: Page) -> None:
    rows = signed_in.locator("[data-bars] .bar-name").all_inner_texts()
    assert rows == [*CLASSES, "uncertain"]


def test_a_reading_of_another_camera_changes_only_its_tab(
    signed_in: Page, server: LiveServer
) -> None:
    server.set_state("door", "live")
    server.push(counts_message("door", indicator=64))
    expect(signed_in.locator("[data-camera-tab=door]")).to_contain_text("Live")
    expect(signed_in.locator("[data-camera-tab=door] [data-value]")).to_have_text("64")
    expect(signed_in.locator("[data-indicator]")).to_have_text("38")


def test_nobody_in_view(signed_in: Page, server: LiveServer) -> None:
    nobody = dict.fromkeys((*CLASSES, "uncertain"), 0)
    empty = replace(counts_message("demo", indicator=0), faces=0, counts=nobody)
    server.push(empty)
    expect(signed_in.locator("[data-note]")).to_have_text("No faces in view.")
    expect(signed_in.locator("[data-people]")).to_have_text("0")
    expect(signed_in.locator("[data-indicator]")).to_have_text(NO_FIGURE)


def test_faces_that_are_seen_and_not_read(signed_in: Page, server: LiveServer) -> None:
    line = signed_in.locator("[data-unread]")
    expect(line).to_be_hidden()
    server.push(replace(counts_message("demo"), unread=2))
    expect(line).to_have_text("2 faces seen, not read: too small, blurred or turned")
    expect(line).to_be_visible()
    server.push(counts_message("demo"))
    expect(line).to_be_hidden()


def test_too_few_people(signed_in: Page, server: LiveServer) -> None:
    hidden = replace(counts_message("demo"), faces=None, counts=None, suppressed=True)
    server.push(hidden)
    expect(signed_in.locator("[data-note]")).to_have_text(re.compile("^Too few people"))
    expect(signed_in.locator("[data-people]")).to_have_text(NO_FIGURE)
    expect(signed_in.locator("[data-indicator]")).to_have_text(NO_FIGURE)


def test_an_offline_camera_takes_its_figures_away_and_brings_them_back(
    signed_in: Page, server: LiveServer
) -> None:
    badge = signed_in.locator("[data-camera-badge]")
    server.set_state("demo", "offline", reason="the source gave no frame for 5 s")
    expect(badge).to_have_text("Offline")
    expect(signed_in.locator("[data-indicator]")).to_have_text(NO_FIGURE)
    expect(signed_in.locator("[data-people]")).to_have_text(NO_FIGURE)
    expect(signed_in.locator("[data-note]")).to_contain_text("the source gave no frame for 5 s")
    expect(signed_in.locator("[data-announcer]")).to_contain_text("Offline")
    server.set_state("demo", "demo")
    server.push(counts_message("demo", indicator=12))
    expect(badge).to_have_text("Demo")
    expect(signed_in.locator("[data-indicator]")).to_have_text("12")


def test_silence_becomes_a_warning_and_hides_the_figures(
    page: Page, admin_cookie: None, server: LiveServer
) -> None:
    page.clock.install()
    open_dashboard(page)
    page.clock.run_for(7000)
    expect(page.locator("[data-warning]")).to_contain_text("No new reading for")
    expect(page.locator("[data-updated]")).to_have_attribute("data-late", "")
    expect(page.locator("[data-indicator]")).to_have_text(NO_FIGURE)
    server.push(counts_message("demo", indicator=50))
    expect(page.locator("[data-warning]")).to_be_hidden()
    expect(page.locator("[data-indicator]")).to_have_text("50")


def test_an_ended_sign_in_is_shown_with_the_way_back(
    signed_in: Page, context: BrowserContext, faults: Faults
) -> None:
    elsewhere = context.new_page()
    elsewhere.goto("/logout")
    elsewhere.get_by_role("button", name="Sign out").click()
    warning = signed_in.locator("[data-warning]")
    expect(warning).to_contain_text("Your sign-in has ended.")
    expect(warning.get_by_role("link", name="Sign in again")).to_be_visible()
    expect(signed_in.locator("[data-indicator]")).to_have_text(NO_FIGURE)
    expect(signed_in.locator("[data-veil]")).to_have_text("Signed out.")
    faults.forgive("Failed to load resource")


def test_a_server_that_comes_back_is_found_again(
    page: Page,
    app: Flask,
    runtime: FakeRuntime,
    live_alerts: FakeLiveAlerts,
    admin_cookie: None,
    faults: Faults,
) -> None:
    pending = page.locator("[data-alert-pending]")
    live_alerts.messages = [alert_message(state="pending")]
    with serve(app, runtime) as first:
        page.goto(f"{first.url}/?camera=demo", wait_until="domcontentloaded")
        expect(page.locator("[data-indicator]")).to_have_text("38")
        expect(pending).to_be_visible()
    first.drop_sockets()
    expect(page.locator("[data-warning]")).to_contain_text("The connection to the server is lost.")
    expect(page.locator("[data-camera-badge]")).to_have_text("No contact")
    expect(page.locator("[data-veil]")).to_have_text("No contact with the server.")
    expect(page.locator("[data-indicator]")).to_have_text(NO_FIGURE)
    expect(pending).to_be_hidden()
    runtime.counts["demo"] = counts_message("demo", indicator=55)
    with serve(app, runtime, first.port):
        expect(page.locator("[data-indicator]")).to_have_text("55")
        expect(page.locator("[data-warning]")).to_be_hidden()
        expect(page.locator("[data-veil]")).to_be_hidden()
        expect(pending).to_be_visible()
    faults.forgive("Failed to load resource")


def test_a_picture_that_fails_is_opened_again(
    page: Page, admin_cookie: None, faults: Faults
) -> None:
    attempts: list[str] = []

    def fail_once(route: Route) -> None:
        attempts.append(route.request.url)
        route.abort() if len(attempts) == 1 else route.continue_()

    page.clock.install()
    page.route("**/stream/**", fail_once)
    page.goto("/?camera=demo", wait_until="domcontentloaded")
    expect(page.locator("[data-veil]")).to_have_text("The picture does not load. Trying again.")
    page.clock.fast_forward(1000)
    expect_picture(page)
    expect(page.locator("[data-veil]")).to_be_hidden()
    assert len(attempts) == 2
    faults.forgive("Failed to load resource")


def test_a_picture_that_stands_still_is_opened_again(
    page: Page, admin_cookie: None, server: LiveServer
) -> None:
    page.clock.install()
    open_dashboard(page)
    expect_picture(page)
    server.runtime.frame_interval_s = 60
    with page.expect_request(re.compile(r"/stream/demo\.mjpg\?t=")):
        # A last frame may be on its way.
        for _ in range(2):
            page.clock.run_for(1000)
            page.clock.fast_forward(11_000)


def test_the_demo_is_said_and_camera_0_offered(signed_in: Page, server: LiveServer) -> None:
    expect(signed_in.get_by_text("Demo clip: composite faces, no real person.")).to_be_visible()
    signed_in.get_by_role("button", name="Use camera 0").click(no_wait_after=True)
    signed_in.wait_for_url("**/?camera=demo#switch", wait_until="domcontentloaded")
    assert server.runtime.setups[0].source == "0"


def test_every_time_is_of_one_zone_whatever_the_browsers(
    app: Flask, page: Page, admin_cookie: None, server: LiveServer, live_alerts: FakeLiveAlerts
) -> None:
    app.config["TIME_ZONE"] = ZoneInfo("Asia/Tokyo")
    now = datetime.now(UTC)
    live_alerts.messages = [alert_message(camera="demo", since=now)]
    open_dashboard(page)
    server.push(replace(counts_message("demo"), at=now))
    tokyo = f"{now.astimezone(app.config['TIME_ZONE']):%H:%M}"
    for place in ("[data-reading-at]", "[data-since-time]"):
        shown = page.locator(place).first
        expect(shown).to_contain_text(tokyo)
        expect(shown).to_have_attribute("title", f"{now:%Y-%m-%d %H:%M:%S} UTC")
    server.set_state("demo", "offline")
    since = server.runtime.statuses[0].since.astimezone(app.config["TIME_ZONE"])
    expect(page.locator(".since time")).to_contain_text(f"{since:%H:%M}")
    expect(page.locator(".rates .zone")).to_have_text("Asia/Tokyo")


def test_the_line_shows_the_last_five_minutes(
    page: Page, admin_cookie: None, server: LiveServer
) -> None:
    server.runtime.points["demo"] = [RecentPoint(datetime.now(UTC), 2, 7.4)]
    server.runtime.counts.clear()
    page.goto("/?camera=demo", wait_until="domcontentloaded")
    expect(page.locator("[data-summary]")).to_have_text("Lowest 7, mean 7, highest 7")
    expect(page.locator("[data-updated]")).to_have_text(re.compile(r"^updated \d+ s ago$"))
    expect(page.locator("[data-note]")).to_have_text("Waiting for the next reading.")


def test_a_line_that_is_still_loading_claims_nothing(
    page: Page, admin_cookie: None, faults: Faults
) -> None:
    held: list[Route] = []
    page.route("**/api/recent?*", lambda route: held.append(route))
    open_dashboard(page)
    summary = page.locator("[data-summary]")
    expect(summary).to_have_text("Loading the last five minutes.")
    expect(page.locator(".u-over")).to_have_count(0)
    held[0].fulfill(status=503, json={})
    expect(summary).to_have_text(re.compile("^Lowest.* Earlier readings did not load.$"))
    expect(page.locator(".u-over")).to_be_visible()
    faults.forgive("Failed to load resource")


def test_without_scripts_no_figure_is_waited_for(
    chromium: Browser, context: BrowserContext, server: LiveServer, admin_cookie: None
) -> None:
    plain = chromium.new_context(java_script_enabled=False)
    plain.add_cookies(context.cookies())
    page = plain.new_page()
    page.goto(f"{server.url}/?camera=demo", wait_until="commit")
    expect(page.locator("[data-picture]")).to_be_visible()
    for part in (".indicator", ".expressions", ".timeline", ".rates", ".tab-indicator"):
        expect(page.locator(part).first).to_be_hidden()
    expect(page.locator("body")).not_to_contain_text(re.compile("Waiting|Loading|no reading yet"))
    plain.close()


def test_a_browser_with_many_windows_says_why_one_has_no_picture(
    context: BrowserContext, admin_cookie: None
) -> None:
    """Six streams would take every connection that a browser has to one server."""
    shown = re.compile("t=")
    pages = []
    for _ in range(5):
        page = context.new_page()
        page.goto("/?camera=demo", wait_until="domcontentloaded")
        picture, veil = page.locator("[data-picture]"), page.locator("[data-veil]")
        if len(pages) < 4:
            expect(picture).to_have_attribute("src", shown)
        else:
            expect(veil).to_have_text(re.compile("4 windows of this browser"))
            # All but the picture works.
            expect(page.locator("[data-indicator]")).not_to_have_text(NO_FIGURE)
        pages.append(page)
    pages[0].close()
    expect(pages[-1].locator("[data-picture]")).to_have_attribute("src", shown)
    expect(pages[-1].locator("[data-veil]")).to_be_hidden()
    for page in pages[1:]:
        page.close()
