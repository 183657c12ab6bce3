"""Turns whose pick changes, the worst losses first: a list, and one turn with both picks side by side."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.behaviour import columns, controls, words
from dashboard.behaviour.load import load_changed
from dashboard.frame import components, load, lost, prose, state, widgets
from dashboard.frame.state import Selection
from dashboard.kit import glossary, text
from dashboard.kit.figure import is_dark
from dashboard.kit.prose import plain_html, style
from dashboard.kit.table import twin
from scpo.results import behaviour
from scpo.words import shortened

TABLE = "changed_turns"
"""Key of the table."""

MOST_SHOWN = 500
LONGEST = 90
"""Letters of a prompt in the list."""


def show_changed(selection: Selection, rows: pd.DataFrame) -> None:
    """Show the list of changed turns and one of them with its texts; `rows` are the picks whose models pick."""
    table = load_changed(selection, rows)
    if table.empty:
        st.subheader(text.plain("No pick changes in most seeds"))
        return
    st.subheader(text.plain(words.changed_title(table)))
    shown = table.head(MOST_SHOWN)
    scored = load.load_scored(selection)
    more = f" The first {MOST_SHOWN} of {len(table)} are listed." if len(table) > MOST_SHOWN else ""
    licence = load.info_of(selection).licence
    st.caption(
        text.plain(f"Picks of most seeds; the largest losses of win share come first.{more} Licence: {licence}.")
    )
    ids = shown["interaction_id"].tolist()
    turn = chosen_turn(ids)
    prompts = scored.utterances["prompt"].iloc[shown["after"]].tolist()
    hidden = glossary.is_plain()
    listed = shown.assign(
        prompt=[
            "flagged by moderation" if flagged and hidden else shortened(one, LONGEST)
            for one, flagged in zip(prompts, shown["flagged"], strict=True)
        ],
        agreement=[f"{n} of {of}" for n, of in zip(shown["agreeing"], shown["n_runs"], strict=True)],
    )
    st.dataframe(
        twin(listed, columns.CHANGED),
        key=TABLE,
        hide_index=True,
        height=240,
        column_config={"Prompt": st.column_config.TextColumn(width="medium")},
        on_select=lambda: _choose(ids),
        selection_mode="single-row",
        alt="Turns with another pick, the worst losses first",
        placeholder="–",
    )
    _show_turn(selection, shown.iloc[ids.index(turn)])


def chosen_turn(ids: list[str]) -> str:
    """Return the turn that is read, the first if none is chosen, and keep the address in step."""
    if state.just_arrived():
        st.session_state[controls.TURN] = st.query_params.get(controls.TURN, "")
    typed = st.session_state.get(controls.TURN, "")
    if typed and typed not in ids:
        lost.note("turn", [typed])
        typed = ""
    widgets.write_address(controls.TURN, typed)
    return typed or ids[0]


def _choose(ids: list[str]) -> None:
    rows = st.session_state[TABLE]["selection"]["rows"]
    st.session_state[controls.TURN] = ids[rows[0]] if rows else ""


def _show_turn(selection: Selection, turn: pd.Series) -> None:
    prompt, before, after = behaviour.read_turn(load.load_scored(selection), turn)
    blurred = prose.show_warning(turn["interaction_id"], flagged=bool(turn["flagged"]))
    st.html(style(dark=is_dark()))
    with st.container(border=True, key="turn_prompt"):
        st.caption(text.plain(f"Prompt of a person in {turn['name']}, {turn['n_candidates']} responses"))
        st.html(plain_html(prompt, blurred=blurred))
    name = f"The model of {turn['name']} picks"
    for column, label, side in zip(
        st.columns(2, gap="medium"), ("The global model picks", name), (before, after), strict=True
    ):
        with column, st.container(border=True, height="stretch", key=f"turn_{'after' if side is after else 'before'}"):
            st.markdown(f"**{text.plain(label)}**")
            with st.container(horizontal=True, gap="medium"):
                components.facts(_about(side), width="content")
            st.html(plain_html(side.response, blurred=blurred))


def _about(side: behaviour.Candidate) -> dict[str, str]:
    found = {"Liked more than": f"{text.percent(side.win)} of the other responses"}
    if side.score is not None:
        found["Person's score"] = f"{100 * side.score:.0f} of 100"
    return found | ({} if side.writer is None else {"Written by": side.writer})
