"""The pages of admins: axe-core, and the week that can be clicked."""

from playwright.sync_api import Page, expect

from tests.browser.test_access import violations
from tests.receivers import add_receiver
from webapp.storage.database import Database


def test_a_week_is_clicked_typed_and_walked_through(
    page: Page, admin_cookie: None, database: Database
) -> None:
    with database.session() as work:
        add_receiver(work)
    pages = ("/admin/users", "/admin/users/1", "/admin/users/groups/add", "/second-factor")
    for path in (
        *pages,
        "/admin/tokens",
        "/admin/receivers/new/webhook",
        "/admin/receivers",
        "/admin/health",
    ):
        page.goto(path)
        assert violations(page) == []
    page.goto("/admin/receivers/new")
    hours, said = page.get_by_label("Hours"), page.locator("[data-said]")
    expect(said).to_have_text("On: always.")
    hours.fill("mo-fr 6:30-14")
    expect(said).to_have_text("On: mon-fri 06:30-14:00.")
    page.get_by_text("Click the week").click()
    partly = page.get_by_role("button", name="Monday 6 to 7")
    expect(partly).to_have_attribute("aria-pressed", "mixed")
    page.get_by_role("button", name="Sunday 10 to 11").click()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(hours).to_have_value("mon-fri 06:30-14:00; sun 10:00-12:00")
    page.locator("[data-whole-day]").last.click()
    expect(hours).to_have_value("mon-fri 06:30-14:00; sun 00:00-24:00")
    assert violations(page) == []
    hours.fill("mox 6-14")
    expect(said).to_contain_text("“mox” is no day.")
