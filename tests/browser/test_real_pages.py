"""The pages over a real cache in a real browser: what the engine has built, opened, clicked, linked and uploaded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

if not Path("/usr/bin/chromium").exists():
    pytest.skip("browser tests need /usr/bin/chromium, which is not here", allow_module_level=True)

from browsing import (  # noqa: E402
    CHART,
    LateAnswers,
    check_drawn,
    complaints,
    dashboard,
    drawn,
    fresh_window,
    served,
    settled,
    wait_for_address,
)
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect  # noqa: E402
from world import PEOPLE, rows, write_rows  # noqa: E402

from scpo import results  # noqa: E402
from scpo.jobs.queue import Queue  # noqa: E402
from scpo.store.cache import Store  # noqa: E402

ROW, HEADER = 33, 33
"""Heights in a table, in pixels."""

PAGES = {
    "divergence": "communities order the same pairs",
    "pairs": f"pairs of {sum(PEOPLE.values())} people",
    "workbench": "keep",
    "runs": "44 finished",
    "compare": "say the same of",
    "data": "4 of 5 countries have at least 10 test users",
}
"""Address of a page and words that only a page with its data shows."""


@pytest.fixture(scope="session")
def by_gap(cache: Store) -> list[tuple[str, str]]:
    """Return id and prompt of all pairs, those first on which the global model disagrees most."""
    scored = results.load_scored(cache, "tastes", "rm")
    pairs = scored.pairs.sort_values("gap", kind="stable")
    return list(zip(pairs["pair_id"], scored.utterances["prompt"].iloc[pairs["chosen"]], strict=True))


@pytest.fixture(scope="module", params=["light", "dark"])
def window(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """A window in light, then in dark; it keeps what it has loaded, so that the next page comes faster."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, color_scheme=request.param)
    yield context
    context.close()


def click_row(table: Locator, row: int, *, left: int) -> None:
    """Click into a row of a table, counted from 0, so many pixels from its left side: the cells are a picture.

    As a hand does it, over the row first: a click without it is lost when the rows have just changed.
    """
    expect(table.get_by_test_id("data-grid-canvas").first).to_be_visible()
    settled(table.page)
    place = {"x": left, "y": HEADER + ROW * row + ROW // 2}
    table.hover(position=place)
    table.page.wait_for_timeout(500)
    table.click(position=place)


def expect_pair(page: Page, pair_id: str, prompt: str) -> None:
    """Wait until the reader shows a pair."""
    expect(page.get_by_role("heading", name=f"Pair {pair_id}").first).to_be_visible()
    expect(page.locator(".st-key-pair_prompt").first).to_contain_text(prompt)


def kept_chart(page: Page) -> Locator:
    """Return the histogram of the Workbench: what the filter keeps and drops."""
    return page.get_by_test_id("stVegaLiteChart").locator("svg").filter(has_text="how surely the global model")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_drawn_in_light_and_dark_without_a_complaint(window: BrowserContext, address: str, path: str):
    page = window.new_page()
    said = complaints(page)
    drawn(page, f"{address}/{path}")
    expect(page.get_by_test_id("stMain")).to_contain_text(PAGES[path])
    shown = page.get_by_test_id("stDataFrame") if path == "runs" else page.locator(CHART)
    expect(shown.first).to_be_visible()
    settled(page)
    check_drawn(page)
    assert said == []
    page.close()


def test_a_second_step_that_overtakes_the_first_answer_is_a_second_step(
    page: Page, address: str, by_gap: list[tuple[str, str]]
):
    """With the second click the browser reports the row that was marked before the first."""
    answers = LateAnswers(page)
    drawn(page, f"{address}/pairs")
    click_row(page.locator(".st-key-pairs_table"), 2, left=250)
    expect_pair(page, *by_gap[2])
    settled(page)
    answers.hold()
    for _ in range(2):
        answers.wait_for_answer(page.locator(".st-key-next_pair button").click)
    answers.release()
    expect_pair(page, *by_gap[4])
    settled(page)
    wait_for_address(page, f"pair={by_gap[4][0]}")
    check_drawn(page)


def test_a_row_opens_the_reader_and_the_link_of_a_pair_shows_it_elsewhere(
    browser: Browser, page: Page, address: str, by_gap: list[tuple[str, str]]
):
    drawn(page, f"{address}/pairs")
    click_row(page.locator(".st-key-pairs_table"), 2, left=250)
    expect_pair(page, *by_gap[2])
    page.locator(".st-key-next_pair button").click()
    expect_pair(page, *by_gap[3])
    for place in (2, 1):  # one after the other: of two clicks that wait together the server sees one
        page.locator(".st-key-previous_pair button").click()
        expect_pair(page, *by_gap[place])
    wait_for_address(page, f"pair={by_gap[1][0]}")
    check_drawn(page)
    with fresh_window(browser, page.url) as other:
        expect_pair(other, *by_gap[1])
        expect(other.get_by_text(f"2 of {len(by_gap)}").first).to_be_visible()
        check_drawn(other)


def test_the_text_of_a_row_opens_it_and_its_box_then_closes_it(page: Page, address: str, by_gap: list[tuple[str, str]]):
    """The table then reports its first cell as clicked, which nobody has clicked."""
    drawn(page, f"{address}/pairs")
    for row in (4, 2):
        click_row(page.locator(".st-key-pairs_table"), row, left=250)
        expect_pair(page, *by_gap[row])
        click_row(page.locator(".st-key-pairs_table"), row, left=12)
        expect(page.get_by_text("Choose a row to read a pair.").first).to_be_visible()
        settled(page)
        assert "pair=" not in page.url
    drawn(page, f"{address}/runs")
    table = page.locator(".st-key-queue_table")
    for row in (4, 2):
        click_row(table, row, left=250)
        wait_for_address(page, "run=")
        expect(page.locator("h3").filter(has_text="seed").first).to_be_visible()
        click_row(table, row, left=12)
        expect(page.get_by_text("Choose a row to see the run's curves.").first).to_be_visible()
        settled(page)
        assert "run=" not in page.url


def test_a_bar_of_the_gap_lists_its_pairs_and_the_link_lists_them_too(browser: Browser, page: Page, address: str):
    drawn(page, f"{address}/pairs")
    title = page.locator("h2").first.inner_text()
    bar = page.locator('[data-testid=stVegaLiteChart] path[aria-roledescription="bar"]').first
    (said,) = (part.split(": ")[1] for part in bar.get_attribute("aria-label").split("; ") if part.startswith("Pairs"))
    bar.click(force=True)
    expect(page.locator("h2").first).to_contain_text(f"{said} ")
    expect(page.locator("h2").first).not_to_have_text(title)
    wait_for_address(page, "gap_below=")
    found = page.locator("h2").first.inner_text()
    with fresh_window(browser, page.url) as other:
        expect(other.locator("h2").first).to_have_text(found)
        check_drawn(other)


def test_the_sliders_move_the_chart_and_the_address_and_the_link_keeps_them(browser: Browser, page: Page, address: str):
    drawn(page, f"{address}/workbench?of=CHL")
    chart = kept_chart(page)
    expect(chart.first).to_contain_text("τ 0.70")
    page.locator("[class*=st-key-workbench_tau_slider] input[type=range]").first.focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    expect(chart.first).to_contain_text("τ 0.65")
    wait_for_address(page, "tau=0.65")
    expect(page.get_by_role("heading", name="τ 0.65, β 1.10 keep").first).to_be_visible()
    settled(page)
    title = page.locator("h2").first.inner_text()
    assert title.startswith("Preview: ")
    check_drawn(page)
    with fresh_window(browser, page.url) as other:
        expect(kept_chart(other).first).to_contain_text("τ 0.65")
        expect(other.locator("h2").first).to_have_text(title)
        expect(other.get_by_role("combobox", name="Country", exact=True).first).to_have_value("Chile")
        check_drawn(other)


def test_start_asks_once_more_before_anything_is_queued(page: Page, address: str, cache: Store):
    drawn(page, f"{address}/workbench?of=CHL&tau=0.6")
    page.locator(".st-key-workbench_start button").click()
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_role("button", name="Start 3 runs").first).to_be_enabled()
    expect(sheet.first).to_contain_text("At τ 0.60, β 1.10")
    expect(sheet.first).to_contain_text("Cost:")
    check_drawn(page)
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    assert Queue(cache).jobs() == []


def test_a_cell_of_the_distances_shows_what_the_couple_was_asked_and_leads_to_the_pairs(
    browser: Browser, page: Page, address: str
):
    drawn(page, f"{address}/divergence")
    page.locator('.st-key-distances_chart path[aria-label^="Chile and Mexico"]').click(force=True)
    examples = page.get_by_role("heading", name="Where the global model disagrees most with Chile and Mexico")
    expect(examples.first).to_be_visible()
    wait_for_address(page, "couple=")
    with fresh_window(browser, page.url) as other:
        expect(other.get_by_role("heading", name="with Chile and Mexico").first).to_be_visible()
        expect(other.locator(".st-key-couple_details").first).to_contain_text("Chile and Mexico")
        check_drawn(other)
    settled(page)
    page.get_by_role("link", name="Open on the page Pairs").first.click()
    expect(page.locator(".st-key-pair_prompt").first).to_contain_text("question CHL")
    wait_for_address(page, "/pairs?")
    check_drawn(page)


@pytest.mark.parametrize("path", ["", "tradeoff", "bias", "workbench", "divergence"])
def test_a_country_without_runs_can_be_chosen_on_every_page(page: Page, address: str, path: str):
    """No finished run is of Mexico."""
    drawn(page, f"{address}/{path}?countries=Mexico")
    expect(page.get_by_text("Mexico 24 users").first).to_be_visible()
    settled(page)
    check_drawn(page)


def test_the_survey_takes_clicks_on_a_couple_a_country_and_a_question(page: Page, address: str):
    drawn(page, f"{address}/divergence?data=tastes&view=Survey%20answers")
    said = complaints(page)
    cell = page.locator('.st-key-answer_distances_chart path[aria-label*="Chile and New Zealand"]').first
    cell.click(force=True)
    expect(page.get_by_text("questions that divide Chile and New Zealand most").first).to_be_visible()
    wait_for_address(page, "divided=")
    check_drawn(page)
    page.locator('.st-key-answer_distances_chart text:text-is("New Zealand")').first.click(force=True)
    wait_for_address(page, "countries=New Zealand")
    settled(page)
    check_drawn(page)
    page.locator('.st-key-answer_spread_chart path[aria-label*="Chile"]').first.click(force=True)
    wait_for_address(page, "question=")
    settled(page)
    check_drawn(page)
    assert said == []


def test_a_row_of_the_runs_shows_its_curves_and_the_link_shows_them_elsewhere(
    browser: Browser, page: Page, address: str
):
    drawn(page, f"{address}/runs?study=paper")
    click_row(page.locator(".st-key-queue_table"), 0, left=15)
    expect(page.locator(".st-key-run_actions").first).to_be_visible()
    title = page.locator("h3").first.inner_text()
    wait_for_address(page, "run=")
    with fresh_window(browser, page.url) as other:
        expect(other.locator("h3").first).to_have_text(title)
        expect(other.locator(CHART).first).to_be_visible()
        check_drawn(other)
    check_drawn(page)


def test_two_ticked_runs_are_compared(page: Page, address: str):
    drawn(page, f"{address}/runs?study=paper")
    table = page.locator(".st-key-queue_table")
    for row in (0, 3):
        click_row(table, row, left=15)
        wait_for_address(page, "run=")
    page.locator(".st-key-compare_runs button").click()
    wait_for_address(page, "compare?")
    expect(page.get_by_test_id("stMain")).to_contain_text("say the same of")
    check_drawn(page)


def test_an_uploaded_file_becomes_a_data_set_that_can_be_chosen(
    browser: Browser, page: Page, own_cache: Store, tmp_path: Path
):
    """One row has a country that nobody knows: it is dropped with its line, and the rest is registered."""
    lines = [row | {"country": "Atlantis"} if number == 4 else row for number, row in enumerate(rows())]
    renamed = [{"question": row["prompt"], **{k: v for k, v in row.items() if k != "prompt"}} for row in lines]
    write_rows(tmp_path / "brought.csv", renamed)
    n_rows, n_people = len(lines), len({row["user_id"] for row in lines})
    words, environment = dashboard(own_cache.root)
    with served(*words, **environment) as address:
        drawn(page, f"{address}/data?part=Bring+your+own")
        page.locator("input[type=file]").set_input_files(tmp_path / "brought.csv")
        counted = f"{n_rows - 1} pairs of {n_people} users in 5 communities; 1 of {n_rows} rows dropped"
        expect(page.get_by_text(counted).first).to_be_visible()
        page.get_by_label("Name of the data set").fill("with-atlantis")
        page.get_by_label("Name of the data set").press("Enter")
        settled(page)
        page.get_by_role("button", name="Add this data set").click()
        expect(
            page.get_by_text(f"with-atlantis is registered: {n_rows - 1} pairs, 5 communities.").first
        ).to_be_visible(timeout=60_000)
        check_drawn(page)
        page.get_by_role("button", name="Use this data set").click()
        wait_for_address(page, "data=with-atlantis")
        wait_for_address(page, "part=Bring your own")
        with fresh_window(browser, f"{address}/data?data=with-atlantis") as other:
            expect(other.get_by_role("combobox", name="Data set").first).to_have_value("with-atlantis")
            expect(other.get_by_test_id("stMain")).to_contain_text(f"{n_rows} rows of 1 file read, {n_rows - 1} kept")
            check_drawn(other)
