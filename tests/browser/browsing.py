"""What browser tests have in common: a server on a free port, and a page that has been drawn."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote_plus

from hand.servers import answers
from playwright.sync_api import Browser, ConsoleMessage, Page, WebSocketRoute, expect

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
CHART = "[data-testid=stVegaLiteChart] svg, [data-testid=stVegaLiteChart] canvas"
PATIENCE = 30_000
"""Milliseconds a loaded machine may take; every `expect` waits so long, as every click does by itself."""


@contextmanager
def served(*command: str, **environment: str) -> Iterator[str]:
    """Run a server with a port as its last word; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [sys.executable, *command, str(port)]
    server = subprocess.Popen(
        words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **environment}
    )
    try:
        end = time.monotonic() + 2 * PATIENCE / 1000
        while not answers(port):
            assert server.poll() is None and time.monotonic() < end, "the server did not start"
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(PATIENCE / 1000)


def dashboard(cache: Path) -> tuple[list[str], dict[str, str]]:
    """Return command and environment of the dashboard over a cache."""
    words = ["-m", "scpo", "dashboard", "--host", "127.0.0.1", "--port"]
    return words, {"SCPO_CACHE_DIR": str(cache), "SCPO_DEVICE": "cpu", "SCPO_OFFLINE": "1", "OMP_NUM_THREADS": "1"}


def drawn(page: Page, url: str) -> Page:
    """Open a page and wait for its title."""
    page.goto(url)
    expect(page.locator("h2").first).to_be_visible()
    settled(page)
    return page


def opened(page: Page, url: str) -> Page:
    """Open a page and wait for its first chart."""
    page.goto(url)
    expect(page.locator("h2").first).to_be_visible()
    expect(page.locator(CHART).first).to_be_visible()
    return page


def settled(page: Page) -> None:
    """Wait until the script of the page has run to its end and the browser has fetched what draws its parts."""
    expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]").first).to_be_attached()
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)


def wait_for_address(page: Page, *parts: str) -> None:
    """Wait until the address has some words."""
    says = "part => decodeURIComponent(location.href.replaceAll('+', ' ')).includes(part)"
    for part in parts:
        page.wait_for_function(says, arg=part)


def wait_for_end_of_address(page: Page, end: str) -> None:
    """Wait until the address ends with some words."""
    page.wait_for_function("end => decodeURIComponent(location.href.replaceAll('+', ' ')).endsWith(end)", arg=end)


def address_of(page: Page) -> str:
    """Return the address as one reads it."""
    return unquote_plus(page.url)


@contextmanager
def fresh_window(browser: Browser, url: str) -> Iterator[Page]:
    """Open an address in a window that knows nothing of the others."""
    context = browser.new_context(viewport={"width": 1440, "height": 1400})
    try:
        yield drawn(context.new_page(), url)
    finally:
        context.close()


def complaints(page: Page) -> list[str]:
    """Return the list that gets what a page writes to the console as an error, and what it fails to catch.

    Streamlit asks for its own addresses under the page's name first, which are not there; that is no complaint.
    """
    found: list[str] = []

    def note(said: ConsoleMessage) -> None:
        if said.type == "error" and "/_stcore/" not in said.location["url"]:
            found.append(f"{said.text} ({said.location['url']})")

    page.on("console", note)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


class LateAnswers:
    """Holds back what the server says to a page, as a slow line or a busy server does, until it is released."""

    def __init__(self, page: Page) -> None:
        self._held: list[tuple[WebSocketRoute, str | bytes]] | None = None
        self._page = page
        self._asked = 0
        page.route_web_socket("**/_stcore/stream", self._connect)

    def _connect(self, to_page: WebSocketRoute) -> None:
        to_server = to_page.connect_to_server()

        def answer(message: str | bytes) -> None:
            if self._held is None:
                to_page.send(message)
            else:
                self._held.append((to_page, message))

        def ask(message: str | bytes) -> None:
            self._asked += 1
            to_server.send(message)

        to_server.on_message(answer)
        to_page.on_message(ask)

    def hold(self) -> None:
        """From now on the page hears nothing."""
        self._held = []

    def wait_for_answer(self, asked: Callable[[], object]) -> None:
        """Do something that asks the server, and wait until the server has nothing more to answer."""
        assert self._held is not None
        before, end = self._asked, time.monotonic() + PATIENCE / 1000
        asked()
        while self._asked == before:
            assert time.monotonic() < end, "the page asked nothing"
            self._page.wait_for_timeout(50)
        n_held = -1
        while n_held != len(self._held) or not self._held:
            assert time.monotonic() < end, "the server answered nothing, or without end"
            n_held = len(self._held)
            self._page.wait_for_timeout(1_500)

    def release(self) -> None:
        """Let the page hear all that was held back."""
        held, self._held = self._held or [], None
        for to_page, message in held:
            to_page.send(message)


def check_drawn(page: Page) -> None:
    """Check that name and status line come first and no error is shown: neither a traceback nor an error in words."""
    first = page.get_by_test_id("stMain").inner_text().split()[:20]
    assert " ".join(first).startswith(page.title().removesuffix(" · SCPO")), f"the page begins with {first}"
    assert "Device:" in first, f"the page begins with {first}"
    assert page.get_by_test_id("stException").count() == 0
    shown = page.get_by_test_id("stAlertContentError").all_inner_texts()
    assert shown == []
