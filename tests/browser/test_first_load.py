"""What a first visit fetches: counted by the browser, over a cache that is finished."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

if not Path("/usr/bin/chromium").exists():
    pytest.skip("browser tests need /usr/bin/chromium, which is not here", allow_module_level=True)

from browsing import CHART, drawn  # noqa: E402
from playwright.sync_api import Page, expect  # noqa: E402

MOST_BYTES, MOST_REQUESTS = 2_700_000, 140
"""Half of what a first visit took before its scripts were compressed, and the map's library left to its section."""


def test_a_first_visit_fetches_half_of_what_it_did_and_the_maps_library_only_for_the_map(page: Page, address: str):
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    sizes: dict[str, float] = {}
    names: dict[str, str] = {}
    wire.on("Network.requestWillBeSent", lambda told: names.__setitem__(told["requestId"], told["request"]["url"]))
    failed: list[str] = []
    wire.on(
        "Network.responseReceived",
        lambda told: failed.append(told["response"]["url"]) if told["response"]["status"] >= 400 else None,
    )
    wire.on("Network.loadingFinished", lambda told: sizes.__setitem__(told["requestId"], told["encodedDataLength"]))
    drawn(page, address)
    expect(page.locator(CHART).first).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert 500_000 < sum(sizes.values()) < MOST_BYTES
    assert 20 < len(names) < MOST_REQUESTS
    fetched = [name for name in names.values() if not name.startswith("data:")]
    assert failed == [] and len(fetched) == len(set(fetched)), "nothing is asked for in vain, and nothing twice"
    assert not any("plotly" in name.lower() for name in names.values())
    drawn(page, f"{address}/divergence?section=Maps")
    expect(page.get_by_test_id("stPlotlyChart").first).to_be_visible()
    assert any("plotly" in name.lower() for name in names.values())
