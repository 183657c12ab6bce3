"""The golden cache: what the version before has left on disk, unpacked, and what its commands printed about it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).parent / "golden"


def unpack(folder: Path) -> Path:
    """Unpack the cache and return its root."""
    with zipfile.ZipFile(GOLDEN / "cache.zip") as archive:
        archive.extractall(folder)
    return folder


def printed(command: str) -> Any:
    """Return the document that a command printed."""
    return json.loads((GOLDEN / f"{command}.json").read_text(encoding="utf-8"))
