"""What stands where on a screen: footers, columns, the first screen, and that no picture is cut or squeezed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

if not Path("/usr/bin/chromium").exists():
    pytest.skip("browser tests need /usr/bin/chromium, which is not here", allow_module_level=True)

from browsing import CHART, check_drawn, drawn, settled  # noqa: E402
from playwright.sync_api import Page, expect  # noqa: E402

WIDTHS = (1920, 1440, 1280, 1024, 390)
PATHS = ("", "divergence", "divergence?section=What+differs", "divergence?section=Maps", "pairs", "workbench")
PATHS += ("tradeoff", "bias", "bias?inside=Length", "compare", "behaviour", "data")

FAULTS = Path(__file__).with_name("layout.js").read_text()
"""Finds what is wrong with the pictures of a page; returns sentences."""


def faults(page: Page) -> list[str]:
    """Return what is wrong with the pictures and their footers at the width of the window."""
    return list(page.evaluate(FAULTS))


def box(page: Page, selector: str) -> dict[str, Any]:
    """Return where the first element of a selector stands."""
    found = page.locator(selector).first.bounding_box()
    assert found is not None, selector
    return dict(found)


@pytest.mark.parametrize("path", PATHS)
def test_no_picture_is_cut_or_squeezed_at_any_width(page: Page, address: str, path: str):
    drawn(page, f"{address}/{path}")
    expect(page.locator(CHART).first).to_be_visible()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_timeout(700)
        settled(page)
        assert faults(page) == [], width
    check_drawn(page)


def test_what_is_wrong_is_found(page: Page, address: str):
    """The check can fail."""
    drawn(page, f"{address}/tradeoff")
    expect(page.locator(CHART).first).to_be_visible()
    page.evaluate(
        """() => {
        const svg = document.querySelector("[data-testid=stVegaLiteChart] svg.marks");
        svg.querySelector("text").setAttribute("transform", "translate(-90, 20)");
        svg.querySelector(".role-frame > g > path.background").setAttribute("d", "M0,0h20v200h-20Z");
        document.querySelector("[class*=_footer]").style.minHeight = "80px";
        }"""
    )
    found = " ".join(faults(page))
    for fault in ("is cut", "is 20 wide", "footer is 80 high"):
        assert fault in found


@pytest.mark.parametrize("path", ["", "tradeoff", "divergence"])
def test_the_footer_of_a_figure_is_one_line(page: Page, address: str, path: str):
    drawn(page, f"{address}/{path}")
    expect(page.locator(CHART).first).to_be_visible()
    footer = page.locator("[class*=_footer]").first
    for word in ("How", "Download", "Table", "Star"):
        expect(footer.get_by_role("button", name=word).first).to_be_visible()
    tops = {round(button.bounding_box()["y"]) for button in footer.locator("button").all()}
    assert len(tops) == 1
    assert box(page, "[class*=_footer]")["height"] <= 40
    footer.get_by_role("button", name="Table").click()
    expect(page.get_by_test_id("stPopoverBody").get_by_test_id("stDataFrame").first).to_be_visible()


def test_the_distances_stand_on_the_first_screen(page: Page, address: str):
    page.set_viewport_size({"width": 1440, "height": 900})
    drawn(page, f"{address}/divergence")
    expect(page.locator(".st-key-distances_chart svg.marks").first).to_be_visible()
    settled(page)
    found = box(page, ".st-key-distances_chart svg.marks")
    assert found["y"] + found["height"] <= 900


def test_a_cell_opens_its_section_and_another_one_stays_open_then(page: Page, address: str):
    drawn(page, f"{address}/divergence")
    page.locator('.st-key-distances_chart path[aria-label^="Chile and Mexico"]').click(force=True)
    couple = page.get_by_role("heading", name="Where the global model disagrees most with Chile and Mexico")
    expect(couple.first).to_be_visible()
    page.get_by_role("tab", name="Maps").click()
    expect(page.get_by_role("heading", name="Where the communities are").first).to_be_visible()
    settled(page)
    expect(couple).to_be_hidden()
    check_drawn(page)


def test_the_pair_is_read_beside_the_list_and_below_it_on_a_small_screen(page: Page, address: str):
    page.set_viewport_size({"width": 1440, "height": 1000})
    drawn(page, f"{address}/pairs")
    page.locator(".st-key-next_pair button").click()
    expect(page.locator(".st-key-pair_verdict").first).to_be_visible()
    settled(page)
    listed, read = box(page, ".st-key-pairs_table"), box(page, ".st-key-pair_verdict")
    assert read["x"] >= listed["x"] + listed["width"] and read["y"] < listed["y"] + listed["height"]
    page.set_viewport_size({"width": 1100, "height": 1000})
    page.wait_for_timeout(700)
    listed, read = box(page, ".st-key-pairs_table"), box(page, ".st-key-pair_verdict")
    assert read["y"] > listed["y"] + listed["height"]


@pytest.mark.parametrize(("width", "stacked"), [(1100, True), (1280, False)])
def test_columns_with_pictures_stack_below_1150_pixels(page: Page, address: str, width: int, stacked: bool):
    page.set_viewport_size({"width": width, "height": 1000})
    drawn(page, f"{address}/divergence?section=What+differs")
    charts = page.get_by_role("tabpanel").get_by_test_id("stVegaLiteChart")
    expect(charts).to_have_count(2)
    settled(page)
    first, second = (charts.nth(place).bounding_box() for place in (0, 1))
    assert (second["y"] >= first["y"] + first["height"]) == stacked
    assert (second["x"] >= first["x"] + first["width"]) != stacked


def test_the_workbench_shows_trade_off_and_pairs_together_on_one_screen(page: Page, address: str):
    page.set_viewport_size({"width": 1440, "height": 900})
    drawn(page, f"{address}/workbench")
    charts = page.get_by_test_id("stVegaLiteChart")
    expect(charts.nth(1).locator("svg").first).to_be_visible()
    settled(page)
    first, second = (dict(charts.nth(at).bounding_box() or {}) for at in (0, 1))
    assert first["x"] + first["width"] <= second["x"], "side by side"
    assert max(one["y"] + one["height"] for one in (first, second)) <= 900
    page.get_by_role("button", name="Disagreements only").click()
    settled(page)
    expect(charts.first.locator(".role-legend-title")).to_have_count(1)
    expect(charts.first.get_by_text("paper").first).to_be_visible()


@pytest.mark.parametrize("path", ["", "bias", "tradeoff", "compare", "behaviour"])
def test_while_presenting_no_picture_is_cut_or_has_to_be_scrolled(page: Page, address: str, path: str):
    drawn(page, f"{address}/{path}?present=true")
    expect(page.locator(CHART).first).to_be_visible()
    for width in (1440, 1024):
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_timeout(700)
        settled(page)
        assert faults(page) == [], width
        whole = "[data-testid=stVegaLiteChart], .st-key-matrix_chart"
        whole += ", [data-testid=stMetric]"
        for holder in page.locator(whole).all():
            assert holder.evaluate("one => one.scrollWidth - one.clientWidth") <= 1, width


def test_the_numbers_of_a_setting_do_not_reach_far_below_its_chart(page: Page, address: str):
    page.set_viewport_size({"width": 1440, "height": 1000})
    drawn(page, f"{address}/tradeoff")
    expect(page.locator(CHART).first).to_be_visible()
    settled(page)
    chart, numbers = box(page, "[class*=_footer]"), box(page, ".st-key-point_details")
    assert numbers["y"] + numbers["height"] - chart["y"] - chart["height"] < 450
    page.get_by_text("How it was made and chosen").click()
    expect(page.get_by_text("Design effect").first).to_be_visible()


def test_the_next_step_stands_below_what_it_follows(page: Page, address: str):
    drawn(page, f"{address}/bias")
    expect(page.locator(CHART).first).to_be_visible()
    for width in (1440, 600):
        page.set_viewport_size({"width": width, "height": 1000})
        page.wait_for_timeout(700)
        assert box(page, ".st-key-next_step a")["x"] == pytest.approx(box(page, ".st-key-page_title")["x"], abs=1)
