"""Streamlit's scripts and styles, compressed once: as it serves them they are two thirds of a first visit."""

from __future__ import annotations

import gzip

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FOLDER, ENDINGS = "/static/", (".js", ".css")
"""What is compressed; fonts and pictures are already. Streamlit names these files by their content."""


class PackedAssets:
    """Middleware that compresses the answers for `ENDINGS` under `FOLDER`, and keeps them: some 2 MB in all."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._kept: dict[str, tuple[Message, Message]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if not _wanted(scope):
            return await self._app(scope, receive, send)
        if scope["path"] not in self._kept:
            answer: list[Message] = []

            async def collect(message: Message) -> None:
                answer.append(message)

            await self._app(scope, receive, collect)
            if answer[0]["status"] != 200 or not _whole(answer):
                for message in answer:
                    await send(message)
                return None
            self._kept[scope["path"]] = _packed(answer[0], b"".join(part.get("body", b"") for part in answer[1:]))
        for message in self._kept[scope["path"]]:
            await send(message)


def _whole(answer: list[Message]) -> bool:
    """Tell whether an answer came to its end: one whose asker has gone meanwhile stops anywhere."""
    length = Headers(raw=list(answer[0]["headers"])).get("content-length")
    given = sum(len(part.get("body", b"")) for part in answer[1:])
    return len(answer) > 1 and not answer[-1].get("more_body", False) and length in (None, str(given))


def _wanted(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    headers = Headers(scope=scope)
    whole = "range" not in headers and "if-none-match" not in headers and "if-modified-since" not in headers
    path = scope["path"]
    return whole and path.startswith(FOLDER) and path.endswith(ENDINGS) and "gzip" in headers.get("accept-encoding", "")


def _packed(start: Message, body: bytes) -> tuple[Message, Message]:
    small = gzip.compress(body, mtime=0)
    headers = MutableHeaders(raw=list(start["headers"]))
    headers["Content-Encoding"] = "gzip"
    headers["Content-Length"] = str(len(small))
    headers.add_vary_header("Accept-Encoding")
    return {**start, "headers": headers.raw}, {"type": "http.response.body", "body": small}
