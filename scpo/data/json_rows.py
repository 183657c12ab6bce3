"""Objects of JSON lines, with the line each stands at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scpo.data.opening import Opened, open_file

INVALID_JSON = "invalid JSON"
NOT_AN_OBJECT = "not a JSON object"
BAD_UNICODE = "half a surrogate pair, no valid text"


def json_objects(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Yield (line number, object) of a JSON lines file, or (line number, reason) where a line holds none.

    A bare ``NaN`` stands for ``null``, at any depth. Blank lines are skipped.
    """
    return objects_of(open_file(path))


def row_decoder() -> json.JSONDecoder:
    """Return what reads an object; a bare ``NaN`` stands for ``null``."""
    return json.JSONDecoder(parse_constant=lambda name: None if name == "NaN" else name)


def objects_of(opened: Opened) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Yield what `json_objects` does."""
    decoder = row_decoder()
    for number, text in opened.lines():
        stripped = text.strip()
        if not stripped:
            continue
        try:
            value = decoder.decode(stripped)
        except (ValueError, RecursionError):
            yield number, INVALID_JSON
            continue
        yield number, checked(value, escapes="\\ud" in stripped or "\\uD" in stripped)


def checked(value: Any, *, escapes: bool) -> dict[str, Any] | str:
    """Return an object that is valid text throughout, or why it is none."""
    if not isinstance(value, dict):
        return NOT_AN_OBJECT
    return BAD_UNICODE if escapes and not _is_valid_unicode(value) else value


def _is_valid_unicode(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
