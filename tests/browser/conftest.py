"""Browser tests share one Chromium."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from world import copy_of

from scpo.store.cache import Store

sys.path.insert(0, str(Path(__file__).parent))

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="session")
def cache(world_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Return a copy of the real cache with its finished study; tests change nothing in it."""
    return copy_of(world_folder, "many", tmp_path_factory.mktemp("browsed") / "cache")


@pytest.fixture
def own_cache(cache: Store, tmp_path: Path) -> Store:
    """Return a copy that the test may change."""
    return Store(shutil.copytree(cache.root, tmp_path / "cache"))


@pytest.fixture(scope="session")
def address(cache: Store) -> Iterator[str]:
    """Serve the cache with the finished study."""
    import browsing

    words, environment = browsing.dashboard(cache.root)
    with browsing.served(*words, **environment) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    import browsing
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=browsing.PATIENCE)
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
    yield context.new_page()
    context.close()
