"""Updates that come by themselves: numbers change in place, nothing fades, and a table that is aimed at stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

if not Path("/usr/bin/chromium").exists():
    pytest.skip("browser tests need /usr/bin/chromium, which is not here", allow_module_level=True)

from browsing import PATIENCE, dashboard, drawn, served  # noqa: E402
from hand import runs  # noqa: E402
from playwright.sync_api import Page, WebSocketRoute, expect  # noqa: E402

from scpo.jobs.queue import Queue  # noqa: E402
from scpo.store.cache import Store  # noqa: E402

SAMPLED = """
() => {
  window.faintest = 1
  const look = () => {
    for (const one of document.querySelectorAll("[data-stale=true]"))
      window.faintest = Math.min(window.faintest, Number(getComputedStyle(one).opacity))
    requestAnimationFrame(look)
  }
  look()
}
"""
"""Has a page keep the least opacity of anything that waits to be drawn anew."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Return a store in which a run is at work and others have ended."""
    store = Store(tmp_path_factory.mktemp("updated"))
    for seed in (1, 2, 3):
        runs.finished(store, seed)
    runs.running(store)
    return store


@pytest.fixture(scope="module")
def live(store: Store) -> Iterator[str]:
    """Serve the store to look at."""
    words, environment = dashboard(store.root)
    with served(*words, **environment, SCPO_READ_ONLY="true") as address:
        yield address


class SlowServer:
    """Lets through at once how each answer begins; what follows can be held back, as a busy server does."""

    def __init__(self, page: Page) -> None:
        self.asked = 0
        self._page, self._slow = page, False
        self._waiting: list[tuple[WebSocketRoute, str | bytes]] = []
        page.route_web_socket("**/_stcore/stream", self._connect)

    def _connect(self, to_page: WebSocketRoute) -> None:
        to_server, begins = to_page.connect_to_server(), False

        def ask(message: str | bytes) -> None:
            nonlocal begins
            self.asked += 1
            begins = not self._waiting
            to_server.send(message)

        def answer(message: str | bytes) -> None:
            nonlocal begins
            if self._slow and not begins:
                self._waiting.append((to_page, message))
            else:
                to_page.send(message)
            begins = False

        to_page.on_message(ask)
        to_server.on_message(answer)

    def take_time(self, ask: Callable[[], object] = lambda: None) -> None:
        """Do something that asks the server, or wait until the page asks by itself; the answer takes two seconds."""
        before, self._slow = self.asked, True
        ask()
        while self.asked == before:
            self._page.wait_for_timeout(50)
        self._page.wait_for_timeout(2_000)
        self._slow = False
        for to_page, message in self._waiting:
            to_page.send(message)
        self._waiting.clear()


def faintest(page: Page) -> float:
    """Return the least opacity of what has waited to be drawn anew, and begin to look again."""
    return page.evaluate("() => { const found = window.faintest; window.faintest = 1; return found }")


def test_an_update_fades_nothing_and_what_a_person_asks_for_does(page: Page, live: str, store: Store):
    run = next(one.job_id for one in Queue(store).jobs() if one.kind == "run")
    server = SlowServer(page)
    drawn(page, f"{live}/runs?run={run}")
    expect(page.get_by_text("3 of 8 steps").first).to_be_visible(timeout=PATIENCE)
    page.wait_for_timeout(2_000)
    page.evaluate(SAMPLED)
    runs.beat(store, run, done=6)
    server.take_time()
    expect(page.get_by_text("6 of 8 steps").first).to_be_visible(timeout=PATIENCE)
    assert faintest(page) == 1
    server.take_time(lambda: page.get_by_text("Last 50", exact=True).click())
    assert faintest(page) < 0.9


def test_a_table_that_is_aimed_at_is_left_alone(page: Page, live: str):
    server = SlowServer(page)
    drawn(page, f"{live}/runs")
    table = page.get_by_test_id("stDataFrame").first
    expect(table).to_be_visible(timeout=PATIENCE)

    def asked(seconds: int, *, aim: bool) -> int:
        before = server.asked
        for tenth in range(4 * seconds):
            if aim:
                table.hover(position={"x": 200 + tenth % 3, "y": 60})
            page.wait_for_timeout(250)
        return server.asked - before

    asked(3, aim=True)
    assert asked(6, aim=True) == 0
    page.mouse.move(5, 5)
    assert asked(6, aim=False) >= 2
