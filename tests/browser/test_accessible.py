"""Every page can be used without seeing it well: axe-core finds nothing serious, in light and in dark."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

if not Path("/usr/bin/chromium").exists():
    pytest.skip("browser tests need /usr/bin/chromium, which is not here", allow_module_level=True)

from axe_playwright_python.sync_playwright import Axe  # noqa: E402
from browsing import CHART, check_drawn, drawn, settled  # noqa: E402
from playwright.sync_api import Page, expect  # noqa: E402

PAGES = ("", "divergence", "pairs", "workbench", "runs", "tradeoff", "bias", "compare", "behaviour", "report", "slides")
PAGES += ("data",)


class Allowed(NamedTuple):
    """What axe-core may find, as it is not ours to change."""

    rule: str
    selector: str
    reason: str


ALLOWED = (
    Allowed(
        "svg-img-alt",
        "g.role-mark:empty",
        "Vega draws a group with a role for each layer, also for one that has no marks now: it holds nothing to name.",
    ),
)


def serious(page: Page) -> list[str]:
    """Return what axe-core calls serious or critical, but for what is allowed: rule, element and why."""
    found = []
    for violation in Axe().run(page).response["violations"]:
        if violation["impact"] not in ("serious", "critical"):
            continue
        fine = [one.selector for one in ALLOWED if one.rule == violation["id"]]
        for node in violation["nodes"]:
            (where,) = node["target"]
            element = page.locator(where).first
            if not any(element.evaluate("(e, selector) => e.matches(selector)", one) for one in fine):
                found.append(f"{violation['id']}: {node['html'][:300]} ({node['failureSummary']})")
    return found


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing_serious(themed: Page, address: str, path: str):
    drawn(themed, f"{address}/{path}")
    if path not in ("report", "slides", "runs"):
        expect(themed.locator(CHART).first).to_be_visible()
    themed.wait_for_timeout(500)
    settled(themed)
    check_drawn(themed)
    assert serious(themed) == []


def test_a_caption_that_is_hard_to_read_is_found(themed: Page, address: str):
    """The check can fail."""
    drawn(themed, f"{address}/slides")
    themed.add_style_tag(content="[data-testid=stCaptionContainer] { color: rgb(128, 128, 128); opacity: .6 }")
    assert any(one.startswith("color-contrast") for one in serious(themed))


def test_a_chart_is_named_by_its_finding(themed: Page, address: str):
    drawn(themed, f"{address}/tradeoff")
    chart = themed.get_by_test_id("stVegaLiteChart").first
    expect(chart.first).to_be_visible()
    finding = themed.locator("h2").first.inner_text()
    named = chart.locator("xpath=descendant-or-self::*[@aria-label]").first.get_attribute("aria-label")
    assert named is not None and finding in named and "Scatter plot of" in named
