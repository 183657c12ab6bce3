"""The list of the page Pairs: which pair is read, pages of rows, and the click on a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from dashboard.frame import load, lost, places, state, widgets
from dashboard.frame.state import Selection
from dashboard.kit import clicks, glossary, text
from dashboard.pairs import filters, words
from dashboard.pairs.filters import Listed
from dashboard.pairs.load import gap_of, setting_words
from scpo.results import pairs as engine
from scpo.results.sides import GLOBAL

PAGE_ROWS = 25
TABLE = "pairs_table"
SHOWN_ROWS, ROW_HEIGHT = 11, 33
"""Rows one sees without scrolling, and their height in pixels."""


def chosen_pair(index: engine.PairIndex) -> str | None:
    """Return the pair that is read, None without one."""
    if state.just_arrived():
        st.session_state[places.PAIR] = state.arrived_with(places.PAIR, st.session_state.get(places.PAIR, ""))
    typed = st.session_state.get(places.PAIR, "")
    return typed if index.row(typed) is not None else None


def page_of(place: int) -> int:
    """Return the page on which a place of the list, counted from 0, is found."""
    return place // PAGE_ROWS + 1


def n_pages(n_rows: int) -> int:
    """Return how many pages a list has; an empty one has one."""
    return max(1, -(-n_rows // PAGE_ROWS))


def place_in(ids: Sequence[str], pair_id: str | None) -> int | None:
    """Return the place of a pair in the list, counted from 0."""
    return ids.index(pair_id) if pair_id in ids else None


def neighbours(ids: Sequence[str], place: int | None) -> tuple[int | None, int | None]:
    """Return the places before and after one; without one the first place follows."""
    if place is None:
        return None, 0 if ids else None
    return place - 1 if place > 0 else None, place + 1 if place + 1 < len(ids) else None


def step(ids: Sequence[str], way: int) -> None:
    """Open the pair before (-1) or after (1) the one that is open now, and the page of the list it is on.

    It starts from what is open, not from what was drawn: of two quick clicks the second goes on from the first.
    """
    before, after = neighbours(ids, place_in(ids, st.session_state.get(places.PAIR)))
    target = before if way < 0 else after
    if target is not None:
        st.session_state[places.PAIR] = ids[target]
        st.session_state[filters.PAGE] = page_of(target)


def show_list(selection: Selection, listed: Listed, pair_id: str | None) -> None:
    """Show a page of the list; a row opens its pair."""
    if not len(listed.rows):
        st.info(f"No pair matches. {_advice(listed)}", icon=":material/search_off:")
        return
    ids, pages = listed.ids, n_pages(len(listed.rows))
    place = place_in(ids, pair_id)
    if state.just_arrived() and place is not None and filters.PAGE not in st.query_params:
        st.session_state[filters.PAGE] = page_of(place)
    lost.check("page", filters.PAGE, [str(number + 1) for number in range(pages)])
    page = st.session_state.get(filters.PAGE, 1)
    if page > pages:
        st.session_state[filters.PAGE] = pages
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        # The pages stand on the left: on the right the table's own toolbar would cover them.
        page = st.pagination(pages, key=filters.PAGE, bind="query-params")
        note = st.empty()
    start = (page - 1) * PAGE_ROWS
    on_page = listed.rows[start : start + PAGE_ROWS]
    note.caption(f"{start + 1:,} to {start + len(on_page):,} of {len(ids):,}: click a row to read it")
    shown = words.list_rows(
        listed.scored,
        listed.index,
        on_page,
        name=load.name_of(selection),
        starred=listed.starred,
        first=None if listed.first == GLOBAL else gap_of(selection, listed.index, listed.first),
        second=None if listed.second is None else gap_of(selection, listed.index, listed.second),
        objective=listed.objective,
        compared_first=st.session_state.get(places.FLIPS, places.ANY_WAY) != places.ANY_WAY,
    )
    page_ids = shown["Pair"].tolist()
    _keep_selection([page_ids.index(pair_id)] if pair_id in page_ids else [])
    st.dataframe(
        shown,
        key=TABLE,
        hide_index=True,
        height=ROW_HEIGHT * (min(SHOWN_ROWS, len(shown)) + 1) + 3,
        row_height=ROW_HEIGHT,
        column_config=_columns(listed),
        on_select=partial(_choose, page_ids, shown.columns[0]),
        selection_mode=["single-row", "single-cell"],
        alt=f"List of {text.count(len(ids), 'pair')}, page {page} of {pages}",
        placeholder="",
    )


def _advice(listed: Listed) -> str:
    if st.session_state.get(filters.STARRED) and not listed.starred:
        return "Nothing is starred yet: open a pair and star it."
    return "Loosen a filter, or clear them all."


def _keep_selection(wanted: list[int]) -> None:
    """Mark the row of the pair that is read, also when a button or a link has opened it."""
    now = st.session_state.get(TABLE, {}).get("selection", {})
    if now.get("rows", []) != wanted or now.get("cells", []):
        st.session_state[TABLE] = {"selection": {"rows": wanted, "columns": [], "cells": []}}


def clicked_pair(selection: Mapping[str, Any], ids: Sequence[str], first: str, *, marked: bool) -> str | None:
    """Return the pair of the clicked row or cell; None if the click took the choice back.

    Parameters
    ----------
    first : str
        The first column of the table.
    marked : bool
        Whether a row of the table was marked before.
    """
    cell = clicks.clicked_cell(selection, marked=marked, first=first)
    places = selection.get("selection", {}).get("rows", []) if cell is None else [cell]
    return ids[places[0]] if places and places[0] < len(ids) else None


def write_address() -> None:
    """Have the address name the pair that is read: after the list, so that who has heard of one has heard of both."""
    widgets.write_address(places.PAIR, st.session_state.get(places.PAIR, ""))


def _choose(ids: list[str], first: str) -> None:
    """Open the pair of the clicked row.

    The pair that the browser's address names is none that was just clicked: a browser that has not heard yet that a
    button has opened another one reports the row of that address.
    """
    marked = st.session_state.get(places.PAIR, "") in ids
    found = clicked_pair(st.session_state[TABLE], ids, first, marked=marked) or ""
    if found != st.query_params.get(places.PAIR, ""):
        st.session_state[places.PAIR] = found


def _columns(listed: Listed) -> dict[str, Any]:
    as_number, as_text = st.column_config.NumberColumn, st.column_config.TextColumn
    names = [listed.models.get(one or "", "") for one in (listed.first, listed.second)]
    columns = {
        "★": as_text(width=25, pinned=True, help="Starred"),
        "Gap": as_number(format="%+.2f", width=60, pinned=True, help="The global model's reward for A minus B"),
        "p": as_number(format="%.2f", width=50, help="Probability the global model gives the person's choice"),
        "Global model": as_text(width=90),
        "First gap": as_number(format="%+.2f", width=75, help=text.plain(names[0])),
        "Second gap": as_number(format="%+.2f", width=85, help=text.plain(names[1])),
        "Outcome": as_text(width=85, help="What the second model makes of it after the first; test users only"),
        "Prompt": as_text(width=230),
        "Chosen": as_text(width=200),
        "Rejected": as_text(width=200),
        "Margin": as_number(format="%.0f", width=60, help="Difference of the person's scores"),
        "Community": as_text(width=95),
        "Users": as_text(width=65),
        "Weight": as_number(
            format="%.2f",
            width=60,
            help=text.plain(f"In a training with {setting_words(listed.objective)}; 0 is dropped"),
        ),
        "Characters": as_number(format="localized", width=80),
    }
    return {name: _in_words_of_this_run(name, one) for name, one in columns.items()}


def _in_words_of_this_run(name: str, column: Any) -> Any:
    """Return the column under the name that this run has for it, and as wide as its type is large."""
    column["label"] = glossary.said(name)
    column["width"] = round(glossary.grown(float(column["width"] or 0)))
    return column
