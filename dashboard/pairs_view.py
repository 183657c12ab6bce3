"""The page Pairs: filters, the histogram of the gap, the list, and the reader. All texts appear as plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from scipy.special import expit

from dashboard import components, data, pairs_data, pairs_words, state, tables, text, theme, word_diff
from dashboard.charts import pairs as charts
from dashboard.figure import Figure, is_dark, show
from dashboard.pairs_data import GLOBAL, OWN, Tuned
from dashboard.pairs_words import CHOSEN, REJECTED
from dashboard.state import Selection
from scpo.config import ObjectiveConfig
from scpo.errors import ScpoError
from scpo.findings import pairs as engine

PAGE_ROWS = 25
TABLE = "pairs_table"
FACET = "facet_"
SHOWN, PROBLEM, TURN = "_shown_pairs", "_star_problem", "_range_turn"
LIST_HEIGHT, ROW_HEIGHT = 388, 35

AGREEMENTS: dict[str, engine.Agreement | None] = {"All": None, "Disagrees": "disagrees", "Agrees": "agrees"}
SPLITS: dict[str, engine.Split | None] = {"All": None, "Training": "train", "Test": "test"}
FLAGS: dict[str, bool | None] = {"All": None, "Only flagged": True, "Without flagged": False}
ORDERS: dict[str, tuple[engine.SortKey, bool]] = {
    "Most disagreement": ("gap", False),
    "Most agreement": ("gap", True),
    "Largest |gap|": ("size", True),
    "Smallest |gap|": ("size", False),
    "Largest margin": ("margin", True),
    "Smallest margin": ("margin", False),
    "Longest": ("length", True),
    "Shortest": ("length", False),
    "Order of the data": ("row", False),
}
WAYS: dict[str, engine.FlipWay | None] = {
    "All pairs": None,
    "Verdict flips": "either",
    "Gained: only the second is right": "gained",
    "Lost: only the first is right": "lost",
    "Both right": "both_right",
    "Both wrong": "both_wrong",
}
MARKING = ["Automatic", "Marked", "Plain"]


@dataclass(frozen=True, eq=False)
class Listed:
    """The pairs that match the filters, and what they are compared by."""

    scored: Any
    index: engine.PairIndex
    tuned: list[Tuned]
    objective: ObjectiveConfig
    rows: np.ndarray
    """Rows of the pairs, sorted."""

    without_range: np.ndarray
    """The rows that match all filters but the range of the gap, for the histogram."""

    gap_range: tuple[float | None, float | None]
    starred: list[str]
    models: dict[str, str]
    first: str
    second: str | None

    @property
    def ids(self) -> list[str]:
        """Return the ids of the listed pairs."""
        return self.index.ids[self.rows].tolist()

    def gap(self, model: str, setting: str | None) -> np.ndarray:
        """Return the gap of a compared model on every pair."""
        return pairs_data.gap_of(self.index, self.tuned, setting, model)


def choose(selection: Selection) -> Listed:
    """Draw the filters and return the pairs that match them."""
    scored, index = pairs_data.load_pairs(selection)
    tuned = pairs_data.load_tuned(selection)
    starred = pairs_data.load_stars(selection.dataset)
    query, models, first, second, way = engine.PairQuery(countries=selection.countries), {}, GLOBAL, None, None
    among = []
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="pair_filters"):
        words = st.text_input(
            "Search in prompt and responses",
            key=state.SEARCH,
            bind="query-params",
            on_change=first_page,
            placeholder="Upper and lower case alike",
            width=215,
        )
        agreement = _choice("Global model", AGREEMENTS, state.AGREEMENT)
        split = _choice("Users", SPLITS, state.USERS)
        order = st.selectbox(
            "Order",
            list(ORDERS),
            key=state.ORDER,
            bind="query-params",
            on_change=first_page,
            filter_mode=None,
            width=185,
        )
        with st.popover("More filters", icon=":material/filter_list:"):
            gap_range = _gap_range()
            query = replace(query, flagged=_flags(index), facets=_facets(index))
            if st.toggle("Only starred", key=state.STARRED, bind="query-params", on_change=first_page):
                among.append(engine.marked(index, starred))
            models = pairs_data.choices(tuned, selection.setting)
            if len(models) > 1:
                first, second, way = _flips(models)
    query = replace(query, agreement=AGREEMENTS[agreement], split=SPLITS[split])
    if words.strip():
        among.append(pairs_data.load_search(selection, words.strip()))
    if way is not None:
        gaps = [pairs_data.gap_of(index, tuned, selection.setting, one) for one in (first, second)]
        among.append(engine.flips(*gaps, way))
    without_range = engine.find_pairs(index, query, among=among)
    rows = in_range(index, without_range, gap_range)
    key, descending = ORDERS[order]
    return Listed(
        scored=scored,
        index=index,
        tuned=tuned,
        objective=pairs_data.objective_of(selection.setting, tuned),
        rows=engine.sort_pairs(index, rows, key, descending=descending),
        without_range=without_range,
        gap_range=gap_range,
        starred=starred,
        models=models,
        first=first,
        second=second,
    )


def in_range(index: engine.PairIndex, rows: np.ndarray, gap_range: tuple[float | None, float | None]) -> np.ndarray:
    """Return the rows whose gap is in a range; an open end is None."""
    low, high = gap_range
    gap = index.gap[rows]
    inside = np.ones(len(rows), dtype=bool)
    if low is not None:
        inside &= gap >= low
    if high is not None:
        inside &= gap < high
    return rows[inside]


def first_page() -> None:
    """Go back to the first page of the list: another filter makes another list."""
    st.session_state[state.PAGE] = 1


def _choice(label: str, options: Mapping[str, Any], key: str) -> str:
    return st.segmented_control(
        label, list(options), default="All", key=key, bind="query-params", required=True, on_change=first_page
    )


def _gap_range() -> tuple[float | None, float | None]:
    with st.container(horizontal=True):
        ends = [
            st.number_input(
                label,
                value=None,
                step=0.25,
                format="%.4g",
                key=key,
                bind="query-params",
                on_change=first_page,
                placeholder="open",
                width=150,
            )
            for label, key in (("Gap from", state.GAP_FROM), ("Gap below", state.GAP_BELOW))
        ]
    return ends[0], ends[1]


def _flags(index: engine.PairIndex) -> bool | None:
    if not index.knows_flags:
        st.caption("Flagged texts: these data have no moderation flags.")
        return None
    return FLAGS[_choice("Flagged by moderation", FLAGS, state.FLAGGED)]


def _facets(index: engine.PairIndex) -> tuple[tuple[str, tuple[str, ...]], ...]:
    chosen = []
    for name, (values, _) in index.facets.items():
        wanted = st.multiselect(
            text.plain(name.replace("_", " ").capitalize()),
            values,
            key=f"{FACET}{name}",
            bind="query-params",
            on_change=first_page,
            placeholder="All",
        )
        if wanted:
            chosen.append((name, tuple(wanted)))
    return tuple(chosen)


def _flips(models: dict[str, str]) -> tuple[str, str, engine.FlipWay | None]:
    """Draw what two models are compared by; return both and the way their verdicts go."""
    options = list(models)
    second = options.index(OWN) if OWN in options else 1
    first, other = (
        st.selectbox(
            label, options, index=i, format_func=models.get, key=key, bind="query-params", on_change=first_page
        )
        for label, i, key in (("First model", 0, state.FIRST), ("Second model", second, state.SECOND))
    )
    way = st.selectbox(
        "Verdicts of the two",
        list(WAYS),
        key=state.FLIPS,
        bind="query-params",
        on_change=first_page,
        filter_mode=None,
        help="Right: the model prefers what the person preferred. Only pairs of test users have a verdict of both.",
    )
    return first, other, WAYS[way]


def active_filters(listed: Listed) -> list[str]:
    """Name the filters that are set, in the words of their widgets."""
    given = st.session_state
    low, high = listed.gap_range
    found = [f"containing “{given[state.SEARCH].strip()}”"] if given.get(state.SEARCH, "").strip() else []
    if low is not None or high is not None:
        ends = [None if end is None else f"{end:g}".replace("-", "−") for end in (low, high)]
        found.append(" ".join(f"{word} {end}" for word, end in zip(("gap from", "below"), ends, strict=True) if end))
    found += [given[state.FLAGGED].lower()] if given.get(state.FLAGGED, "All") != "All" else []
    for name in listed.index.facets:
        wanted = given.get(f"{FACET}{name}") or []
        found += [f"{name.replace('_', ' ')}: {text.listed(wanted)}"] if wanted else []
    found += ["only starred"] if given.get(state.STARRED) else []
    if given.get(state.FLIPS, "All pairs") != "All pairs":
        first, second = listed.models[listed.first], listed.models[listed.second or GLOBAL]
        way = given[state.FLIPS]
        found.append(f"{way[0].lower()}{way[1:]} (first: {first}; second: {second})")
    return found


def clear(facets: Sequence[str]) -> None:
    """Set all filters of the page back."""
    defaults = {
        state.SEARCH: "",
        state.AGREEMENT: "All",
        state.USERS: "All",
        state.GAP_FROM: None,
        state.GAP_BELOW: None,
        state.STARRED: False,
        state.PAGE: 1,
    }
    present = {state.FLAGGED: "All", state.FLIPS: "All pairs", **{f"{FACET}{name}": [] for name in facets}}
    for key, value in (defaults | {k: v for k, v in present.items() if k in st.session_state}).items():
        st.session_state[key] = value


def show_active(listed: Listed) -> None:
    """Say which filters are set beside the visible ones, and offer to clear them all."""
    found = active_filters(listed)
    if not found and len(listed.rows):
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if found:
            st.caption(text.plain(f"Filters: {'; '.join(found)}."))
        st.button(
            "Clear filters",
            icon=":material/filter_alt_off:",
            key="clear_filters",
            type="tertiary",
            on_click=clear,
            args=(list(listed.index.facets),),
        )


def heading(listed: Listed) -> str:
    """Write the finding of the page."""
    index, rows = listed.index, listed.rows
    return pairs_words.title(len(rows), len(index), index.n_users(rows), int((index.gap[rows] < 0).sum()))


def show_histogram(selection: Selection, listed: Listed, pair_id: str | None) -> None:
    """Show the gaps; a click on a bar lists its pairs."""
    index, rows = listed.index, listed.without_range
    bins = engine.gap_bins(index, rows)
    low, high = listed.gap_range
    bins["inside"] = (bins["high"] > (-np.inf if low is None else low)) & (
        bins["low"] < (np.inf if high is None else high)
    )
    row = None if pair_id is None else index.row(pair_id)
    chosen = None if row is None else float(index.gap[row])
    few = " Fewer than ten people." if index.n_users(rows) < text.FEW_USERS else ""
    tau = listed.objective.tau or 1.0
    turn = _turn(listed.gap_range)
    drawn = [(a, b) for a, b in zip(bins["low"], bins["high"], strict=True)]
    show(
        Figure(
            name="pair_gaps",
            draw=lambda dark: charts.gap_histogram(bins, dark=dark, tau=tau, chosen=chosen, turn=turn),
            title=pairs_words.histogram_title(index.gap[rows]),
            subtitle=f"{text.count(len(rows), 'pair')} of {text.count(index.n_users(rows), 'person', 'people')}. "
            f"Click a bar to list its pairs.{few}",
            caption=components.caption(selection, []),
            alt=f"Histogram of the global model's gap on {len(rows):,} pairs.",
            how=text.how("pair_gap", "pair_tau"),
            table=bins.assign(verdict=["agrees" if a >= 0 else "disagrees" for a in bins["low"]]),
            columns=BINS,
        ),
        on_click=partial(after_bar_click, shown=listed.gap_range),
        on_row=lambda i: range_change(*drawn[i]),
        level=3,
    )


def _turn(gap_range: tuple[float | None, float | None]) -> int:
    """Count how often the range of the gap has changed in this session."""
    seen, turn = st.session_state.get(TURN, ((None, None), 0))
    st.session_state[TURN] = (gap_range, turn + (seen != gap_range))
    return st.session_state[TURN][1]


BINS = [
    tables.Column("low", "Gap from", "number"),
    tables.Column("high", "Gap below", "number"),
    tables.Column("verdict", "Global model"),
    tables.Column("n_pairs", "Pairs", "count"),
    tables.Column("n_users", "People", "count"),
]


def after_bar_click(selection: Mapping[str, Any], *, shown: tuple[float | None, float | None]) -> dict[str, Any]:
    """Return the widgets to change after a click on the histogram: the bar's range, or no range if it is chosen."""
    bar = state.clicked_bar(selection)
    if bar is None or charts.range_of(bar) == shown:
        return {state.GAP_FROM: None, state.GAP_BELOW: None, state.PAGE: 1}
    return range_change(*charts.range_of(bar))


def range_change(low: float, high: float) -> dict[str, Any]:
    """Return the widgets to change for a range of the gap."""
    return {state.GAP_FROM: float(low), state.GAP_BELOW: float(high), state.PAGE: 1}


def chosen_pair(index: engine.PairIndex) -> str | None:
    """Return the pair that is read, None without one, and keep the address in step with it."""
    if state.just_arrived():
        st.session_state[state.PAIR] = st.query_params.get(state.PAIR) or st.session_state.get(state.PAIR, "")
    typed = st.session_state.get(state.PAIR, "")
    if st.query_params.get(state.PAIR, "") != typed:
        if typed:
            st.query_params[state.PAIR] = typed
        else:
            del st.query_params[state.PAIR]
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


def go_to(pair_id: str, page: int) -> None:
    """Open a pair and the page of the list it is on."""
    st.session_state[state.PAIR] = pair_id
    st.session_state[state.PAGE] = page


def show_list(selection: Selection, listed: Listed, pair_id: str | None) -> None:
    """Show a page of the list; a row opens its pair."""
    if not len(listed.rows):
        st.info(f"No pair matches. {_advice(listed)}", icon=":material/search_off:")
        return
    ids, pages = listed.ids, n_pages(len(listed.rows))
    place = place_in(ids, pair_id)
    if state.just_arrived() and place is not None and state.PAGE not in st.query_params:
        st.session_state[state.PAGE] = page_of(place)
    page = st.session_state.get(state.PAGE, 1)
    if page > pages:
        st.session_state[state.PAGE] = pages
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        note = st.empty()
        page = st.pagination(pages, key=state.PAGE, bind="query-params")
    start = (page - 1) * PAGE_ROWS
    on_page = listed.rows[start : start + PAGE_ROWS]
    note.caption(f"{start + 1:,} to {start + len(on_page):,} of {len(ids):,}: click a row to read it")
    shown = pairs_words.list_rows(
        listed.scored,
        listed.index,
        on_page,
        name=_names(selection),
        starred=listed.starred,
        first=None if listed.first == GLOBAL else listed.gap(listed.first, selection.setting),
        second=None if listed.second is None else listed.gap(listed.second, selection.setting),
        objective=listed.objective,
        compared_first=st.session_state.get(state.FLIPS, "All pairs") != "All pairs",
    )
    page_ids = shown["Pair"].tolist()
    _keep_selection([page_ids.index(pair_id)] if pair_id in page_ids else [])
    st.dataframe(
        shown,
        key=TABLE,
        hide_index=True,
        height=min(LIST_HEIGHT, ROW_HEIGHT * (len(shown) + 1) + 3),
        column_config=_columns(listed),
        on_select=partial(_choose, page_ids),
        selection_mode=["single-row", "single-cell"],
        alt=f"List of {len(ids):,} pairs, page {page} of {pages}",
        placeholder="",
    )


def _advice(listed: Listed) -> str:
    if st.session_state.get(state.STARRED) and not listed.starred:
        return "Nothing is starred yet: open a pair and star it."
    return "Loosen a filter, or clear them all."


def _names(selection: Selection) -> Any:
    return pairs_data.community_name(data.list_datasets()[selection.dataset])


def _keep_selection(wanted: list[int]) -> None:
    """Mark the row of the pair that is read, also when a button or a link has opened it."""
    now = st.session_state.get(TABLE, {}).get("selection", {})
    if now.get("rows", []) != wanted or now.get("cells", []):
        st.session_state[TABLE] = {"selection": {"rows": wanted, "columns": [], "cells": []}}


def clicked_pair(selection: Mapping[str, Any], ids: Sequence[str]) -> str | None:
    """Return the pair of the clicked row or cell; None if the click took the choice back."""
    found = selection.get("selection", {})
    places = [*(cell[0] for cell in found.get("cells", [])), *found.get("rows", [])]
    return ids[places[0]] if places and places[0] < len(ids) else None


def _choose(ids: list[str]) -> None:
    st.session_state[state.PAIR] = clicked_pair(st.session_state[TABLE], ids) or ""


def _columns(listed: Listed) -> dict:
    number, words = st.column_config.NumberColumn, st.column_config.TextColumn
    names = [listed.models.get(one or "", "") for one in (listed.first, listed.second)]
    return {
        "★": words(width=25, pinned=True, help="Starred"),
        "Gap": number(format="%+.2f", width=60, pinned=True, help="The global model's reward for A minus B"),
        "p": number(format="%.2f", width=50, help="Probability the global model gives the person's choice"),
        "Global model": words(width=90),
        "First gap": number(format="%+.2f", width=75, help=text.plain(names[0])),
        "Second gap": number(format="%+.2f", width=85, help=text.plain(names[1])),
        "Outcome": words(width=85, help="What the second model makes of it after the first; test users only"),
        "Prompt": words(width=265),
        "Chosen": words(width=200),
        "Rejected": words(width=200),
        "Margin": number(format="%.0f", width=60, help="Difference of the person's scores"),
        "Community": words(width=95),
        "Users": words(width=65),
        "Weight": number(
            format="%.2f",
            width=60,
            help=text.plain(f"In a training with {pairs_data.setting_words(listed.objective)}; 0 is dropped"),
        ),
        "Characters": number(format="localized", width=80),
    }


def show_reader(selection: Selection, listed: Listed, pair_id: str | None) -> None:
    """Show one pair with everything that is known about it."""
    ids = listed.ids
    place = place_in(ids, pair_id)
    typed = st.session_state.get(state.PAIR, "")
    if pair_id is None:
        if typed:
            st.warning(text.plain(f"There is no pair {typed} in these data."), icon=":material/search_off:")
        with st.container(horizontal=True, vertical_alignment="center"):
            _steps(ids, None)
            st.caption("Choose a row to read a pair.")
        return
    row = listed.index.row(pair_id)
    detail = engine.read_pair(listed.scored, row)
    st.subheader(text.plain(f"Pair {pair_id}"), anchor=False)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="pair_steps"):
        _steps(ids, place)
        _star(selection.dataset, pair_id, starred=pair_id in listed.starred)
        where = f"{place + 1:,} of {len(ids):,}" if place is not None else "not in the list under these filters"
        st.caption(text.plain(f"{where} · {facts(detail, _names(selection))}"))
    tuned = _tuned_gaps(selection, listed, detail.country, row)
    own = next(((one.setting_label, gaps) for one, gaps in tuned if one.setting == selection.setting), None)
    _verdict(pairs_words.verdict(detail, listed.objective, own, any_runs=bool(listed.tuned)))
    blurred = _warning(detail)
    _texts(detail, own, blurred=blurred)
    _all_settings(detail, tuned)
    st.caption(text.plain(_source(selection, tuned)))


def _steps(ids: Sequence[str], place: int | None) -> None:
    """Draw the buttons to the pairs before and after."""
    before, after = neighbours(ids, place)
    for label, target, icon, key, shortcut in (
        ("Previous", before, ":material/chevron_left:", "previous_pair", "P"),
        ("Next", after, ":material/chevron_right:", "next_pair", "N"),
    ):
        st.button(
            label,
            icon=icon,
            key=key,
            disabled=target is None,
            shortcut=shortcut,
            on_click=go_to,
            args=("", 1) if target is None else (ids[target], page_of(target)),
        )


def _star(dataset: str, pair_id: str, *, starred: bool) -> None:
    st.button(
        "Starred" if starred else "Star",
        icon=":material/star:" if starred else ":material/star_border:",
        key="star_pair",
        type="primary" if starred else "secondary",
        shortcut="S",
        on_click=toggle_star,
        args=(dataset, pair_id),
        kwargs={"starred": not starred},
        help="Starred pairs are kept with the data, for the list and for reports.",
    )
    problem = st.session_state.pop(PROBLEM, None)
    if problem:
        st.error(text.plain(problem), icon=":material/error:")


def toggle_star(dataset: str, pair_id: str, *, starred: bool) -> None:
    """Star a pair or take its star away; a failure is a sentence on the page."""
    try:
        pairs_data.keep_star(dataset, pair_id, starred=starred)
    except (ScpoError, OSError) as error:
        st.session_state[PROBLEM] = f"The star could not be kept: {error}"


def facts(detail: Any, name: Any) -> str:
    """Write whose pair it is and where it stands in its conversation."""
    found = [name(detail.country) if detail.country else "no community"]
    found.append("test user" if detail.split == "test" else "training user")
    found += [value if value.isprintable() else repr(value) for value in detail.facets.values()]
    found += [f"turn {detail.turn + 1}"] if detail.turn is not None else []
    return " · ".join(found)


def _tuned_gaps(selection: Selection, listed: Listed, country: str | None, row: int) -> list[tuple[Tuned, np.ndarray]]:
    """Return the settings of the pair's own country with their gaps on it, one per run."""
    places = np.flatnonzero(listed.index.test_rows == row)
    if not places.size:
        return []
    order = list(theme.METHODS)
    own = [one for one in listed.tuned if one.country == country]
    own.sort(key=lambda one: order.index(one.model.objective.method))
    return [(one, one.model.gap[:, places[0]]) for one in own]


def _verdict(sentences: dict[str, str]) -> None:
    lines = [f"**{text.plain(who)}** {text.plain(words)}" for who, words in sentences.items()]
    with st.container(border=True, key="pair_verdict"):
        st.markdown("  \n".join(lines))


def _warning(detail: Any) -> bool:
    """Show the warning about the texts; return whether they are blurred."""
    shown: set[str] = st.session_state.setdefault(SHOWN, set())
    if not detail.flagged:
        st.caption(f":material/warning: {text.plain(pairs_words.WARNING)}")
        return False
    blurred = detail.pair_id not in shown
    with st.container(horizontal=True, vertical_alignment="center"):
        st.warning(
            text.plain(f"Moderation has flagged this text. {pairs_words.WARNING}"), icon=":material/visibility_off:"
        )
        st.button(
            "Show the text" if blurred else "Blur it again",
            key="show_flagged",
            on_click=(shown.add if blurred else shown.discard),
            args=(detail.pair_id,),
        )
    return blurred


def style(*, dark: bool) -> str:
    """Return the look of texts: blue and underlined only in A, orange and dashed only in B."""
    strength = "33" if dark else "22"
    return f"""<style>
.pair-text {{ white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.55; unicode-bidi: isolate; }}
.pair-blurred {{ filter: blur(7px); user-select: none; pointer-events: none; }}
.pair-text ins, .pair-text del {{ color: inherit; border-radius: 2px; text-underline-offset: 3px; }}
.pair-text ins {{ background: {theme.GAIN}{strength}; text-decoration: underline solid {theme.GAIN} 2px; }}
.pair-text del {{ background: {theme.LOSS}{strength}; text-decoration: underline dashed {theme.LOSS} 2px; }}
</style>"""


def _texts(detail: Any, own: tuple[str, np.ndarray] | None, *, blurred: bool) -> None:
    """Show the conversation before, the prompt, and both responses side by side."""
    st.html(style(dark=is_dark()))
    if detail.earlier:
        with st.expander(f"Before this turn · {text.count(len(detail.earlier), 'turn')}", icon=":material/history:"):
            for one in detail.earlier:
                st.caption("The person")
                st.html(word_diff.plain_html(one.prompt, blurred=blurred))
                st.caption("The response it went on with")
                known = one.response is not None
                st.html(word_diff.plain_html(one.response if known else "not known", blurred=blurred and known))
    with st.container(border=True, key="pair_prompt"):
        st.caption("**Prompt**")
        st.html(word_diff.plain_html(detail.prompt, blurred=blurred))
    found = _difference(detail)
    right_mean = None if own is None else float(own[1].mean())
    for column, name, side, spans, mark, sign in zip(
        st.columns(2, gap="medium"),
        (f"{CHOSEN}, preferred by the person", f"{REJECTED}, not preferred"),
        (detail.chosen, detail.rejected),
        (found.first, found.second),
        ("ins", "del"),
        (1, -1),
        strict=True,
    ):
        with column, st.container(border=True, height="stretch", key=f"pair_{mark}"):
            st.markdown(f"**{text.plain(name)}**")
            _gauges(side, sign * detail.gap, None if right_mean is None else sign * right_mean)
            st.html(word_diff.as_html(spans, mark, blurred=blurred))


def _difference(detail: Any) -> word_diff.Difference:
    """Draw how differences are marked, say what the texts share, and return the stretches to show."""
    found = word_diff.difference(detail.chosen.response, detail.rejected.response)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        marking = st.segmented_control(
            "Words that differ",
            MARKING,
            default="Automatic",
            key=state.DIFFERENCES,
            bind="query-params",
            required=True,
            help=f"Automatic marks texts that share at least {word_diff.ALIKE:.0%} of their words: in others nearly "
            "everything would be marked.",
        )
        marked = is_marked(found, marking)
        st.caption(text.plain(difference_words(found, marked=marked)))
    if marked:
        return found
    sides = (detail.chosen.response, detail.rejected.response)
    return word_diff.Difference(*((word_diff.Span(one, False),) for one in sides), found.shared)


def is_marked(found: word_diff.Difference, marking: str) -> bool:
    """Tell whether the words that differ are marked."""
    if found.shared is None or marking == "Plain":
        return False
    return marking == "Marked" or found.shared >= word_diff.ALIKE


def difference_words(found: word_diff.Difference, *, marked: bool) -> str:
    """Write what two texts share and how differences are marked."""
    if found.shared is None:
        return f"The texts are too long to compare word by word (more than {word_diff.MOST_WORDS:,} words)."
    shared = f"{found.shared:.0%} of the words stand in passages that both share."
    legend = f" Underlined: only in {CHOSEN}; dashed: only in {REJECTED}."
    return shared + (legend if marked else " Differences are not marked.")


def _gauges(side: Any, gap: float, tuned: float | None) -> None:
    """Draw score and preference of one response; `gap` is its reward minus the other's."""
    with st.container(gap="xxsmall"):
        if side.score is not None:
            st.progress(min(1.0, max(0.0, side.score / 100)), text=f"Person's score: {side.score:g} of 100")
        p = float(expit(gap))
        st.progress(p, text=text.plain(f"Global model: p {p:.2f}, reward {pairs_words.number(side.reward)}"))
        if tuned is not None:
            p = float(expit(tuned))
            st.progress(p, text=text.plain(f"Finetuned model: p {p:.2f}"))
    if side.model_name:
        st.caption(text.plain(f"Written by {side.model_name}"))


def _all_settings(detail: Any, tuned: list[tuple[Tuned, np.ndarray]]) -> None:
    """Show what every finished setting of the country makes of the pair."""
    if not tuned:
        return
    with st.expander(f"Under every setting of the country · {len(tuned)}", icon=":material/grid_view:"):
        st.dataframe(
            setting_rows(detail.gap, tuned), hide_index=True, key="pair_settings", alt="Gap under each setting"
        )


def setting_rows(before: float, tuned: list[tuple[Tuned, np.ndarray]]) -> pd.DataFrame:
    """Return one row per setting: the gap, its range over seeds, and what became of the pair."""
    means = [float(gaps.mean()) for _, gaps in tuned]
    return pd.DataFrame(
        {
            "Setting": [one.setting_label for one, _ in tuned],
            "Gap": [round(mean, 2) for mean in means],
            "Lowest": [round(float(gaps.min()), 2) for _, gaps in tuned],
            "Highest": [round(float(gaps.max()), 2) for _, gaps in tuned],
            "Outcome": [pairs_words.OUTCOMES[engine.outcome(before, mean)] for mean in means],
            "Seeds": [gaps.size for _, gaps in tuned],
        }
    )


def _source(selection: Selection, tuned: list[tuple[Tuned, np.ndarray]]) -> str:
    runs = [run for one, _ in tuned if one.setting == selection.setting for run in one.model.runs]
    return components.caption(selection, runs).removeprefix(text.SAMPLE_BANNER).strip()
