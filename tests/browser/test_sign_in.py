"""Signing in and out, as a person sees it."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import Faults, sign_in
from tests.conftest import NEWCOMER, PASSWORD

NEW_PASSWORD = "a password of my own"


def test_a_stranger_is_sent_to_the_form_and_on_to_the_wanted_page(page: Page) -> None:
    page.goto("/?camera=door", wait_until="domcontentloaded")
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click(no_wait_after=True)
    page.wait_for_url("**/?camera=door", wait_until="domcontentloaded")
    expect(page.locator("#picture-title")).to_contain_text("door")


def test_a_wrong_password_is_shown(page: Page, faults: Faults) -> None:
    page.goto("/login")
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("User name")).to_have_value("admin")
    expect(page.get_by_label("Password")).to_be_focused()
    faults.forgive("Failed to load resource")


def test_the_first_password_must_be_replaced(page: Page) -> None:
    sign_in(page, NEWCOMER)
    expect(page.get_by_role("heading", level=1)).to_have_text("Choose your own password")
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password, at least").fill(NEW_PASSWORD)
    page.get_by_label("New password, again").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Save password").click(no_wait_after=True)
    expect(page.locator("[data-card=demo] [data-value]")).to_have_text("38")


def test_signing_out_from_the_menu(signed_in: Page) -> None:
    signed_in.get_by_text("admin", exact=True).click()
    signed_in.get_by_role("button", name="Sign out").click()
    expect(signed_in.get_by_role("heading", level=1)).to_have_text("Sign in")
