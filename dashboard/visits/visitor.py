"""A browser that draws nothing: it speaks Streamlit's protocol with the real server, over one connection a session."""

from __future__ import annotations

import re
import time
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from http.cookies import SimpleCookie
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets import Subprotocol
from websockets.sync.client import ClientConnection, connect

from scpo.errors import RunError

PATIENCE = 120.0
"""Seconds a page may take."""

_REFRESHED = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


class Shown(NamedTuple):
    """An element of the page that is open."""

    kind: str
    """As Streamlit names it: ``slider``, ``download_button``, ``alert`` …"""

    content: Any
    fragment: str
    """Fragment that draws it; empty for the whole page."""

    @property
    def key(self) -> str:
        """Return the widget's key; empty for one without, and for elements that are no widgets."""
        return str(getattr(self.content, "id", "")).partition("-")[2].partition("-")[2]


class Visitor:
    """One session of the server at an address; to be closed.

    Parameters
    ----------
    address : str
        ``http://host:port``.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.shown: dict[tuple[int, ...], Shown] = {}
        self._session = self._page = self._query = self._hash = ""
        self._widgets: dict[str, WidgetState] = {}
        where = f"ws://{urlsplit(address).netloc}/_stcore/stream"
        self._open = ExitStack()
        self._line: ClientConnection = self._open.enter_context(
            connect(where, subprotocols=[Subprotocol("streamlit")], max_size=None, proxy=None)
        )

    def close(self) -> None:
        """Leave, as one who closes the window."""
        self._open.close()

    def open(self, page: str, **query: str) -> None:
        """Open a page, named as in its address, and wait until it is drawn."""
        self._page, self._query, self._hash = page, urlencode(query), ""
        self._widgets.clear()
        self._run()

    def widget(self, key: str) -> Shown | None:
        """Return the widget whose key, or whose place of `frame.widgets`, is this one."""
        return next((one for one in self.shown.values() if re.fullmatch(rf"{re.escape(key)}(_\d+)?", one.key)), None)

    def move(self, widget: Shown, **value: Any) -> None:
        """Have a widget report a value, named as in `WidgetState`, and wait for what is drawn then."""
        state = WidgetState(id=widget.content.id)
        for name, one in value.items():
            if isinstance(one, list):
                getattr(state, name).data.extend(one)
            else:
                setattr(state, name, one)
        self._report(state, widget.fragment)
        if "trigger_value" in value:
            del self._widgets[state.id]

    def downloads(self) -> Iterator[Shown]:
        """Yield the buttons whose file is made when it is asked for."""
        return (one for one in self.shown.values() if one.kind == "download_button" and one.content.deferred_file_id)

    def download(self, button: Shown) -> bytes:
        """Return the file behind a button."""
        asked = BackMsg()
        request = asked.backend_operation_request
        request.request_id, request.session_id = uuid.uuid4().hex, self._session
        request.deferred_file.file_id = button.content.deferred_file_id
        self._line.send(asked.SerializeToString())
        for said in self._heard():
            answer = said.backend_operation_response
            if answer.request_id != request.request_id:
                continue
            if answer.error_msg:
                raise RunError(f"{button.key}: {answer.error_msg}")
            with urllib.request.urlopen(f"{self.address}{answer.deferred_file.url}", timeout=PATIENCE) as found:
                return bytes(found.read())
        raise AssertionError("the line ends with an error")

    def upload(self, box: Shown, name: str, content: bytes) -> None:
        """Give a file to a box for files, and wait for what is drawn then."""
        asked = BackMsg()
        request = asked.file_urls_request
        request.request_id, request.session_id = uuid.uuid4().hex, self._session
        request.file_names.append(name)
        self._line.send(asked.SerializeToString())
        answers = (said.file_urls_response for said in self._heard())
        where = next(one for one in answers if one.response_id == request.request_id).file_urls[0]
        with urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=PATIENCE) as health:
            cookie = SimpleCookie(health.headers["Set-Cookie"])
        token = next(iter(cookie.values())).value if cookie else ""
        bound = uuid.uuid4().hex
        head = f'--{bound}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n\r\n'.encode()
        put = urllib.request.Request(
            f"{self.address}{where.upload_url}",
            data=head + content + f"\r\n--{bound}--\r\n".encode(),
            method="PUT",
            headers={
                "Content-Type": f"multipart/form-data; boundary={bound}",
                "Cookie": cookie.output(attrs=[], header="", sep=";").strip(),
                "X-Xsrftoken": token,
            },
        )
        urllib.request.urlopen(put, timeout=PATIENCE).close()
        state = WidgetState(id=box.content.id)
        info = state.file_uploader_state_value.uploaded_file_info.add()
        info.file_id, info.name, info.size = where.file_id, name, len(content)
        info.file_urls.CopyFrom(where)
        self._report(state, box.fragment)

    def refresh(self, fragment: str = "") -> None:
        """Have a fragment, or the page, be drawn again as a live update has."""
        self._run(fragment)

    def _report(self, state: WidgetState, fragment: str) -> None:
        self._widgets[state.id] = state
        self._run(fragment)

    def _run(self, fragment: str = "") -> None:
        """Ask for the page or for one of its fragments, and take in what is drawn until the script has ended."""
        asked = BackMsg()
        state: ClientState = asked.rerun_script
        state.query_string, state.page_script_hash, state.fragment_id = self._query, self._hash, fragment
        state.page_name = self._page
        state.context_info.url = f"{self.address}/{self._page}"
        state.context_info.timezone, state.context_info.locale = "UTC", "en"
        state.widget_states.widgets.extend(self._widgets.values())
        self._line.send(asked.SerializeToString())
        drawn = {} if not fragment else self.shown
        for said in self._heard():
            kind = said.WhichOneof("type")
            if kind == "new_session":
                self._session = said.new_session.initialize.session_id or self._session
                self._hash = said.new_session.page_script_hash
                if not said.metadata.run.fragment_ids:
                    drawn.clear()
            elif kind == "page_info_changed":
                self._query = said.page_info_changed.query_string
            elif kind == "navigation":
                self._hash = said.navigation.page_script_hash
            elif kind == "delta":
                self._take(said, drawn)
            elif kind == "script_finished" and said.script_finished in _REFRESHED:
                self.shown = drawn
                return

    def _take(self, said: ForwardMsg, drawn: dict[tuple[int, ...], Shown]) -> None:
        place, change = tuple(said.metadata.delta_path), said.delta
        if change.WhichOneof("type") != "new_element":
            return
        kind = change.new_element.WhichOneof("type")
        if kind is not None:
            drawn[place] = Shown(kind, getattr(change.new_element, kind), change.fragment_id)

    def _heard(self) -> Iterator[ForwardMsg]:
        """Yield what the server says.

        Raises
        ------
        RunError
            If it says nothing for too long.
        """
        end = time.monotonic() + PATIENCE
        while True:
            try:
                data = self._line.recv(timeout=max(0.0, end - time.monotonic()))
            except TimeoutError:
                raise RunError(f"{self.address}/{self._page} was not drawn within {PATIENCE:.0f} s") from None
            yield ForwardMsg.FromString(data)
