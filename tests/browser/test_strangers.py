"""The real server against foreign pages: other names, other origins, uploads without a token, too large ones."""

from __future__ import annotations

import http.client
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

if not Path("/usr/bin/chromium").exists():
    pytest.skip("browser tests need /usr/bin/chromium, which is not here", allow_module_level=True)

from browsing import CHROMIUM, FLAGS, drawn  # noqa: E402
from playwright.sync_api import Browser, Page  # noqa: E402

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Protocol": "streamlit",
}


def status(address: str, path: str, *, method: str = "GET", body: bytes | None = None, **headers: str) -> int:
    """Return the status of the answer to one request."""
    asked = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
    try:
        asked.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        return asked.getresponse().status
    finally:
        asked.close()


FORM = "multipart/form-data; boundary=x"


def form(file: bytes) -> bytes:
    """Return a form with one file."""
    return b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.csv"\r\n\r\n' + file + b"\r\n--x--\r\n"


@pytest.mark.parametrize("path", ["/", "/bias", "/_stcore/health", "/_stcore/host-config", "/app/static/icon.svg"])
def test_pages_and_files_have_only_the_names_of_this_machine(address: str, path: str):
    ours = urlsplit(address).netloc
    assert status(address, path) == status(address, path, Origin=address) == 200
    assert status(address, path, Host="evil.example") == 403
    assert status(address, path, Host=ours, Origin="http://evil.example") == 403


def test_the_stream_of_a_session_opens_for_our_own_pages_alone(address: str):
    ours = urlsplit(address)
    for host, origin, expected in (
        (ours.netloc, address, 101),
        ("localhost:" + str(ours.port), f"http://localhost:{ours.port}", 101),
        ("evil.example", "http://evil.example", 403),
        (f"evil.example:{ours.port}", f"http://evil.example:{ours.port}", 403),
        (ours.netloc, "http://evil.example", 403),
        (ours.netloc, "http://127.0.0.1:1", 403),
        (ours.netloc, "null", 403),
    ):
        assert status(address, "/_stcore/stream", **UPGRADE, Host=host, Origin=origin) == expected, (host, origin)


def test_a_name_made_to_lead_here_shows_nothing(browser: Browser, address: str):
    """As DNS rebinding does it: the browser takes the foreign name for this server."""
    port = urlsplit(address).port
    rebound = browser.browser_type.launch(
        executable_path=str(CHROMIUM), args=[*FLAGS, "--host-resolver-rules=MAP evil.example 127.0.0.1"]
    )
    try:
        page = rebound.new_page()
        got = page.goto(f"http://evil.example:{port}/bias")
        assert got is not None and got.status == 403
        assert "does not go by that name" in page.inner_text("body")
        said = page.evaluate(
            f"""() => new Promise(done => {{
                const stream = new WebSocket("ws://127.0.0.1:{port}/_stcore/stream", ["streamlit"])
                stream.onopen = () => done("open")
                stream.onerror = () => done("refused")
            }})"""
        )
        assert said == "refused"
    finally:
        rebound.close()


def test_no_page_elsewhere_may_frame_the_dashboard(page: Page, address: str):
    framing = f"<iframe src='{address}'></iframe>"
    page.route("http://evil.example/", lambda route: route.fulfill(body=framing, content_type="text/html"))
    page.goto("http://evil.example/")
    frame = page.frames[1]
    page.wait_for_timeout(1_000)
    assert not frame.url.startswith(address) or frame.evaluate("document.body.innerText") == ""


def test_an_upload_needs_the_token_of_its_page_and_keeps_to_the_limit(page: Page, address: str):
    """A page that is open uploads; the same request without its token, or from elsewhere, is refused."""
    drawn(page, f"{address}/data?part=Bring+your+own")
    chooser = page.locator("input[type=file]").first
    chooser.wait_for(state="attached")
    with page.expect_request(lambda asked: "/_stcore/upload_file/" in asked.url and asked.method == "PUT") as found:
        chooser.set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": b"prompt,chosen,rejected\n"})
    sent, path = found.value.all_headers(), urlsplit(found.value.url).path
    token = {"X_Xsrftoken": sent["x-xsrftoken"], "Cookie": sent["cookie"], "Content_Type": FORM}
    body = form(b"prompt,chosen,rejected\n")
    assert status(address, path, method="PUT", body=body, **token) == 204
    for wrong in (
        {"Content_Type": FORM},
        {**token, "X_Xsrftoken": "2|00000000|00000000000000000000000000000000|1"},
        {**token, "Origin": "http://evil.example"},
        {**token, "Host": "evil.example"},
    ):
        assert status(address, path, method="PUT", body=body, **wrong) == 403, wrong
    too_large = form(bytes(200 * 2**20 + 1))
    assert status(address, path, method="PUT", body=too_large, **token) == 413
    assert re.search(r"200\s?MB", page.inner_text("body"))
