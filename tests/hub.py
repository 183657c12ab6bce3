"""A hub on this machine, as far as the real client asks one: pull at a revision, gated repositories, push by commit.

`HubStub` holds repositories in memory and writes down every request, so that a test can say what was asked of it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple, Self
from urllib.parse import unquote, urlsplit

TOKEN = "hf_" + "secret" * 5
"""The only token that the stub knows."""


class Request(NamedTuple):
    """One request that the stub has answered."""

    method: str
    path: str
    authorization: str | None


@dataclass
class Repository:
    """Files by commit, and the names of commits."""

    commits: dict[str, dict[str, bytes]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    gated: bool = False
    private: bool = False

    def commit_of(self, revision: str) -> str | None:
        """Return the commit that a branch, a pull request or a commit means."""
        found = self.names.get(revision, revision)
        return found if found in self.commits else None


class HubStub:
    """The server; use it as a context."""

    def __init__(self) -> None:
        self.repositories: dict[tuple[str, str], Repository] = {}
        self.objects: dict[str, bytes] = {}
        """What was uploaded as a large file, by its sha256."""

        self.requests: list[Request] = []
        self.breaks_on: str | None = None
        """Requests whose path has this are answered with an error 400."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": self}))
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def add(
        self, kind: str, name: str, commit: str, files: Mapping[str, bytes], *, named: str = "main", gated: bool = False
    ) -> None:
        """Put a commit into a repository; `kind` is ``models`` or ``datasets``."""
        found = self.repositories.setdefault((kind, name), Repository(gated=gated))
        found.commits[commit] = dict(files)
        found.names[named] = commit

    def environment(self, home: Path) -> dict[str, str]:
        """Return what makes the real client ask this server, with a cache of its own."""
        return {
            "HF_ENDPOINT": self.url,
            "HF_HOME": str(home),
            "HF_HUB_DISABLE_XET": "1",  # its store is another service
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "NO_PROXY": "127.0.0.1",
        }


class _Handler(BaseHTTPRequestHandler):
    hub: HubStub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._answer(self._read)

    def do_GET(self) -> None:
        self._answer(self._read)

    def do_POST(self) -> None:
        self._answer(self._write)

    def do_PUT(self) -> None:
        self._answer(self._write)

    def _answer(self, handle: Any) -> None:
        path, length = urlsplit(self.path).path, int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length)
        self.hub.requests.append(Request(self.command, unquote(path), self.headers.get("Authorization")))
        if self.hub.breaks_on is not None and self.hub.breaks_on in path:
            self._send(400, {"error": "the stub was told to"})
            return
        handle([unquote(part) for part in path.strip("/").split("/")])

    def _send(self, status: int, value: Any = None, content: bytes | None = None, **headers: str) -> None:
        body = json.dumps(value).encode() if content is None else content
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, text in headers.items():
            self.send_header(name.replace("_", "-"), text)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _refuse(self, status: int, code: str) -> None:
        self._send(status, {"error": code}, X_Error_Code=code, X_Error_Message=code)

    @property
    def _knows_us(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {TOKEN}"

    def _found(self, kind: str, name: str, revision: str) -> tuple[Repository, str] | None:
        """Find a commit, or refuse."""
        repository = self.hub.repositories.get((kind, name))
        if repository is None or (repository.private and not self._knows_us):
            self._refuse(401, "RepoNotFound")
            return None
        if repository.gated and not self._knows_us:
            self._refuse(403, "GatedRepo")
            return None
        commit = repository.commit_of(revision)
        if commit is None:
            self._refuse(404, "RevisionNotFound")
            return None
        return repository, commit

    def _read(self, parts: list[str]) -> None:
        match parts:
            case ["api", ("models" | "datasets") as kind, owner, name]:
                self._describe(kind, f"{owner}/{name}", "main")
            case ["api", ("models" | "datasets") as kind, owner, name, "revision", *revision]:
                self._describe(kind, f"{owner}/{name}", "/".join(revision))
            case ["api", ("models" | "datasets") as kind, owner, name, "tree", revision, *_]:
                self._list(kind, f"{owner}/{name}", revision)
            case ["datasets", owner, name, "resolve", revision, *path]:
                self._file("datasets", f"{owner}/{name}", revision, "/".join(path))
            case [owner, name, "resolve", revision, *path]:
                self._file("models", f"{owner}/{name}", revision, "/".join(path))
            case _:
                self._refuse(404, "EntryNotFound")

    def _describe(self, kind: str, name: str, revision: str) -> None:
        found = self._found(kind, name, revision)
        if found:
            files = [{"rfilename": path} for path in found[0].commits[found[1]]]
            self._send(200, {"id": name, "modelId": name, "sha": found[1], "siblings": files, "tags": []})

    def _list(self, kind: str, name: str, revision: str) -> None:
        found = self._found(kind, name, revision)
        if found:
            files = found[0].commits[found[1]].items()
            self._send(200, [{"type": "file", "path": p, "size": len(c), "oid": _blob(c)} for p, c in files])

    def _file(self, kind: str, name: str, revision: str, path: str) -> None:
        found = self._found(kind, name, revision)
        if found is None:
            return
        content = found[0].commits[found[1]].get(path)
        if content is None:
            self._refuse(404, "EntryNotFound")
        else:
            self._send(200, content=content, ETag=f'"{_blob(content)}"', X_Repo_Commit=found[1])

    def _write(self, parts: list[str]) -> None:
        if parts[0] == "large":
            self.hub.objects[hashlib.sha256(self.body).hexdigest()] = self.body
            self._send(200, {})
        elif not self._knows_us:
            self._refuse(401, "Unauthorized")
        else:
            self._push(parts)

    def _push(self, parts: list[str]) -> None:
        lines = [json.loads(line) for line in self.body.splitlines()]
        match parts:
            case ["api", "repos", "create"]:
                name = f"{lines[0]['organization']}/{lines[0]['name']}"
                if ("models", name) in self.hub.repositories:
                    self._send(409, {"error": "exists", "url": f"{self.hub.url}/{name}"})
                    return
                self.hub.add("models", name, "0" * 40, {".gitattributes": b"*.safetensors filter=lfs\n"})
                self.hub.repositories["models", name].private = lines[0].get("visibility") == "private"
                self._send(200, {"url": f"{self.hub.url}/{name}"})
            case ["api", "validate-yaml"]:
                self._send(200, {})
            case ["api", "models", _, _, "preupload", _]:
                self._send(200, {"files": [_mode(file) for file in lines[0]["files"]]})
            case [_, _, "info", "lfs", "objects", "batch"]:
                self._send(200, {"transfer": "basic", "objects": [self._slot(one) for one in lines[0]["objects"]]})
            case ["api", "models", owner, name, "commit", _]:
                self._commit(f"{owner}/{name}", lines)
            case _:
                self._refuse(404, "EntryNotFound")

    def _slot(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {**asked, "actions": {"upload": {"href": f"{self.hub.url}/large/{asked['oid']}"}}}

    def _commit(self, name: str, lines: list[dict[str, Any]]) -> None:
        repository = self.hub.repositories["models", name]
        files = dict(repository.commits[repository.names["main"]])
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.hub.objects[value["oid"]]
        commit = hashlib.sha1(self.body).hexdigest()
        self.hub.add("models", name, commit, files)
        self._send(200, {"commitUrl": f"{self.hub.url}/{name}/commit/{commit}", "commitOid": commit, "success": True})


def _mode(file: dict[str, Any]) -> dict[str, Any]:
    large = file["path"].endswith(".safetensors")
    return {"path": file["path"], "uploadMode": "lfs" if large else "regular", "shouldIgnore": False}


def _blob(content: bytes) -> str:
    """Name a file as git does."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
