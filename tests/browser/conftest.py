"""Browser tests share one Chromium."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parent))

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    import browsing
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=str(browsing.CHROMIUM), args=browsing.FLAGS)
        yield browser
        browser.close()


@pytest.fixture(params=["light", "dark"])
def themed(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of a fresh window in light, then in dark."""
    context = browser.new_context(viewport={"width": 1440, "height": 1000}, color_scheme=request.param)
    yield context.new_page()
    context.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a fresh window."""
    context = browser.new_context(viewport={"width": 1440, "height": 1400}, accept_downloads=True)
    context.set_default_timeout(8_000)
    yield context.new_page()
    context.close()
