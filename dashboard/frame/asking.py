"""Widgets that the address sets and says: what it asks for and they do not offer is named, see `frame.lost`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, overload

import streamlit as st

from dashboard.frame import lost
from dashboard.kit import glossary, text

Options = Mapping[str, str] | Collection[str]
"""What is offered: options to labels, or words that are both."""


@overload
def choose(label: str, key: str, options: Options, *, noun: str = "", index: None, **look: Any) -> str | None: ...
@overload
def choose(label: str, key: str, options: Options, *, noun: str = "", index: int = 0, **look: Any) -> str: ...
def choose(label: str, key: str, options: Options, *, noun: str = "", **look: Any) -> str | None:
    """Draw a list to choose one from.

    Parameters
    ----------
    key : str
        Name of the URL parameter.
    noun : str
        What is chosen; the label if not given.
    look
        What `streamlit.selectbox` takes; a list that begins empty can be searched.
    """
    look = {"filter_mode": "fuzzy" if look.get("index", 0) is None else None} | look
    return st.selectbox(glossary.said(label), **bound(noun or _noun(label), key, options), **look)


def segments(label: str, key: str, options: Options, *, noun: str = "", **look: Any) -> str:
    """Draw a few options side by side, of which one is always chosen; see `choose`."""
    chosen: str = st.segmented_control(
        glossary.said(label), required=True, **bound(noun or _noun(label), key, options), **look
    )
    return chosen


def several(label: str, key: str, options: Options, *, noun: str = "", **look: Any) -> list[str]:
    """Draw a list to choose any number from; see `choose`."""
    return st.multiselect(glossary.said(label), **bound(noun or _noun(label), key, options), **look)


def switch(label: str, key: str, *, noun: str = "", place: Any = st, **look: Any) -> bool:
    """Draw something that is on or off, in a place; see `choose`."""
    lost.check(noun or _noun(label), key, lost.is_switch)
    return bool(place.toggle(label, key=key, bind="query-params", **look))


def tabs(key: str, contents: Mapping[str, Callable[[], None]]) -> None:
    """Draw tabs of which only the open one computes what it holds."""
    lost.check("section", key, contents)
    places = st.tabs(list(contents), key=key, on_change="rerun", bind="query-params")
    for place, draw in zip(places, contents.values(), strict=True):
        with place:
            if place.open:
                draw()


def _noun(label: str) -> str:
    return label[:1].lower() + label[1:]


def bound(noun: str, key: str, options: Options) -> dict[str, Any]:
    """Name what the address asks for and is not offered; return how any widget offers these options."""
    known = options.values() if isinstance(options, Mapping) else options
    lost.check(noun, key, known)
    labels = {"format_func": text.label_of(options)} if isinstance(options, Mapping) else {}
    return {"options": list(options), "key": key, "bind": "query-params", **labels}
