"""Updates that come by themselves: numbers change in place, nothing fades, and a table that is aimed at stays."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

if not Path("/usr/bin/chromium").exists():
    pytest.skip("browser tests need /usr/bin/chromium, which is not here", allow_module_level=True)

from browsing import PATIENCE, dashboard, drawn, served  # noqa: E402
from hand import runs  # noqa: E402
from playwright.sync_api import Page, WebSocketRoute, expect  # noqa: E402
from streamlit.proto.BackMsg_pb2 import BackMsg  # noqa: E402
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg  # noqa: E402

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
    """Counts what a page asks for, and holds back what the server answers, as a busy server does."""

    def __init__(self, page: Page) -> None:
        self.asked = {"a person": 0, "a timer": 0}
        self._page, self._runs, self._spoke = page, False, time.monotonic()
        self._heard, self._held = {"a person", "a timer"}, False
        self._waiting: list[tuple[WebSocketRoute, bytes]] = []
        page.route_web_socket("**/_stcore/stream", self._connect)

    def _connect(self, to_page: WebSocketRoute) -> None:
        to_server = to_page.connect_to_server()

        def ask(message: str | bytes) -> None:
            assert isinstance(message, bytes)
            wish = BackMsg.FromString(message)
            if wish.HasField("rerun_script"):
                who = "a timer" if wish.rerun_script.is_auto_rerun else "a person"
                self.asked[who] += 1
                if who not in self._heard:
                    return
                self._runs, self._spoke = True, time.monotonic()
            to_server.send(message)

        def answer(message: str | bytes) -> None:
            assert isinstance(message, bytes)
            said = ForwardMsg.FromString(message)
            self._runs = (self._runs or said.HasField("new_session")) and not said.HasField("script_finished")
            self._spoke = time.monotonic()
            self._waiting.append((to_page, message))
            if not self._held:
                self._pass_on(len(self._waiting))

        to_page.on_message(ask)
        to_server.on_message(answer)

    def _pass_on(self, n_messages: int) -> None:
        passed, self._waiting = self._waiting[:n_messages], self._waiting[n_messages:]
        for to_page, message in passed:
            to_page.send(message)

    def _wait(self, for_what: str, holds: Callable[[], object]) -> None:
        end = time.monotonic() + PATIENCE / 1000
        while not holds():
            assert time.monotonic() < end, f"waited in vain: {for_what}"
            self._page.wait_for_timeout(50)

    def _begun(self) -> int:
        """Return how many of the messages that wait say that a run begins, and what comes before."""
        begins = [ForwardMsg.FromString(message).HasField("new_session") for _, message in self._waiting]
        return begins.index(True) + 1 if True in begins else 0

    def take_time(self, who: str, ask: Callable[[], object] = lambda: None, *, begins_after: int = 0) -> None:
        """Do something that asks the server, or wait until a timer does; nobody else is heard meanwhile.

        The server takes some milliseconds to begin and another two seconds to answer.
        """
        self._heard = set()
        self._wait("the server rests", lambda: not self._runs and time.monotonic() > self._spoke + 1)
        before, self._heard, self._held = self.asked[who], {who}, True
        ask()
        self._wait(f"{who} asks", lambda: self.asked[who] > before)
        self._page.wait_for_timeout(begins_after)
        self._wait("the server begins", self._begun)
        self._pass_on(self._begun())
        self._page.wait_for_timeout(2_000)
        self._held = False
        self._pass_on(len(self._waiting))
        self._heard = {"a person", "a timer"}


def faintest(page: Page) -> float:
    """Return the least opacity of what has waited to be drawn anew, and begin to look again."""
    return page.evaluate("() => { const found = window.faintest; window.faintest = 1; return found }")


def test_an_update_fades_nothing_and_what_a_person_asks_for_does(page: Page, live: str, store: Store):
    run = next(one.job_id for one in Queue(store).jobs() if one.kind == "run")
    server = SlowServer(page)
    drawn(page, f"{live}/runs?run={run}")
    expect(page.get_by_text("3 of 8 steps").first).to_be_visible()
    page.wait_for_timeout(2_000)
    page.evaluate(SAMPLED)
    runs.beat(store, run, done=6)
    server.take_time("a timer")
    expect(page.get_by_text("6 of 8 steps").first).to_be_visible()
    assert faintest(page) == 1
    server.take_time("a person", lambda: page.get_by_text("Last 50", exact=True).click())
    assert faintest(page) < 0.9


def test_what_a_person_asks_for_fades_also_when_the_server_is_slow_to_begin(page: Page, live: str, store: Store):
    server = SlowServer(page)
    run = next(one.job_id for one in Queue(store).jobs() if one.kind == "run")
    drawn(page, f"{live}/runs?run={run}")
    page.wait_for_timeout(2_000)
    page.evaluate(SAMPLED)
    server.take_time("a person", lambda: page.get_by_text("Last 200", exact=True).click(), begins_after=3_000)
    assert faintest(page) < 0.9


def test_a_table_that_is_aimed_at_is_left_alone(page: Page, live: str):
    server = SlowServer(page)
    drawn(page, f"{live}/runs")
    table = page.get_by_test_id("stDataFrame").first
    expect(table.first).to_be_visible()

    def asked(seconds: int, *, aim: bool) -> int:
        before = server.asked["a timer"]
        for tenth in range(4 * seconds):
            if aim:
                table.hover(position={"x": 200 + tenth % 3, "y": 60})
            page.wait_for_timeout(250)
        return server.asked["a timer"] - before

    asked(3, aim=True)
    assert asked(6, aim=True) == 0
    page.mouse.move(5, 5)
    assert asked(6, aim=False) >= 2
