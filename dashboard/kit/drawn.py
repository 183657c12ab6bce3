"""Pictures for the screen that were drawn before: whoever looks at the same again does not have them drawn anew.

What a picture is drawn from are the values that its function holds: tables, words, settings. They are its key, so that
a picture of other values is another one, and a function that holds what has no such key is called every time.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from functools import partial
from hashlib import blake2b
from types import FunctionType
from typing import Any

import altair as alt

from dashboard.kit import exports
from dashboard.kit.live import Live
from scpo.once import Once

MOST_KEPT = 96
"""Pictures that are kept."""

_KEPT: Once[Live] = Once(MOST_KEPT)


def drawn(draw: Callable[[bool], alt.TopLevelMixin | Live], *, dark: bool, keep: bool = True) -> Live:
    """Return the picture that a function draws for the dark or light mode; one that was drawn before is not again.

    Parameters
    ----------
    keep : bool
        Whether it may be asked for again; a place of a slider is not, and would only put out what is.
    """

    def draw_anew() -> Live:
        chart = draw(dark)
        return chart if isinstance(chart, Live) else Live.of(exports.spec_of(chart, validate=False)).packed()

    key = _key(draw, dark) if keep else None
    return draw_anew() if key is None else _KEPT.get(key, draw_anew)


def _key(draw: Callable[..., Any], dark: bool) -> bytes | None:
    """Return the hash of everything that a function draws from; None where it cannot be told."""
    written = io.BytesIO()
    pickler = pickle.Pickler(written, pickle.HIGHEST_PROTOCOL)
    pickler.fast = True  # what is equal is written alike, whether it is one object or several
    try:
        pickler.dump((_causes(draw), dark))
    except (pickle.PicklingError, TypeError, AttributeError, ValueError, RecursionError):
        return None
    return blake2b(written.getbuffer(), digest_size=20).digest()


def _causes(value: Any) -> Any:
    """Return the code of a function with the values it holds, also of functions that it holds."""
    if isinstance(value, partial):
        return "partial", _causes(value.func), tuple(map(_causes, value.args)), _causes(value.keywords)
    if isinstance(value, dict):
        return {name: _causes(one) for name, one in value.items()}
    if not isinstance(value, FunctionType):
        return value
    code, cells = value.__code__, tuple(_causes(cell.cell_contents) for cell in value.__closure__ or ())
    held = cells, _causes(value.__defaults__), _causes(value.__kwdefaults__)
    return value.__module__, value.__qualname__, code.co_firstlineno, code.co_code, held
