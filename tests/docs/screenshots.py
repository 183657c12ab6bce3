"""Take the README's pictures: pages over the finished sample study of the cache, in Chromium.

``python tests/docs/screenshots.py`` writes them beside this file; it changes nothing in the cache.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

from scpo.settings import load_settings

FOLDER = Path(__file__).parent / "screenshots"
PAGES = {"tradeoff": "tradeoff", "workbench": "workbench"}
SIZE = {"width": 1280, "height": 980}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return int(probe.getsockname()[1])


def main() -> None:
    port, settings = free_port(), load_settings()
    environment = settings.as_environment() | {"SCPO_READ_ONLY": "true"}
    words = [sys.executable, "-m", "scpo", "dashboard", "--port", str(port), "--read-only"]
    with subprocess.Popen(words, env=environment) as server, sync_playwright() as playwright:
        try:
            wait_for(port)
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport=SIZE, color_scheme="light")
            for name, address in PAGES.items():
                page.goto(f"http://localhost:{port}/{address}?data=sample")
                page.wait_for_selector(".vega-embed canvas, .vega-embed svg", timeout=120_000)
                page.wait_for_selector("[data-testid=stStatusWidget]", state="detached", timeout=120_000)
                page.wait_for_timeout(3_000)
                page.screenshot(path=FOLDER / f"{name}.png")
            browser.close()
        finally:
            server.terminate()


def wait_for(port: int) -> None:
    """Wait until the server answers."""
    for _ in range(240):
        try:
            urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=2)
            return
        except OSError:
            time.sleep(0.5)
    raise SystemExit("the dashboard did not start")


if __name__ == "__main__":
    main()
