"""One rule for the names of data sets, models and studies: what is new must keep it, what is there is read as it is."""

from __future__ import annotations

import hashlib
import os
import re

from scpo.errors import InputError

MOST_NAME = 100
"""Characters of a name: two of them and a word make the name of a file."""

MOST_BYTES = 255
"""Bytes of the name of a file or folder, on all usual file systems."""

RULE = (
    f"a name has 1 to {MOST_NAME} letters (a-z, A-Z), digits, dots, dashes or underscores, "
    "and begins with a letter or digit"
)
_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{MOST_NAME - 1}}}")


def is_name(text: str) -> bool:
    """Tell whether a text can be the name of something new, see `RULE`."""
    return _NAME.fullmatch(text) is not None


def checked_name(text: str) -> str:
    """Return the name of something new.

    Raises
    ------
    InputError
        If it breaks `RULE`; the message shows at most its beginning.
    """
    if not is_name(text):
        shown = text if len(text) <= 40 else f"{text[:40]}…"
        raise InputError(f"{shown!r} is no name: {RULE}")
    return text


def plain_name(text: str, *, most: int = MOST_NAME) -> str:
    """Make a name of a text: other characters become dashes; where it is cut, a hash tells it from its like.

    Examples
    --------
    >>> plain_name("paper-sample-mine (plain)")
    'paper-sample-mine-plain'
    """
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", text).lstrip("._-").rstrip("-") or "unnamed"
    if len(name) <= most:
        return name
    return f"{name[: most - 9]}-{hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()[:8]}"


def is_folder_name(text: str) -> bool:
    """Tell whether a text can be the name of a folder, as names were before there was a rule."""
    try:
        length = len(os.fsencode(text))
    except UnicodeEncodeError:
        return False
    return 0 < length <= MOST_BYTES and not text.startswith(".") and not set(text) & set("/\\\0")
