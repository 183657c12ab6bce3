"""Back and Forward in a real browser: what adds a step, what replaces one, and what a step restores."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

if not Path("/usr/bin/chromium").exists():
    pytest.skip("browser tests need /usr/bin/chromium, which is not here", allow_module_level=True)

from browsing import PATIENCE, address_of, drawn, settled, wait_for_address  # noqa: E402
from playwright.sync_api import Page, expect  # noqa: E402


def steps(page: Page) -> int:
    """Return how many steps the window remembers once the page has said its address."""
    settled(page)
    page.wait_for_timeout(300)
    return page.evaluate("history.length")


def expect_page(page: Page, title: str) -> None:
    """Wait until a page is open and drawn."""
    expect(page.locator("h1")).to_have_text(title, timeout=PATIENCE)
    expect(page.locator("h2").first).to_be_visible(timeout=PATIENCE)
    settled(page)


def open_from_navigation(page: Page, title: str) -> None:
    page.get_by_test_id("stTopNavLink").filter(has_text=title).first.click()
    expect_page(page, title)


def test_moves_of_a_slider_add_no_step_and_back_leaves_the_page(page: Page, address: str):
    drawn(page, f"{address}/bias")
    before = steps(page)
    open_from_navigation(page, "Workbench")
    assert steps(page) == before + 1
    slider = page.locator("[class*=st-key-workbench_tau_slider] input[type=range]").first
    slider.focus()
    for value in ("0.71", "0.72", "0.73", "0.74", "0.75"):
        page.keyboard.press("ArrowRight")
        wait_for_address(page, f"tau={value}")
        settled(page)
    assert steps(page) == before + 1
    page.go_back()
    expect_page(page, "Bias")
    page.go_forward()
    expect_page(page, "Workbench")
    expect(page.get_by_role("heading", name="τ 0.75, β 1.10 keep")).to_be_visible(timeout=PATIENCE)
    expect(slider).to_have_value("0.75")
    assert steps(page) == before + 1


def test_back_takes_the_sliders_of_a_preset_and_its_page_back(page: Page, address: str):
    drawn(page, f"{address}/workbench?tau=0.6&beta=2")
    before = steps(page)
    page.get_by_role("button", name="Paper").first.click()
    expect(page.get_by_role("heading", name="τ 0.70, β 1.10 keep")).to_be_visible(timeout=PATIENCE)
    assert steps(page) == before + 1, "a click on a preset changes two values"
    page.go_back()
    expect(page.get_by_role("heading", name="τ 0.60, β 2.00 keep")).to_be_visible(timeout=PATIENCE)
    assert "tau=0.6&beta=2" in address_of(page)
    page.go_forward()
    expect(page.get_by_role("heading", name="τ 0.70, β 1.10 keep")).to_be_visible(timeout=PATIENCE)
    settled(page)
    assert "tau=" not in page.url


def test_a_click_on_a_point_adds_one_step_that_back_takes_back(page: Page, address: str):
    drawn(page, f"{address}/tradeoff?scale=Linear&interval=80+%25")
    before = steps(page)
    details = page.locator(".st-key-point_details")
    page.locator('.st-key-tradeoff_chart path[aria-label*="Inverse weight"]').first.click(force=True)
    expect(details).to_contain_text("Inverse weight", timeout=PATIENCE)
    assert steps(page) == before + 1
    open_from_navigation(page, "Pairs")
    assert steps(page) == before + 2, "the scale of the Trade-off leaves the address with the page"
    page.go_back()
    expect_page(page, "Trade-off")
    expect(details).to_contain_text("Inverse weight", timeout=PATIENCE)
    assert "scale=Linear" in page.url
    page.go_back()
    expect(details).to_contain_text("Filter + weight (τ 0.7, β 1.1)", timeout=PATIENCE)
    settled(page)
    assert page.url.endswith("/tradeoff?scale=Linear&interval=80+%25")
    page.go_forward()
    expect(details).to_contain_text("Inverse weight", timeout=PATIENCE)
    assert steps(page) == before + 2


def test_from_a_cell_to_its_pairs_and_back_the_filter_of_all_pages_stays(page: Page, address: str):
    drawn(page, f"{address}/bias?countries=South+Africa&countries=New+Zealand")
    before = steps(page)
    chosen = "South Africa on New Zealand"
    page.locator('.st-key-matrix_chart path[aria-label*="trained for: South Africa; tested on: New Zealand"]').click(
        force=True
    )
    expect(page.locator(".st-key-cell_details")).to_contain_text("tested on New Zealand", timeout=PATIENCE)
    settled(page)
    bias = address_of(page)
    page.locator(".st-key-cell_pairs button").click()
    expect_page(page, "Pairs")
    assert steps(page) == before + 2
    assert "of=New Zealand" in address_of(page)
    page.get_by_text("Agrees", exact=True).first.click()
    wait_for_address(page, "agreement=Agrees")
    assert steps(page) == before + 2, "a filter of the page adds no step"
    page.go_back()
    expect_page(page, "Bias")
    expect(page.locator(".st-key-cell_details")).to_contain_text("tested on New Zealand", timeout=PATIENCE)
    settled(page)
    assert f"cell={chosen}" in bias and address_of(page) == bias
    filter_of_all = page.get_by_test_id("stSidebar").get_by_test_id("stMultiSelect")
    expect(filter_of_all).to_contain_text("South Africa")
    expect(filter_of_all).to_contain_text("New Zealand")


def test_back_opens_the_pair_before_and_at_last_none(page: Page, address: str):
    drawn(page, f"{address}/pairs")
    before, reader = steps(page), page.get_by_role("heading", name=re.compile(r"^Pair \S"))
    for clicks in (1, 2):
        page.locator(".st-key-next_pair button").click()
        expect(page.get_by_text(f"{clicks} of ", exact=False).first).to_be_visible(timeout=PATIENCE)
        assert steps(page) == before + clicks
    second = reader.first.inner_text()
    page.go_back()
    expect(reader.first).not_to_have_text(second, timeout=PATIENCE)
    page.go_back()
    expect(page.get_by_text("Choose a row to read a pair.")).to_be_visible(timeout=PATIENCE)
    settled(page)
    assert "pair=" not in page.url
    page.go_forward()
    expect(reader.first).to_be_visible(timeout=PATIENCE)
    settled(page)
    page.go_forward()
    expect(reader.first).to_have_text(second, timeout=PATIENCE)
