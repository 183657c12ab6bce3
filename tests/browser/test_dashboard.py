"""The app in a real browser over a finished study: clicks on charts, deep links, files, first paint, no network."""

from __future__ import annotations

import os
import re
import signal
import time
from math import inf
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

if not Path("/usr/bin/chromium").exists():
    pytest.skip("browser tests need /usr/bin/chromium, which is not here", allow_module_level=True)

from browsing import (  # noqa: E402
    LateAnswers,
    check_drawn,
    complaints,
    dashboard,
    opened,
    served,
    settled,
    wait_for_address,
    wait_for_end_of_address,
)
from hand import runs  # noqa: E402
from playwright.sync_api import Browser, Page, expect  # noqa: E402
from world import FINETUNED, FITTED  # noqa: E402

from scpo.jobs.queue import Queue  # noqa: E402
from scpo.methods import CONTROLS  # noqa: E402
from scpo.store.cache import Store  # noqa: E402

FIRST_PAINT_SECONDS = 1.5


@pytest.mark.parametrize("path", ["", "tradeoff", "bias", "workbench"])
def test_every_page_draws_in_light_and_dark_and_asks_nothing_of_the_network(themed: Page, address: str, path: str):
    outside: list[str] = []
    themed.on("request", lambda r: outside.append(r.url) if not r.url.startswith((address, "data:", "blob:")) else None)
    opened(themed, f"{address}/{path}")
    themed.wait_for_timeout(500)
    assert [url for url in outside if not url.startswith(address.replace("http", "ws"))] == []
    check_drawn(themed)


def test_a_click_on_a_point_shows_its_details_and_goes_into_the_address(page: Page, address: str):
    opened(page, f"{address}/tradeoff")
    settled(page)
    expect(page.locator(".st-key-point_details").first).to_contain_text("Filter + weight (τ 0.7, β 1.1)")
    page.locator('[data-testid=stVegaLiteChart] path[aria-label*="Inverse weight"]').first.click(force=True)
    expect(page.locator(".st-key-point_details").first).to_contain_text("Inverse weight")
    wait_for_address(page, "setting=Inverse weight")


def test_a_click_on_a_line_selects_its_setting_and_the_panel_leads_to_its_run(page: Page, address: str):
    opened(page, f"{address}/tradeoff?country=Chile")
    expect(page.locator(".st-key-parallel_chart svg.marks").first).to_be_visible()
    settled(page)
    line = page.locator('.st-key-parallel_chart path[aria-roledescription="line mark"][aria-label="Inverse weight"]')
    line.scroll_into_view_if_needed()
    x, y = line.evaluate(
        "path => { const [m, p] = [path.getScreenCTM(), path.getPointAtLength(0.03 * path.getTotalLength())];"
        " return [m.a * p.x + m.e, m.d * p.y + m.f] }"
    )
    page.mouse.click(x, y)
    expect(page.locator(".st-key-point_details").first).to_contain_text("Inverse weight")
    wait_for_address(page, "setting=Inverse weight")
    page.locator(".st-key-point_runs button").click()
    page.get_by_role("link", name="Chile, seed 0").first.click()
    heading = page.get_by_role("heading", name=re.compile(r"Chile, Inverse weight.*seed 0"))
    expect(heading.first).to_be_visible()
    wait_for_address(page, "/runs?", "run=")


def test_a_country_of_the_brief_leads_to_its_divergence_and_keeps_the_mode(page: Page, address: str):
    opened(page, f"{address}/?present=true")
    page.locator('[data-testid=stVegaLiteChart] path[aria-label*="country: South Africa"]').last.click(force=True)
    expect(page.locator(".st-key-present_limits").first).to_contain_text("between models of what people chose")
    wait_for_address(page, "/divergence?", "who=South Africa", "present=true")


def test_a_point_of_the_small_trade_off_leads_to_the_large_one(page: Page, address: str):
    opened(page, address)
    page.locator('[data-testid=stVegaLiteChart] path[aria-label*="Inverse weight"]').first.click(force=True)
    expect(page.locator(".st-key-point_details").first).to_contain_text("Inverse weight")
    wait_for_address(page, "/tradeoff", "setting=Inverse weight")


def test_a_click_on_a_cell_shows_who_pays(page: Page, address: str):
    opened(page, f"{address}/bias")
    page.locator(
        '[data-testid=stVegaLiteChart] path[aria-label*="trained for: South Africa; tested on: New Zealand"]'
    ).click(force=True)
    expect(page.locator(".st-key-cell_details").first).to_contain_text("tested on New Zealand")
    wait_for_address(page, "cell=South Africa on New Zealand")


def test_a_row_of_the_table_chooses_the_setting_without_a_mouse_on_the_chart(page: Page, address: str):
    opened(page, f"{address}/tradeoff")
    controls = [name for name in CONTROLS if name != "random"]  # that one is among the finetuned
    page.locator(".st-key-tradeoff_box button").click()
    n_rows = 1 + len(FINETUNED) + len(FITTED) + len(controls)
    expect(page.get_by_test_id("stPopoverBody").first).to_contain_text(f"{n_rows} rows")
    expect(page.locator(".st-key-tradeoff_table").get_by_test_id("data-grid-canvas").first).to_be_visible()
    page.wait_for_timeout(800)  # the box glides into its place
    box = page.locator(".st-key-tradeoff_table").bounding_box()
    page.mouse.click(box["x"] + 15, box["y"] + 122)  # the mark in front of the third row
    expect(page.locator(".st-key-point_details").first).to_contain_text("Filter (τ 0.7)")


def test_a_deep_link_shows_the_same_view_in_a_fresh_window(browser: Browser, page: Page, address: str):
    opened(page, f"{address}/tradeoff")
    page.get_by_text("Linear", exact=True).click()
    page.get_by_role("button", name="Follow it across countries").click()
    expect(page.get_by_text("The rule chooses").first).to_be_visible()
    wait_for_address(page, "scale=Linear")
    settled(page)
    fresh = browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()
    opened(fresh, page.url)
    expect(fresh.get_by_text("The rule chooses").first).to_be_visible()
    wait_for_address(fresh, "scale=Linear")
    fresh.context.close()


def test_the_selection_travels_to_the_other_pages(page: Page, address: str):
    opened(page, f"{address}/tradeoff?setting=Filter+(τ+0.6)")
    page.get_by_test_id("stTopNavLink").filter(has_text="Bias").click()
    expect(page.get_by_text("Filter (τ 0.6): paired difference").first).to_be_visible()


@pytest.mark.parametrize(
    ("path", "form", "start"),
    [
        ("tradeoff", "PNG", b"\x89PNG"),
        ("tradeoff", "SVG", b"<svg"),
        ("tradeoff", "PDF", b"%PDF"),
        ("bias", "CSV", b"# Data: tastes"),
    ],
)
def test_a_file_is_built_when_it_is_asked_for(page: Page, address: str, path: str, form: str, start: bytes):
    opened(page, f"{address}/{path}")
    page.locator("[data-testid=stPopover] button", has_text="Download").first.click()
    with page.expect_download() as download:
        page.get_by_role("button", name=form, exact=True).click()
    content = Path(download.value.path()).read_bytes()
    assert content.startswith(start)
    assert form in ("PNG", "PDF") or b"global model: rm" in content


def test_the_table_of_every_figure_of_a_page_is_downloaded(page: Page, address: str):
    """Of Divergence, the page with most figures; the button of its map stands alone."""
    found = {}
    for section in ("Disagreement", "What differs", "Maps"):
        opened(page, f"{address}/divergence?section={section}")
        settled(page)
        for box in page.locator("[data-testid=stPopover] button", has_text="Download").all():
            box.click()
            with page.expect_download() as download:
                page.get_by_test_id("stPopoverBody").get_by_role("button", name="CSV", exact=True).click()
            found[download.value.suggested_filename] = Path(download.value.path()).read_text()
            page.keyboard.press("Escape")
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    found[download.value.suggested_filename] = Path(download.value.path()).read_text()
    figures = ("distances", "to_global", "p_glo", "distance_map", "features", "where", "world")
    assert set(found) == {f"{name}.csv" for name in figures}
    for content in found.values():
        above, header, *rows = content.splitlines()
        assert above.startswith("# Data: tastes") and " Units: " in above and "," in header and rows


def test_the_boxes_of_a_figure_that_moves_with_a_slider_are_filled_when_they_are_opened(page: Page, address: str):
    opened(page, f"{address}/workbench")
    settled(page)
    said = complaints(page)
    boxes = {"How": "Weight of a kept pair", "Download": "CSV", "Table": "rows", "Star": "Becomes a slide"}
    footer = page.locator(".st-key-workbench_weights_footer")
    for word, inside in boxes.items():
        footer.get_by_role("button", name=word).click()
        expect(page.get_by_test_id("stPopoverBody").first).to_contain_text(inside)
        if word == "Download":
            with page.expect_download() as download:
                page.get_by_test_id("stPopoverBody").get_by_role("button", name="CSV", exact=True).click()
            assert download.value.suggested_filename == "workbench_weights.csv"
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)
    assert said == []


def test_a_table_of_texts_offers_no_csv_that_is_written_as_it_is(page: Page, address: str):
    opened(page, f"{address}/pairs")
    page.get_by_test_id("stDataFrame").first.hover()
    expect(page.locator("[data-testid=stElementToolbarButton] [aria-label^=Search]").first).to_be_visible()
    of_streamlit = page.locator("[data-testid=stElementToolbarButton] [aria-label^='Download as CSV']").first
    expect(of_streamlit.first).to_be_attached()
    expect(of_streamlit).to_be_hidden()


@pytest.mark.parametrize("path", ["", "tradeoff", "bias", "workbench"])
def test_the_first_paint_of_a_page_with_cached_data_is_fast(page: Page, address: str, path: str):
    def seconds() -> float:
        started = time.perf_counter()
        page.goto(f"{address}/{path}")
        expect(page.locator("h2").first).to_be_visible()
        return time.perf_counter() - started

    opened(page, f"{address}/{path}")
    # The best of some, and twice the target: what else the machine does is not the page's.
    took: list[float] = []
    while len(took) < 5 and min(took, default=inf) >= 2 * FIRST_PAINT_SECONDS:
        took.append(seconds())
    assert min(took) < 2 * FIRST_PAINT_SECONDS, took


def test_a_slider_moves_number_title_and_address_without_a_reload(page: Page, address: str):
    opened(page, f"{address}/workbench?tau=0.6")
    expect(page.get_by_role("heading", name="τ 0.60, β 1.10 keep").first).to_be_visible()
    expect(page.locator(".st-key-workbench_start").first).to_be_visible()
    page.locator("[class*=st-key-workbench_tau_slider] input[type=range]").first.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", name="τ 0.63, β 1.10 keep").first).to_be_visible()
    expect(page.locator("[class*=st-key-workbench_tau_number] input:visible").first).to_have_value("0.63")
    wait_for_address(page, "tau=0.63")
    check_drawn(page)


@pytest.mark.parametrize("moved", ["slider", "number"])
def test_a_second_move_that_overtakes_the_first_answer_is_not_taken_back(page: Page, address: str, moved: str):
    """With the second move the browser reports the other widget of the value as it was before the first."""
    answers = LateAnswers(page)
    opened(page, f"{address}/workbench?tau=0.6")
    settled(page)
    kind, key = {"slider": ("range", "ArrowRight"), "number": ("number", "Enter")}[moved]
    widget = page.locator(f"[class*=st-key-workbench_tau_{moved}] input[type={kind}]").first
    widget.focus()
    answers.hold()
    for value in ("0.61", "0.62"):
        if moved == "number":
            widget.fill(value)
        answers.wait_for_answer(lambda: page.keyboard.press(key))
    answers.release()
    expect(page.get_by_role("heading", name="τ 0.62, β 1.10 keep").first).to_be_visible()
    settled(page)
    page.wait_for_timeout(1_000)  # an old value that comes back comes now
    expect(page.get_by_role("heading", name="τ 0.62, β 1.10 keep").first).to_be_visible()
    expect(page.locator("[class*=st-key-workbench_tau_number] input:visible").first).to_have_value("0.62")
    expect(page.locator("[class*=st-key-workbench_tau_slider] input[type=range]").first).to_have_value("0.62")
    wait_for_address(page, "tau=0.62")


def test_moves_there_and_back_that_overtake_their_answers_leave_the_address_right(page: Page, address: str):
    answers = LateAnswers(page)
    opened(page, f"{address}/workbench?tau=0.6")
    settled(page)
    page.locator("[class*=st-key-workbench_tau_slider] input[type=range]").first.focus()
    answers.hold()
    for key in ("ArrowRight", "ArrowLeft"):
        answers.wait_for_answer(lambda key=key: page.keyboard.press(key))
    answers.release()
    wait_for_address(page, "tau=0.6")
    page.wait_for_timeout(1_000)
    wait_for_end_of_address(page, "tau=0.6")
    expect(page.get_by_role("heading", name="τ 0.60, β 1.10 keep").first).to_be_visible()


def test_a_click_on_an_empty_spot_proposes_a_setting_and_opens_it_in_the_workbench(page: Page, address: str):
    opened(page, f"{address}/tradeoff?previews=true&scale=Linear")
    settled(page)
    page.wait_for_timeout(1_000)
    chart = page.locator("[data-testid=stVegaLiteChart] svg").first.bounding_box()
    assert chart is not None
    page.mouse.click(chart["x"] + 0.5 * chart["width"], chart["y"] + 0.25 * chart["height"])
    proposal = (
        page.locator(".st-key-proposed").filter(has_text="Proposed: ").first
    )  # a rerun shows it twice for a moment
    expect(proposal.first).to_be_visible()
    said = proposal.inner_text().split("\n")[0]
    page.get_by_role("link", name="Open in the Workbench").first.click()
    # What the proposed method does not use stands where the sliders stand by default.
    proposed = {"τ": "0.7", "β": "1.1"} | dict(re.findall(r"(τ|β) ([\d.]+)", said))
    heading = f"τ {float(proposed['τ']):.2f}, β {float(proposed['β']):.2f} keep"
    expect(page.get_by_role("heading", name=heading).first).to_be_visible()
    wait_for_address(page, "/workbench")


def test_a_lost_run_is_resumed_with_one_click_and_its_new_end_appears_without_a_reload(page: Page, tmp_path: Path):
    """On a real store with a real worker; the run's data set is gone, so the run fails."""
    store = Store(tmp_path)
    directory = runs.lost(store)
    runs.finished(store, seed=1)
    words, environment = dashboard(tmp_path)
    with served(*words, **environment) as address:
        page.goto(f"{address}/runs?run={directory.run_id}")
        expect(page.get_by_text("seed 0: lost").first).to_be_visible()
        page.get_by_role("button", name="Resume").click()
        expect(page.get_by_text("seed 0: failed").first).to_be_visible(timeout=60_000)
        said = page.get_by_test_id("stAlert").get_by_text("No data set named prism")
        expect(said.filter(visible=True).first).to_be_visible()  # a rerun shows it twice for a moment
        expect(page.get_by_role("button", name="Retry").first).to_be_enabled()
        assert page.locator("[data-testid=stException]").count() == 0
    os.kill(int(Queue(store).job(directory.run_id).owner.rpartition(":")[2]), signal.SIGTERM)
