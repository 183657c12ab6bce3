"""By which names a request reaches the dashboard, and from which pages."""

from __future__ import annotations

import socket

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from dashboard.known_hosts import FOREIGN_HOST, FOREIGN_PAGE, HEADERS, KnownHosts


def client(address: str = "localhost", *more: str) -> TestClient:
    async def page(_):
        return PlainTextResponse("a page")

    async def stream(asked: WebSocket):
        await asked.accept()
        await asked.send_text("a stream")
        await asked.close()

    return TestClient(
        Starlette(
            routes=[Route("/", page, methods=["GET", "PUT"]), WebSocketRoute("/stream", stream)],
            middleware=[Middleware(KnownHosts, address=address, more=more)],
        )
    )


def answer(served: TestClient, host: str, origin: str | None = None) -> str:
    """Return what a request gets, and check that a stream gets the same."""
    headers = {"Host": host} | ({} if origin is None else {"Origin": origin})
    got = served.get("/", headers=headers)
    try:
        with served.websocket_connect("/stream", headers=headers) as stream:
            streamed = stream.receive_text() == "a stream"
    except WebSocketDisconnect:
        streamed = False
    assert (got.status_code == 200) == streamed and got.status_code in (200, 403)
    return got.text


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8501", "LOCALHOST:1", "127.0.0.1:8501", "[::1]:8501", "localhost."]
)
def test_this_machine_is_known(host):
    assert answer(client(), host) == "a page"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "localhost.evil.example", "evil.example:8501", "", "192.168.0.7:8501", "localhost@evil.example",
        "localhost:port", "localhost/evil.example", "evil.example#localhost", "127.0.0.1.evil.example", "[::1", "[::2]",
    ],
)  # fmt: skip
def test_a_foreign_name_is_refused(host):
    assert answer(client(), host) == FOREIGN_HOST


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "https://evil.example:8501", "null", "", "http://localhost:3000", "http://localhost",
     "http://localhost:8501@evil.example", "file://"],
)  # fmt: skip
def test_a_page_from_elsewhere_is_refused(origin):
    assert answer(client(), "localhost:8501", origin) == FOREIGN_PAGE


def test_its_own_pages_may_ask():
    assert answer(client(), "localhost:8501", "http://localhost:8501") == "a page"
    assert answer(client(), "[::1]:8501", "http://[::1]:8501") == "a page"


def test_behind_a_proxy_its_name_is_given():
    served = client("127.0.0.1", "Lab.example.org")
    assert answer(served, "lab.example.org", "https://lab.example.org") == "a page"
    assert answer(served, "127.0.0.1:8501", "https://lab.example.org") == "a page", "the proxy writes another Host"
    assert answer(served, "other.example.org") == FOREIGN_HOST
    assert answer(served, "lab.example.org", "https://other.example.org") == FOREIGN_PAGE


@pytest.mark.parametrize("address", ["0.0.0.0", "::"])
def test_where_it_listens_on_all_addresses_numbers_and_the_name_of_the_machine_count(address):
    served = client(address)
    for host in ("192.168.0.7:8501", "[fe80::1]:8501", socket.gethostname(), "localhost"):
        assert answer(served, host) == "a page"
    assert answer(served, "evil.example") == FOREIGN_HOST


def test_where_it_listens_on_one_address_that_counts():
    assert answer(client("192.168.0.7"), "192.168.0.7:8501") == "a page"
    assert answer(client("192.168.0.7"), "192.168.0.8:8501") == FOREIGN_HOST


def test_every_answer_says_that_no_other_page_may_frame_it():
    got = client().get("/", headers={"Host": "localhost"})
    assert {name: got.headers[name] for name in HEADERS} == HEADERS
