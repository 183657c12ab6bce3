"""Results that took seconds, kept as JSON under the hash of their causes."""

from __future__ import annotations

from typing import Any

from scpo.store.cache import Store, write_json


def read_kept(store: Store, kind: str, key: str) -> dict[str, Any] | None:
    """Read a kept result; None if there is none.

    Parameters
    ----------
    kind : str
        Folder of the cache, for example ``divergences``.
    """
    path = store.folder(kind, key) / "result.json"
    if not path.is_file():
        return None
    return dict(store.read_json(path, what=f"{kind} {key}", entry=path.parent))


def keep(store: Store, kind: str, key: str, result: dict[str, Any]) -> None:
    """Keep a result."""
    write_json(store.folder(kind, key) / "result.json", result)
