"""Slides in a real browser: two figures are starred; a link opens them in a second profile, and keys drive them."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

if not Path("/usr/bin/chromium").exists():
    pytest.skip("browser tests need /usr/bin/chromium, which is not here", allow_module_level=True)

from browsing import (  # noqa: E402
    address_of,
    complaints,
    dashboard,
    fresh_window,
    opened,
    served,
    settled,
    wait_for_address,
)
from playwright.sync_api import Browser, Page, expect  # noqa: E402

from scpo.store.cache import Store  # noqa: E402
from scpo.store.stars import read_stars  # noqa: E402


def star(page: Page, url: str, name: str, note: str) -> str:
    """Star a figure with a note; return what its page finds."""
    opened(page, url)
    settled(page)
    page.locator(f".st-key-{name}_star button").first.click()
    page.get_by_label("Note", exact=True).fill(note)
    page.locator(f".st-key-{name}_star_new button").click()
    expect(page.locator(f".st-key-{name}_star").first).to_contain_text("★ Starred")
    settled(page)
    return page.locator("h2").first.inner_text()


def finding(page: Page) -> str:
    return page.locator(".slide h2").inner_text()


def test_a_link_opens_the_starred_views_in_a_second_profile_and_keys_drive_them(
    browser: Browser, page: Page, own_cache: Store
):
    words, environment = dashboard(own_cache.root)
    with served(*words, **environment) as address:
        first = star(page, f"{address}/bias", "matrix", "who pays")
        star(page, f"{address}/tradeoff", "tradeoff", "the price")
        titles = [one.title for one in read_stars(own_cache, "tastes")]
        assert len(titles) == 2 and first == titles[0]
        page.goto(f"{address}/slides?slide=2")
        expect(page.locator(".slide h2").first).to_have_text(titles[1])
        link = page.url
        with fresh_window(browser, link) as other:
            found = complaints(other)
            expect(other.locator(".slide h2").first).to_have_text(titles[1])
            expect(other.locator(".slide img").first).to_be_visible()
            for key, title, number in (
                ("ArrowLeft", titles[0], 1),
                ("ArrowRight", titles[1], 2),
                ("Home", titles[0], 1),
            ):
                other.keyboard.press(key)
                expect(other.locator(".slide h2").first).to_have_text(title)
                wait_for_address(other, f"slide={number}")
                settled(other)
            expect(other.locator(".st-key-slide_note").first).to_contain_text("who pays")
            present(other)
            other.keyboard.press("ArrowRight")
            wait_for_address(other, "slide=2")
            settled(other)
            settled(other)
            expect(other.locator(".st-key-slide_note")).to_have_count(0)
            other.get_by_text("Notes").click()
            expect(other.locator(".st-key-slide_note").first).to_contain_text("the price")
            other.keyboard.press("Escape")
            expect(other.locator(".st-key-slide_up_2").first).to_be_visible()
            assert "present" not in address_of(other) and found == []


def present(page: Page) -> None:
    """Present, and check that the slide has the window for itself and fits into it."""
    page.set_viewport_size({"width": 1440, "height": 900})
    page.locator(".st-key-present_slides button").click()
    expect(page.locator(".st-key-leave_slides").first).to_be_visible()
    settled(page)
    for hidden in ("stSidebar", "stHeader"):
        expect(page.get_by_test_id(hidden)).to_be_hidden()
    expect(page.locator(".st-key-slide_up_2")).to_have_count(0)
    box = page.locator(".slide img").bounding_box()
    assert box is not None and box["height"] > 450 and box["y"] + box["height"] < 900
    assert page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollHeight") <= 900
