"""Alerts in the browser: the banner, the count, acknowledging, calls, and who may use them."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Faults, open_dashboard
from tests.browser.live_server import LiveServer
from tests.browser.test_access import violations
from tests.fakes import FakeLiveAlerts, alert_message, counts_message
from tests.web.alert_rows import ANGER, OUTAGE, add_alert, add_rules
from webapp.core.alerts import Phase
from webapp.core.evidence import Evidence
from webapp.core.messages import AlertMessage, RulesChanged
from webapp.storage.alerts import acknowledge
from webapp.storage.database import Database

ROWS = "[data-alert-rows] > li"
TITLE = "38 · demo · Demo · Evenkeel"
COUNT_CALLS = """
    window.calls = [];
    window.addEventListener("DOMContentLoaded", () =>
        new MutationObserver(() => window.calls.push(
            document.querySelector("[data-alert-call]").textContent
        )).observe(document.querySelector("[data-alert-call]"), { childList: true }));
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (when) {
        window.tones = (window.tones ?? 0) + 1;
        start.call(this, when);
    };
"""


def fire(server: LiveServer, live_alerts: FakeLiveAlerts, **changes: Any) -> AlertMessage:
    """Let an alert change, as the watch does: first it knows, then it publishes."""
    alert = alert_message(**changes)
    live_alerts.messages = [known for known in live_alerts.messages if known.id != alert.id]
    if alert.state != Phase.RESOLVED:
        live_alerts.messages.append(alert)
    server.push(alert)
    return alert


WATCHED = replace(ANGER, id=1)


@pytest.fixture(autouse=True)
def watched(live_alerts: FakeLiveAlerts) -> None:
    """A rule watches both cameras."""
    live_alerts.watched_rules = [WATCHED]


def test_the_banner_follows_an_alert(
    signed_in: Page, server: LiveServer, live_alerts: FakeLiveAlerts
) -> None:
    calm, row = signed_in.get_by_text("No alert is open."), signed_in.locator(ROWS)
    expect(calm).to_be_visible()
    fire(server, live_alerts, state="pending")
    expect(signed_in.locator("[data-alert-pending]")).to_contain_text(
        "door, angry or fear, for 1 min"
    )
    expect(row).to_have_count(0)
    expect(calm).to_be_hidden()
    fire(server, live_alerts, state="firing")
    expect(row).to_contain_text("Firing")
    expect(row).to_contain_text("angry or fear indicator 62 since")
    expect(signed_in).to_have_title(f"(1) {TITLE}")
    expect(signed_in.locator("[data-nav-badge]")).to_have_text("1 not acknowledged")
    fire(server, live_alerts, evidence=Evidence(2, 4, 0.58), counts_people=True)
    expect(row).to_contain_text("angry or fear people risen up to 2 of 4 since")
    server.push(counts_message("door"))
    expect(row).to_contain_text("people risen 1 of 4 since")
    fire(server, live_alerts, state="recovering", value=14)
    expect(row).to_contain_text("Recovering")
    fire(server, live_alerts, state="resolved")
    expect(calm).to_be_visible()
    expect(signed_in).to_have_title(TITLE)
    expect(signed_in.locator("[data-alert-news]")).to_have_text(
        "Resolved, camera door: angry or fear."
    )


def picture_box(page: Page) -> object:
    return page.locator("[data-stage]").bounding_box()


@pytest.mark.parametrize(("width", "height"), [(320, 640), (820, 1100), (1440, 900)])
def test_nothing_that_comes_and_goes_moves_the_picture(
    signed_in: Page, server: LiveServer, live_alerts: FakeLiveAlerts, width: int, height: int
) -> None:
    signed_in.set_viewport_size({"width": width, "height": height})
    expect(signed_in.locator("[data-picture]")).to_have_js_property("naturalWidth", 480)
    banner = signed_in.locator("[data-alert-banner]")
    before, place = picture_box(signed_in), banner.bounding_box()
    pending = signed_in.locator("[data-alert-pending]")
    fire(server, live_alerts, state="pending")
    expect(pending).to_be_visible()
    assert picture_box(signed_in) == before
    assert banner.bounding_box() == place, "what is pending moves nothing at all"
    fire(server, live_alerts, camera="demo")
    fire(server, live_alerts, alert_id="a2", camera="a-camera-with-a-name-as-long-as-it-may-b")
    expect(signed_in.locator(ROWS)).to_have_count(2)
    assert picture_box(signed_in) == before
    for state in ("connecting", "offline", "live"):
        server.set_state("demo", state, reason="it gave no picture for five seconds")
        expect(signed_in.locator("[data-camera-badge]")).to_have_attribute("data-state", state)
        assert picture_box(signed_in) == before, state


def test_a_page_that_looks_calm_says_that_nobody_is_watching(
    signed_in: Page, server: LiveServer, live_alerts: FakeLiveAlerts
) -> None:
    gaps, calm = signed_in.locator("[data-alert-gaps]"), signed_in.get_by_text("No alert is open.")
    expect(calm).to_be_visible()
    live_alerts.watched_rules = [replace(WATCHED, is_enabled=False)]
    server.push(RulesChanged())
    expect(gaps).to_have_text("Nobody is watching: no rule is switched on.")
    expect(calm).to_be_hidden()
    signed_in.reload(wait_until="domcontentloaded")
    expect(gaps).to_be_visible()
    live_alerts.watched_rules = [WATCHED]
    server.push(RulesChanged())
    expect(calm).to_be_visible()


def test_an_alert_of_another_camera_leads_there(
    signed_in: Page, server: LiveServer, live_alerts: FakeLiveAlerts
) -> None:
    fire(server, live_alerts, state="pending")
    link = signed_in.locator("[data-alert-banner]").get_by_role("link", name="door")
    expect(link).to_have_attribute("href", re.compile(r"/\?camera=door$"))
    fire(server, live_alerts)
    signed_in.locator(ROWS).get_by_role("link", name="door").click()
    expect(signed_in.get_by_role("heading", name="Live picture of camera door")).to_be_visible()


def test_an_alert_is_announced_once(
    page: Page,
    context: BrowserContext,
    server: LiveServer,
    live_alerts: FakeLiveAlerts,
    admin_cookie: None,
) -> None:
    context.add_init_script(COUNT_CALLS)
    open_dashboard(page)
    page.locator("main").click(position={"x": 2, "y": 2})
    fire(server, live_alerts)
    expect(page.locator("[data-alert-call]")).to_contain_text("Firing, camera door: angry or fear")
    assert page.evaluate("window.tones") is None, "nobody asked for a sound"
    page.evaluate("localStorage.setItem('evenkeel-alert-sound', 'on')")
    fire(server, live_alerts, value=80)
    fire(server, live_alerts, state="recovering", value=10)
    fire(server, live_alerts, state="firing", value=71)
    fire(server, live_alerts, alert_id="n1", kind="no_data", expressions=[])
    expect(page.locator("[data-alert-call]")).to_contain_text("No data, camera door")
    assert page.evaluate("window.calls.length") == 2
    assert page.evaluate("window.tones") == 3


@pytest.fixture
def other(
    signed_in: Page,
    context: BrowserContext,
    server: LiveServer,
    live_alerts: FakeLiveAlerts,
    database: Database,
) -> Page:
    """Return the alerts page, beside the dashboard, while an alert fires."""
    add_alert(database)
    fire(server, live_alerts)
    other = context.new_page()
    other.goto("/alerts", wait_until="domcontentloaded")
    return other


def test_two_pages_see_an_acknowledgement(signed_in: Page, other: Page, server: LiveServer) -> None:
    expect(other).to_have_title("(1) Alerts · Evenkeel")
    signed_in.locator(ROWS).get_by_role("button", name="Acknowledge").click()
    expect(signed_in.locator(ROWS)).to_contain_text("acknowledged by admin")
    expect(signed_in.get_by_role("button", name="Acknowledge")).to_be_hidden()
    # The title names a figure only while it is new.
    server.push(counts_message("demo"))
    expect(signed_in).to_have_title(TITLE)
    expect(other).to_have_title("Alerts · Evenkeel")
    expect(other.locator("#alert-a1 .facts")).to_contain_text("admin")


def test_the_banner_leads_to_the_page_of_an_alert_which_follows_it(
    signed_in: Page, other: Page, server: LiveServer, live_alerts: FakeLiveAlerts
) -> None:
    own, strip = other, other.locator("[data-alert-strip]")
    url = signed_in.locator(ROWS).get_by_role("link", name="angry or fear").get_attribute("href")
    own.goto(f"{server.url}{url}", wait_until="domcontentloaded")
    expect(strip).to_be_hidden()
    own.get_by_label("Remark on door").fill("On my way")
    own.get_by_role("button", name="Acknowledge").click()
    expect(own.get_by_role("group", name="Was something the matter")).to_be_focused()
    expect(own.locator("#steps")).to_contain_text("Acknowledged by admin")
    expect(own.locator("#steps")).to_contain_text("On my way")
    expect(signed_in.locator(ROWS)).to_contain_text("acknowledged by admin")
    place = own.locator("#curve").bounding_box()
    fire(server, live_alerts, alert_id="a2", camera="hall")
    expect(strip).to_have_text(re.compile(r"Firing\s+hall angry or fear\s+since [\d:]+"))
    assert own.locator("#curve").bounding_box() == place
    strip.get_by_role("link", name="hall").click()
    expect(own).to_have_title("(1) Anger lasts at hall · Evenkeel")


def test_the_question_comes_in_place_and_the_keyboard_goes_on_there(
    signed_in: Page, other: Page
) -> None:
    signed_in.get_by_role("button", name="Acknowledge").press("Enter")
    question = signed_in.get_by_role("group", name="Was something the matter at door?")
    expect(question).to_be_focused()
    signed_in.keyboard.press("Tab")
    signed_in.keyboard.press("Enter")
    expect(signed_in.locator(ROWS)).to_contain_text("answered: something was the matter")
    expect(signed_in.get_by_role("link", name="Change the answer")).to_be_focused()
    card = other.locator("#alert-a1")
    expect(card).to_contain_text("Something was the matter")
    card.locator("summary").first.click()
    change = card.get_by_text("Change the answer")
    change.press("Enter")
    card.get_by_role("button", name="nothing was the matter").press("Enter")
    expect(card.locator(".facts")).to_contain_text("Nothing was the matter")
    expect(change).to_be_focused()
    expect(signed_in.locator(ROWS)).to_contain_text("answered: nothing was the matter")


def test_the_keyboard_stays_when_somebody_was_faster_and_when_an_alert_goes(
    signed_in: Page,
    server: LiveServer,
    live_alerts: FakeLiveAlerts,
    database: Database,
    faults: Faults,
) -> None:
    add_alert(database)
    fire(server, live_alerts)
    button = signed_in.get_by_role("button", name="Acknowledge")
    # The page reads it again before it calls: only after that may somebody be faster unseen.
    expect(signed_in.locator("[data-alert-call]")).not_to_be_empty()
    with database.session() as work:
        assert acknowledge(work, "a1", "mira", "", datetime.now(UTC))
    button.press("Enter")
    expect(signed_in.locator(ROWS)).to_contain_text("acknowledged by mira")
    expect(signed_in.get_by_role("group", name="Was something the matter")).to_be_focused()
    fire(server, live_alerts, state="resolved")
    expect(signed_in.locator("[data-alert-banner]")).to_be_focused()
    faults.forgive("Failed to load resource")


def test_the_keyboard_goes_on_when_the_button_that_has_it_goes(
    signed_in: Page, server: LiveServer, live_alerts: FakeLiveAlerts, database: Database
) -> None:
    add_alert(database)
    fire(server, live_alerts)
    signed_in.get_by_role("button", name="Acknowledge").focus()
    with database.session() as work:
        assert acknowledge(work, "a1", "mira", "", datetime.now(UTC))
    server.push(RulesChanged())
    expect(signed_in.get_by_role("group", name="Was something the matter")).to_be_focused()


def test_a_refused_acknowledgement_is_shown(
    signed_in: Page, server: LiveServer, live_alerts: FakeLiveAlerts, faults: Faults
) -> None:
    fire(server, live_alerts)
    signed_in.get_by_role("button", name="Acknowledge").click()
    expect(signed_in.locator(ROWS)).to_contain_text("Not acknowledged: There is no alert")
    faults.forgive("Failed to load resource")


def test_what_was_missed_is_read_after_a_reconnect(
    signed_in: Page, server: LiveServer, live_alerts: FakeLiveAlerts
) -> None:
    fire(server, live_alerts)
    expect(signed_in.locator(ROWS)).to_have_count(1)
    live_alerts.messages = [alert_message("a2", camera="hall")]
    server.drop_sockets()
    expect(signed_in.locator(ROWS)).to_contain_text("hall")
    expect(signed_in.locator(ROWS)).to_have_count(1)


def test_many_alerts_leave_room_for_the_picture(
    page: Page, server: LiveServer, live_alerts: FakeLiveAlerts, admin_cookie: None
) -> None:
    live_alerts.messages = [alert_message(f"a{n}", camera=f"gate{n}") for n in range(5)]
    open_dashboard(page)
    expect(page.locator(ROWS)).to_have_count(3)
    expect(page.locator("[data-alert-more]")).to_have_text("and 2 more")
    expect(page).to_have_title(f"(5) {TITLE}")


def test_the_value_follows_the_camera(
    signed_in: Page, server: LiveServer, live_alerts: FakeLiveAlerts
) -> None:
    fire(server, live_alerts, camera="demo")
    server.push(counts_message("demo", indicator=71.2))
    expect(signed_in.locator("[data-value]").first).to_have_text("71")


def test_the_button_keeps_the_focus_while_values_change(
    signed_in: Page, server: LiveServer, live_alerts: FakeLiveAlerts
) -> None:
    fire(server, live_alerts)
    signed_in.get_by_role("button", name="Acknowledge").focus()
    fire(server, live_alerts, alert_id="a2", camera="hall", since=datetime.now(UTC))
    expect(signed_in.locator(ROWS)).to_have_count(2)
    assert signed_in.evaluate("document.activeElement.innerText").startswith("Acknowledge")
    assert signed_in.evaluate("document.activeElement.closest('li').dataset.alertId") == "a1"


def test_what_somebody_writes_is_not_taken_away(
    page: Page,
    server: LiveServer,
    live_alerts: FakeLiveAlerts,
    database: Database,
    admin_cookie: None,
) -> None:
    add_alert(database)
    for number in (2, 3):
        add_alert(database, f"r{number}", ago=timedelta(hours=number / 10), lasted=timedelta(0))
    page.goto("/alerts", wait_until="domcontentloaded")
    page.get_by_role("checkbox", name="Choose 2 of door").check()
    expect(page.locator("#chosen")).to_contain_text("Acknowledge chosen (2)")
    page.locator("#group-r3 > summary").click()
    page.locator("#alert-r2 > .choose input").uncheck()
    expect(page.locator("#chosen")).to_contain_text("Acknowledge chosen (1)")
    page.locator("#alert-r3 > .choose input").uncheck()
    page.locator("#more-a1 > summary").click()
    page.locator("#alert-a1 > .choose input").check()
    add_alert(database, "a2", camera="hall")
    fire(server, live_alerts, alert_id="a2", camera="hall")
    expect(page.get_by_role("checkbox", name="Choose hall")).to_be_visible()
    expect(page.locator("#alert-a1 > .choose input")).to_be_checked()
    expect(page.locator("#chosen")).to_contain_text("Acknowledge chosen (1)")
    page.locator("#alert-a1").get_by_label("Comment on door").fill("half a sent")
    add_alert(database, "a3", camera="gate")
    fire(server, live_alerts, alert_id="a3", camera="gate")
    expect(page.locator("[data-list-changed]")).to_be_visible()
    expect(page.locator("#alert-a1").get_by_label("Comment on door")).to_have_value("half a sent")


def test_the_keyboard_stays_where_it_is_while_the_lists_change(
    page: Page,
    server: LiveServer,
    live_alerts: FakeLiveAlerts,
    database: Database,
    admin_cookie: None,
) -> None:
    add_alert(database)
    page.goto("/alerts", wait_until="domcontentloaded")
    page.get_by_role("button", name="Acknowledge door").focus()
    add_alert(database, "a2", camera="hall")
    fire(server, live_alerts, alert_id="a2", camera="hall")
    expect(page.locator("#alert-a2")).to_be_visible()
    assert page.evaluate("document.activeElement.innerText").startswith("Acknowledge")
    assert page.evaluate("document.activeElement.closest('li').id") == "alert-a1"


def test_axe_finds_nothing(
    page: Page,
    server: LiveServer,
    live_alerts: FakeLiveAlerts,
    database: Database,
    admin_cookie: None,
) -> None:
    add_rules(database)
    add_alert(database)
    add_alert(database, "n1", camera="demo", rule=OUTAGE)
    add_alert(database, "old", ago=timedelta(hours=3), lasted=timedelta(minutes=4))
    live_alerts.messages = [
        alert_message("p1", "pending", camera="demo"),
        alert_message("r1", "recovering", camera="gate"),
    ]
    open_dashboard(page)
    expect(page.locator(ROWS)).to_have_count(3)
    assert violations(page) == []
    page.get_by_role("button", name="Acknowledge door").click()
    expect(page.locator("[data-is-acknowledged]").first).to_be_attached()
    assert violations(page) == []
    for path in ("/alerts", "/alerts/old", "/admin", "/admin/rules/1"):
        page.goto(path, wait_until="domcontentloaded")
        page.locator("details").evaluate_all("all => all.forEach((part) => { part.open = true; })")
        assert violations(page) == [], path
