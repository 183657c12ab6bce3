"""Requests that come under a foreign name are refused: a page elsewhere cannot make a browser read this dashboard."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

THIS_MACHINE = ("localhost", "127.0.0.1", "::1")

HEADERS = {
    "Content-Security-Policy": "frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
"""Of every answer: no page elsewhere frames the dashboard, no file passes for another kind, no address is told to
others."""

FOREIGN_HOST = "This dashboard does not go by that name. Behind a proxy, name it: scpo dashboard --allow-host NAME."
FOREIGN_PAGE = "Only pages of this dashboard may ask it. Behind a proxy, name it: scpo dashboard --allow-host NAME."


class KnownHosts:
    """Middleware that answers 403 where ``Host`` is none of the names of this server, or ``Origin`` another page's.

    A name that leads here is not enough: whoever owns it can make it lead here (DNS rebinding), and then their page is
    of the same origin as ours. Numeric addresses cannot be made to; they count where the server listens on all of them.

    Parameters
    ----------
    app : ASGI application
        What answers the other requests.
    address : str
        Where the server listens.
    more : collection of str
        Names under which a proxy shows it.
    """

    def __init__(self, app: ASGIApp, *, address: str, more: Iterable[str] = ()) -> None:
        self._app = app
        self._everywhere = _is_everywhere(address)
        self._more = frozenset(map(_plain, more))
        own = (socket.gethostname(), socket.getfqdn()) if self._everywhere else ()
        self._names = frozenset(map(_plain, (*THIS_MACHINE, address, *own))) | self._more

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self._is_ours(_name(host)):
            return await _refuse(FOREIGN_HOST, scope, receive, send)
        if origin is not None and not self._is_own_page(origin, host):
            return await _refuse(FOREIGN_PAGE, scope, receive, send)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message["headers"]))
                headers.update(HEADERS)
                message = {**message, "headers": headers.raw}
            await send(message)

        return await self._app(scope, receive, answer)

    def _is_ours(self, name: str) -> bool:
        return name in self._names or (self._everywhere and _is_numeric(name))

    def _is_own_page(self, origin: str, host: str) -> bool:
        """Tell whether a page of this server asks; behind a proxy its name is that of the proxy."""
        page = urlsplit(origin).netloc
        return bool(page) and (page.lower() == host.lower() or _name(page) in self._more)


def _name(host: str) -> str:
    """Return the name in ``name:port``; empty if it cannot be read."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port
    except ValueError:
        return ""
    return _plain(parts.hostname or "") if parts.netloc == host and "@" not in host else ""


def _plain(name: str) -> str:
    return name.strip("[]").lower().rstrip(".")


def _is_numeric(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_everywhere(address: str) -> bool:
    return _is_numeric(_plain(address)) and ipaddress.ip_address(_plain(address)).is_unspecified


async def _refuse(why: str, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": why})
    else:
        await PlainTextResponse(why, status_code=403)(scope, receive, send)
