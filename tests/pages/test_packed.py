"""Streamlit's scripts are compressed once; all else goes through as it is."""

from __future__ import annotations

import asyncio
import gzip
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from dashboard.packed import PackedAssets

SCRIPT = b"let a = 1;\n" * 500


@pytest.fixture
def client():
    made: list[str] = []

    async def answer(request: Request) -> Response:
        made.append(request.url.path)
        status = 404 if "missing" in request.url.path else 200
        return Response(SCRIPT, status, {"Cache-Control": "immutable"}, "text/javascript")

    app = Starlette(routes=[Route("/{path:path}", answer)], middleware=[Middleware(PackedAssets)])
    client = TestClient(app)
    client.made = made
    return client


def raw(client, path, **headers):
    with client.stream("GET", path, headers=headers) as got:
        return got.status_code, got.headers, b"".join(got.iter_raw())


def test_a_script_is_compressed_once_and_means_the_same(client):
    for _ in range(3):
        status, headers, body = raw(client, "/static/js/a.js", **{"accept-encoding": "gzip, br"})
        assert status == 200 and headers["content-encoding"] == "gzip" and headers["vary"] == "Accept-Encoding"
        assert (
            headers["cache-control"] == "immutable" and int(headers["content-length"]) == len(body) < len(SCRIPT) / 10
        )
        assert gzip.decompress(body) == SCRIPT
    assert client.made == ["/static/js/a.js"]


@pytest.mark.parametrize("sent", [0, 1])
def test_an_answer_that_ended_early_because_its_asker_went_is_not_kept_for_others(sent):
    asked = []

    async def app(scope, receive, send):
        asked.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5500")]})
        parts = [SCRIPT] if len(asked) > 1 else [SCRIPT[:100]] * sent  # the first has left
        for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": part != SCRIPT})

    async def ask():
        got = []

        async def send(message):
            got.append(message)

        headers = [(b"accept-encoding", b"gzip")]
        await packed({"type": "http", "method": "GET", "path": "/static/js/a.js", "headers": headers}, None, send)
        return got

    packed = PackedAssets(app)
    with ThreadPoolExecutor(1) as elsewhere:  # a test of a browser may have left a loop in this thread
        elsewhere.submit(lambda: asyncio.run(ask())).result()
        for _ in range(2):
            assert gzip.decompress(elsewhere.submit(lambda: asyncio.run(ask())).result()[-1]["body"]) == SCRIPT
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/static/js/a.js", {"accept-encoding": "identity"}),
        ("/static/js/a.js", {"accept-encoding": "gzip", "range": "bytes=0-5"}),
        ("/static/media/a.woff2", {"accept-encoding": "gzip"}),
        ("/media/a.js", {"accept-encoding": "gzip"}),
        ("/static/js/missing.js", {"accept-encoding": "gzip"}),
    ],
)
def test_all_else_goes_through_as_it_is(client, path, headers):
    for _ in range(2):
        status, got, body = raw(client, path, **headers)
        assert (status == 404) == ("missing" in path)
        assert "content-encoding" not in got and body == SCRIPT
    assert client.made == [path, path]
