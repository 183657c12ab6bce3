"""People log in with a real provider of OpenID Connect on this machine, have their role, and log out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

if not Path("/usr/bin/chromium").exists():
    pytest.skip("browser tests need /usr/bin/chromium, which is not here", allow_module_level=True)
provider_mock = pytest.importorskip(
    "oidc_provider_mock", reason="the login is tried against the package oidc-provider-mock, which is not here"
)

from browsing import dashboard, served, settled  # noqa: E402
from hand.tables import add  # noqa: E402
from playwright.sync_api import Page, expect  # noqa: E402

from scpo.store.cache import Store  # noqa: E402

SECRETS = """
[auth]
redirect_uri = "http://127.0.0.1:{{port}}/oauth2callback"
cookie_secret = "a secret for this test only"
client_id = "scpo"
client_secret = "hush"
server_metadata_url = "http://localhost:{port}/.well-known/openid-configuration"
"""
ROLES = """
default = "nobody"
[people]
"ann@lab.org" = "admin"
"vera@lab.org" = "viewer"
"""


@pytest.fixture
def lab(tmp_path):
    """The address of a dashboard whose people log in with a provider of this machine."""
    people = [provider_mock.User(sub=name, claims={"email": f"{name}@lab.org"}) for name in ("ann", "vera", "eve")]
    (tmp_path / "roles.toml").write_text(ROLES, encoding="utf-8")
    with provider_mock.run_server_in_thread(user_claims=people) as provider:
        secrets = tmp_path / "secrets.toml"
        secrets.write_text(SECRETS.format(port=provider.server_port), encoding="utf-8")
        for name in ("small", "half"):
            add(Store(tmp_path / "cache"), name)
        words, environment = dashboard(tmp_path / "cache")
        words[3:3] = ["--secrets", str(secrets), "--roles", str(tmp_path / "roles.toml")]
        with served(*words, **environment) as address:
            yield address


def log_in(page: Page, address: str, name: str) -> None:
    """Go to a page, be sent to the provider, and come back."""
    page.goto(address)
    expect(page.get_by_text("Log in to see this dashboard.").first).to_be_visible()
    expect(page.get_by_test_id("stSidebar")).to_have_count(0)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_url(re.compile(re.escape(address)))


def log_out(page: Page) -> None:
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("button", name="End session").click()  # the provider asks whether one is sure
    expect(page.get_by_text("Log in to see this dashboard.").first).to_be_visible()


def test_people_log_in_have_their_role_and_log_out(page: Page, lab: str):
    log_in(page, lab, "vera")
    expect(page.get_by_text("vera@lab.org, viewer").first).to_be_visible()
    page.goto(f"{lab}/data?part=Bring+your+own")
    expect(page.get_by_text("Your role is viewer: to upload here is for runner or admin.").first).to_be_visible()
    settled(page)
    expect(page.get_by_test_id("stFileUploaderDropzone").locator("button")).to_be_disabled()
    log_out(page)

    log_in(page, lab, "ann")
    expect(page.get_by_text("ann@lab.org, admin").first).to_be_visible()
    log_out(page)

    log_in(page, lab, "eve")
    expect(page.get_by_text("You are logged in as eve@lab.org, who is not in the roles file").first).to_be_visible()
    log_out(page)


def test_a_link_that_was_opened_before_logging_in_is_open_afterwards_once_and_leads_nowhere_else(page: Page, lab: str):
    link = f"{lab}/bias?data=small&interval=80+%25"
    log_in(page, link, "vera")
    page.wait_for_url(link)
    expect(page.get_by_text("vera@lab.org, viewer").first).to_be_visible()
    settled(page)
    expect(page.get_by_role("combobox", name="Data set").first).to_have_value("small")
    assert page.url.startswith(f"{lab}/bias?") and page.url.endswith("interval=80+%25")
    page.goto(lab)
    expect(page.get_by_text("vera@lab.org, viewer").first).to_be_visible()
    settled(page)
    assert page.url == f"{lab}/"  # the link was opened once
    log_out(page)

    for elsewhere in ("//evil.invalid/", "https://evil.invalid/bias?x"):
        page.goto(lab)
        expect(page.get_by_text("Log in to see this dashboard.").first).to_be_visible()
        page.evaluate("kept => sessionStorage.setItem('link-before-login', kept)", elsewhere)
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("button", name="vera", exact=True).click()
        expect(page.get_by_text("vera@lab.org, viewer").first).to_be_visible()
        settled(page)
        assert page.url == f"{lab}/", elsewhere
        log_out(page)
