"""Two dashboards over one cache, each a server of its own: what one does the other shows, and nothing is done twice."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

if not Path("/usr/bin/chromium").exists():
    pytest.skip("browser tests need /usr/bin/chromium, which is not here", allow_module_level=True)

from browsing import dashboard, served, settled  # noqa: E402
from playwright.sync_api import Browser, Page, expect  # noqa: E402

from scpo.jobs import control  # noqa: E402
from scpo.jobs.queue import Queue  # noqa: E402
from scpo.store.cache import Store  # noqa: E402
from scpo.store.runs import RunDirectory, list_runs  # noqa: E402

WORK = 90_000
"""Milliseconds a loaded machine may take to start a process that trains."""


@pytest.fixture
def two(browser: Browser, own_cache: Store) -> Iterator[list[tuple[Page, str]]]:
    """A window of each of two servers."""
    words, environment = dashboard(own_cache.root)
    with served(*words, **environment) as first, served(*words, **environment) as second:
        windows = [browser.new_context(viewport={"width": 1440, "height": 1000}) for _ in range(2)]
        yield [(window.new_page(), address) for window, address in zip(windows, (first, second), strict=True)]
        for window in windows:
            window.close()


def long_run(store: Store) -> str:
    """Have a cancelled run that takes many minutes once it is resumed."""
    like = next(run.config for run in list_runs(store) if run.config.training.steps)
    training = like.training.model_copy(update={"steps": 50_000})
    config = like.model_copy(update={"training": training, "seed": 77})
    control.ask_run(store, config)
    control.cancel(store, config.run_id)
    return config.run_id


def whats(store: Store, run: str) -> list[str]:
    return [event["what"] for event in Queue(store).events(run)]


def test_stars_runs_and_cancels_of_one_are_seen_by_the_other_and_no_run_is_lost_or_done_twice(
    two: list[tuple[Page, str]], own_cache: Store
):
    (one, first), (other, second) = two
    one.goto(f"{first}/pairs?data=tastes")
    one.locator(".st-key-next_pair button").click()
    expect(one.get_by_role("button", name="Star", exact=False).first).to_be_visible()
    settled(one)
    one.locator(".st-key-star_pair button").first.click()
    expect(one.get_by_role("button", name="Starred").first).to_be_visible()
    other.goto(f"{second}/slides?data=tastes")
    expect(other.get_by_text("1 of 1").first).to_be_visible()

    run, known = long_run(own_cache), {record.run_id for record in list_runs(own_cache)}
    for page, address in two:
        page.goto(f"{address}/runs?run={run}")
        expect(page.get_by_text("seed 77: cancelled").first).to_be_visible()
        settled(page)
    try:
        one.get_by_role("button", name="Resume").click()
        other.get_by_role("button", name="Resume").click()  # at the same time, on a page that does not know of it
        expect(one.get_by_text("seed 77: running").first).to_be_visible(timeout=WORK)
        expect(other.get_by_text("seed 77: running").first).to_be_visible()
        other.get_by_role("button", name="Cancel", exact=True).click()
        for page in (one, other):
            expect(page.get_by_text("seed 77: cancelled").first).to_be_visible(timeout=WORK)
    finally:
        job = Queue(own_cache).job(run)
        if job is not None and job.owner is not None:
            os.kill(int(job.owner.rpartition(":")[2]), signal.SIGTERM)
    assert whats(own_cache, run).count("began") == 1
    assert RunDirectory(own_cache, run).record().status == "cancelled"
    assert {record.run_id for record in list_runs(own_cache)} == known
    for page in (one, other):
        assert page.locator("[data-testid=stException]").count() == 0
