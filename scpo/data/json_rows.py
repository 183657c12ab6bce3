"""Objects of JSON lines, of a JSON array, or of the one array in an object, with the place each stands at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scpo.data.opening import Opened, open_file
from scpo.errors import DataError
from scpo.words import counted

INVALID_JSON = "invalid JSON"
NOT_AN_OBJECT = "not a JSON object"
BAD_UNICODE = "half a surrogate pair, no valid text"


def json_objects(path: Path) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Yield (line number, object) of a JSON lines file, or (line number, reason) where a line holds none.

    A bare ``NaN`` stands for ``null``, at any depth. Blank lines are skipped.
    """
    return objects_of(open_file(path))


def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(parse_constant=lambda name: None if name == "NaN" else name)


def objects_of(opened: Opened) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Yield what `json_objects` does."""
    decoder = _decoder()
    for number, text in opened.lines():
        stripped = text.strip()
        if not stripped:
            continue
        try:
            value = decoder.decode(stripped)
        except (ValueError, RecursionError):
            yield number, INVALID_JSON
            continue
        yield number, _checked(value, escapes="\\ud" in stripped or "\\uD" in stripped)


def array_of(opened: Opened) -> Iterator[tuple[int, dict[str, Any] | str]]:
    """Yield (position from 1, object) of a JSON array, or of the one array of objects that an object holds."""
    text = "".join(line for _, line in opened.lines())
    try:
        values = _decoder().decode(text.strip())
    except (ValueError, RecursionError) as error:
        raise DataError(f"{opened.path.name} is no valid JSON ({error}); write it again") from error
    if isinstance(values, dict):
        arrays = [name for name, value in values.items() if isinstance(value, list)]
        if len(arrays) != 1:
            raise DataError(
                f"{opened.path.name} is one JSON object with {counted(len(arrays), 'list')}; write the rows as a JSON "
                "array or as JSON lines"
            )
        values = values[arrays[0]]
    for number, value in enumerate(values, 1):
        yield number, _checked(value, escapes=True)


def _checked(value: Any, *, escapes: bool) -> dict[str, Any] | str:
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
