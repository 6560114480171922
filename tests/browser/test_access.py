"""Usable by everybody: axe-core, the keyboard, any width, either theme."""

from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Faults, open_dashboard, sign_in
from tests.browser.live_server import LiveServer
from tests.conftest import ADMIN, NEWCOMER
from tests.fakes import counts_message
from tests.services import require_or_skip
from webapp.config import ROOT

AXE = Path(ROOT, "node_modules", "axe-core", "axe.min.js")
# What else axe-core looks at is the same in either theme.
RULES_OF_COLOUR = ["color-contrast", "link-in-text-block"]
# Another theme is there with the second frame at the latest.
IS_PAINTED = """() => new Promise(done =>
    requestAnimationFrame(() => requestAnimationFrame(done)))"""
RUN_AXE = "rules => axe.run(rules ? { runOnly: rules } : {}).then(result => result.violations)"


def violations(page: Page) -> list[str]:
    """Run axe-core over the page: everything in light, and once more the colours in dark."""
    require_or_skip("axe-core (make test fetches it)", AXE.exists())
    page.evaluate(AXE.read_text(encoding="utf-8"))
    page.emulate_media(color_scheme="light")
    page.evaluate(IS_PAINTED)
    in_light: list[dict[str, Any]] = page.evaluate(RUN_AXE, None)
    page.emulate_media(color_scheme="dark")
    page.evaluate(IS_PAINTED)
    in_dark: list[dict[str, Any]] = page.evaluate(RUN_AXE, RULES_OF_COLOUR)
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in in_light + in_dark
        for node in rule["nodes"]
    ]


def test_axe_finds_nothing_on_the_dashboard(
    page: Page, server: LiveServer, admin_cookie: None
) -> None:
    open_dashboard(page)
    assert violations(page) == []
    page.locator("[data-menu] summary").click()
    server.set_state("demo", "offline", reason="no frame for 5 s")
    expect(page.locator("[data-camera-badge]")).to_have_text("Offline")
    assert violations(page) == []


def test_axe_sees_what_only_the_dark_theme_has(page: Page) -> None:
    page.goto("/login")
    page.evaluate(
        """() => {
            const sheet = new CSSStyleSheet();
            sheet.replaceSync("@media (prefers-color-scheme: dark) { h1 { color: #333 } }");
            document.adoptedStyleSheets = [sheet];
        }"""
    )
    (found,) = violations(page)
    assert found.startswith("color-contrast: ['h1']")


def test_axe_finds_nothing_in_a_warning(page: Page, admin_cookie: None) -> None:
    page.clock.install()
    open_dashboard(page)
    page.clock.run_for(7000)
    expect(page.locator("[data-warning]")).to_be_visible()
    page.clock.resume()
    assert violations(page) == []


def test_axe_finds_nothing_on_the_other_pages(page: Page, faults: Faults) -> None:
    page.goto("/login")
    assert violations(page) == []
    sign_in(page, NEWCOMER)
    assert violations(page) == []
    page.goto("/logout")
    assert violations(page) == []
    page.get_by_role("button", name="Sign out").last.click()
    sign_in(page, ADMIN)
    papers = ("", "/notice/demo", "/assessment")
    for path in ("/admin/audit", "/about", *(f"/admin/papers{paper}" for paper in papers)):
        page.goto(path)
        assert violations(page) == []
    page.goto("/?camera=nowhere")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
    assert violations(page) == []
    faults.forgive("Failed to load resource")


def focused(page: Page) -> str:
    return page.evaluate(
        "(document.activeElement.innerText || document.activeElement.tagName).trim()"
    )


def test_the_keyboard_reaches_everything_in_order(signed_in: Page) -> None:
    signed_in.locator("body").press("Tab")
    assert focused(signed_in) == "Skip to content"
    expect(signed_in.get_by_text("Skip to content")).to_be_in_viewport()
    reached = []
    for _ in range(14):
        signed_in.keyboard.press("Tab")
        reached.append(focused(signed_in).splitlines()[0])
    assert reached[:6] == ["Evenkeel", "Dashboard", "Alerts", "History", "Analyse", "Admin"]
    places = ["Auto theme", "admin", "All", "Demo", "Offline", "Pause", "Why, how long"]
    places.append("Use camera 0")
    assert reached[6:] == places


def test_the_skip_link_leads_to_the_content(signed_in: Page) -> None:
    signed_in.locator("body").press("Tab")
    signed_in.keyboard.press("Enter")
    expect(signed_in.locator("main")).to_be_focused()


def test_escape_closes_the_menu(signed_in: Page) -> None:
    summary = signed_in.locator("[data-menu] summary")
    summary.press("Enter")
    expect(signed_in.get_by_role("link", name="Change password")).to_be_visible()
    signed_in.keyboard.press("Escape")
    expect(signed_in.get_by_role("link", name="Change password")).to_be_hidden()
    expect(summary).to_be_focused()


def test_a_chosen_theme_needs_no_module_to_be_there(signed_in: Page, faults: Faults) -> None:
    signed_in.get_by_label("Theme").select_option("dark")
    dark = signed_in.evaluate("getComputedStyle(document.body).backgroundColor")
    signed_in.route("**/theme.js", lambda route: route.abort())
    signed_in.reload(wait_until="domcontentloaded")
    expect(signed_in.locator("body")).to_have_css("background-color", dark)
    faults.forgive("Failed to load resource")


def test_nothing_runs_out_of_the_page(signed_in: Page, server: LiveServer) -> None:
    server.push(counts_message("demo", indicator=100))
    expect(signed_in.locator("[data-indicator]")).to_have_text("100")
    for width in (360, 390, 820, 1440, 1920, 3840):
        signed_in.set_viewport_size({"width": width, "height": 900})
        assert signed_in.evaluate("document.documentElement.scrollWidth") <= width
        panel = signed_in.locator(".indicator").bounding_box()
        number = signed_in.locator("[data-indicator]").bounding_box()
        assert panel and number
        assert number["x"] + number["width"] <= panel["x"] + panel["width"], width


def test_the_indicator_is_the_largest_text(signed_in: Page) -> None:
    largest = signed_in.evaluate(
        """() => {
            const size = (element) => parseFloat(getComputedStyle(element).fontSize);
            const all = [...document.querySelectorAll("main *")];
            all.sort((one, other) => size(other) - size(one));
            return all[0].hasAttribute("data-indicator");
        }"""
    )
    assert largest


def test_the_page_runs_when_storage_is_blocked(context: BrowserContext, page: Page) -> None:
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('blocked'); }})"
    )
    page.goto("/login")
    page.get_by_label("Theme").select_option("dark")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
