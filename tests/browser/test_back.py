"""Back and Forward in a real browser: what adds a step, what replaces one, and what a step restores."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

if not Path("/usr/bin/chromium").exists():
    pytest.skip("browser tests need /usr/bin/chromium, which is not here", allow_module_level=True)

from browsing import address_of, drawn, settled, wait_for_address, wait_for_end_of_address  # noqa: E402
from playwright.sync_api import Page, expect  # noqa: E402


def steps(page: Page) -> int:
    """Return how many steps the window remembers once the page has said its address."""
    settled(page)
    page.wait_for_timeout(300)
    return page.evaluate("history.length")


def check_steps(page: Page, n_steps: int) -> None:
    """Check that the window comes to remember so many steps and no more."""
    page.wait_for_function("n => history.length >= n", arg=n_steps)
    assert steps(page) == n_steps


def expect_page(page: Page, title: str) -> None:
    """Wait until a page is open and drawn."""
    expect(page.locator("h1").first).to_have_text(title)
    expect(page.locator("h2").first).to_be_visible()
    settled(page)


def open_from_navigation(page: Page, title: str) -> None:
    page.get_by_test_id("stTopNavLink").filter(has_text=title).first.click()
    expect_page(page, title)


def test_moves_of_a_slider_add_no_step_and_back_leaves_the_page(page: Page, address: str):
    drawn(page, f"{address}/bias")
    before = steps(page)
    open_from_navigation(page, "Workbench")
    check_steps(page, before + 1)
    slider = page.locator("[class*=st-key-workbench_tau_slider] input[type=range]").first
    slider.focus()
    for value in ("0.71", "0.72", "0.73", "0.74", "0.75"):
        page.keyboard.press("ArrowRight")
        wait_for_address(page, f"tau={value}")
        settled(page)
    check_steps(page, before + 1)
    page.go_back()
    expect_page(page, "Bias")
    page.go_forward()
    expect_page(page, "Workbench")
    expect(page.get_by_role("heading", name="τ 0.75, β 1.10 keep").first).to_be_visible()
    expect(slider.first).to_have_value("0.75")
    check_steps(page, before + 1)


def test_back_takes_the_sliders_of_a_preset_and_its_page_back(page: Page, address: str):
    drawn(page, f"{address}/workbench?tau=0.6&beta=2")
    before = steps(page)
    page.get_by_role("button", name="Paper").first.click()
    expect(page.get_by_role("heading", name="τ 0.70, β 1.10 keep").first).to_be_visible()
    check_steps(page, before + 1)
    page.go_back()
    expect(page.get_by_role("heading", name="τ 0.60, β 2.00 keep").first).to_be_visible()
    wait_for_address(page, "tau=0.6&beta=2")
    page.go_forward()
    expect(page.get_by_role("heading", name="τ 0.70, β 1.10 keep").first).to_be_visible()
    settled(page)
    assert "tau=" not in page.url


def test_a_click_on_a_point_adds_one_step_that_back_takes_back(page: Page, address: str):
    drawn(page, f"{address}/tradeoff?scale=Linear&interval=80+%25")
    before = steps(page)
    details = page.locator(".st-key-point_details")
    page.locator('.st-key-tradeoff_chart path[aria-label*="Inverse weight"]').first.click(force=True)
    expect(details.first).to_contain_text("Inverse weight")
    check_steps(page, before + 1)
    open_from_navigation(page, "Pairs")
    check_steps(page, before + 2)
    page.go_back()
    expect_page(page, "Trade-off")
    expect(details.first).to_contain_text("Inverse weight")
    wait_for_address(page, "scale=Linear")
    page.go_back()
    expect(details.first).to_contain_text("Filter + weight (τ 0.7, β 1.1)")
    settled(page)
    wait_for_end_of_address(page, "/tradeoff?scale=Linear&interval=80 %")
    page.go_forward()
    expect(details.first).to_contain_text("Inverse weight")
    check_steps(page, before + 2)


def test_from_a_cell_to_its_pairs_and_back_the_filter_of_all_pages_stays(page: Page, address: str):
    drawn(page, f"{address}/bias?countries=South+Africa&countries=New+Zealand")
    before = steps(page)
    chosen = "South Africa on New Zealand"
    page.locator('.st-key-matrix_chart path[aria-label*="trained for: South Africa; tested on: New Zealand"]').click(
        force=True
    )
    expect(page.locator(".st-key-cell_details").first).to_contain_text("tested on New Zealand")
    settled(page)
    bias = address_of(page)
    page.locator(".st-key-cell_pairs button").click()
    expect_page(page, "Pairs")
    check_steps(page, before + 2)
    wait_for_address(page, "of=New Zealand")
    page.get_by_text("Agrees", exact=True).first.click()
    wait_for_address(page, "agreement=Agrees")
    check_steps(page, before + 2)
    page.go_back()
    expect_page(page, "Bias")
    expect(page.locator(".st-key-cell_details").first).to_contain_text("tested on New Zealand")
    settled(page)
    assert f"cell={chosen}" in bias
    wait_for_end_of_address(page, bias)
    filter_of_all = page.get_by_test_id("stSidebar").get_by_test_id("stMultiSelect")
    expect(filter_of_all.first).to_contain_text("South Africa")
    expect(filter_of_all.first).to_contain_text("New Zealand")


def test_back_opens_the_pair_before_and_at_last_none(page: Page, address: str):
    drawn(page, f"{address}/pairs")
    before, reader = steps(page), page.get_by_role("heading", name=re.compile(r"^Pair \S"))
    for clicks in (1, 2):
        page.locator(".st-key-next_pair button").click()
        expect(page.get_by_text(f"{clicks} of ", exact=False).first).to_be_visible()
        check_steps(page, before + clicks)
    second = reader.first.inner_text()
    page.go_back()
    expect(reader.first).not_to_have_text(second)
    page.go_back()
    expect(page.get_by_text("Choose a row to read a pair.").first).to_be_visible()
    settled(page)
    assert "pair=" not in page.url
    page.go_forward()
    expect(reader.first).to_be_visible()
    settled(page)
    page.go_forward()
    expect(reader.first).to_have_text(second)
