"""Finding one's way in a real browser: the navigation, names, the next step, addresses and links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

if not Path("/usr/bin/chromium").exists():
    pytest.skip("browser tests need /usr/bin/chromium, which is not here", allow_module_level=True)

from browsing import drawn, settled  # noqa: E402
from playwright.sync_api import Page, expect  # noqa: E402

TITLES = ("Brief", "Divergence", "Pairs", "Workbench", "Runs", "Trade-off", "Bias", "Compare", "Behaviour", "Report")
TITLES += ("Slides", "Data & methods")


def check_here(page: Page, title: str) -> None:
    """Check that a page is named in the window, in its first heading and in the navigation, there alone."""
    expect(page).to_have_title(f"{title} · SCPO")
    expect(page.locator("h1").first).to_have_text(title)
    expect(page.locator("[aria-current=page]")).to_have_text([title])


def test_all_pages_are_seen_and_the_open_one_is_marked(page: Page, address: str):
    page.set_viewport_size({"width": 1440, "height": 900})
    drawn(page, f"{address}/tradeoff")
    expect(page.get_by_test_id("stTopNavLink").filter(visible=True)).to_have_text(TITLES)
    check_here(page, "Trade-off")
    page.get_by_test_id("stTopNavLink").filter(has_text="Runs").click()
    check_here(page, "Runs")
    assert page.get_by_test_id("stHeaderLogo").or_(page.get_by_test_id("stSidebarLogo")).first.is_visible()


def test_on_a_narrow_screen_the_rest_of_the_pages_is_in_a_menu(page: Page, address: str):
    page.set_viewport_size({"width": 1024, "height": 800})
    drawn(page, f"{address}/bias")
    page.get_by_text(re.compile(r"^\d+ more$")).click()
    expect(page.get_by_test_id("stTopNavDropdownLink").filter(has_text="Data & methods").first).to_be_visible()


def test_the_next_step_is_on_the_first_screen_and_leads_on(page: Page, address: str):
    page.set_viewport_size({"width": 1440, "height": 900})
    drawn(page, f"{address}/tradeoff?setting=Filter+(τ+0.6)")
    link = page.locator(".st-key-next_step a:visible")
    box = link.bounding_box()
    assert box is not None and 850 < box["y"] < box["y"] + box["height"] <= 900
    link.click()
    check_here(page, "Bias")
    settled(page)
    expect(page.get_by_text("Filter (τ 0.6): paired difference").first).to_be_visible()


def test_an_address_of_no_page_says_so_with_a_way_home(page: Page, address: str):
    drawn(page, f"{address}/trade-off")
    expect(page.get_by_role("heading", name="There is no page named trade-off").first).to_be_visible()
    assert page.get_by_role("dialog").count() == 0
    page.get_by_role("link", name="To the Brief").click()
    check_here(page, "Brief")


def test_the_brief_opens_under_its_own_name_too_with_what_the_address_says(page: Page, address: str):
    drawn(page, f"{address}/brief?interval=80+%25")
    check_here(page, "Brief")
    assert page.get_by_role("dialog").count() == 0 and "interval=80" in page.url


@pytest.mark.parametrize(
    ("asked", "opened"), [("pairs?pair=", "pairs"), ("bias?cell=&interval=80+%25", "bias?interval=80+%25")]
)
def test_an_address_with_an_empty_value_opens_its_page_without_it(page: Page, address: str, asked: str, opened: str):
    drawn(page, f"{address}/{asked}")
    expect(page.locator("h1")).to_have_text(opened.partition("?")[0].capitalize())
    page.wait_for_url(f"{address}/{opened}")


def test_copy_link_copies_an_address_that_says_all_and_opens_the_same(page: Page, address: str):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    drawn(page, f"{address}/bias")
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("button", name="Copy to clipboard").click()
    page.wait_for_function("() => navigator.clipboard.readText().then(text => text.includes('/bias?'))")
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied.startswith(f"{address}/bias?") and "data=tastes" in copied and "model=rm" in copied
    drawn(page, copied)
    expect(page.get_by_text("The link asks for")).to_have_count(0)
    check_here(page, "Bias")


def test_every_point_is_reached_by_keys_alone_and_escape_leads_back(page: Page, address: str):
    drawn(page, f"{address}/tradeoff")
    button = page.locator("[class*=_footer]").first.get_by_role("button", name="Table")
    button.focus()
    page.keyboard.press("Enter")
    box = page.get_by_test_id("stPopoverBody")
    expect(box.get_by_text("By keyboard: the arrows reach every point of the figure.").first).to_be_visible()
    cell = box.locator("[role=gridcell]:focus")
    expect(cell).to_have_attribute("id", re.compile(r"-0$"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(cell).to_have_attribute("id", re.compile(r"-2$"))
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(box).to_have_count(0)
    expect(button).to_be_focused()
