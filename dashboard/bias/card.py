"""The model card of a row of the matrix: which run it is, what was measured, and how to take the model away."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd
import streamlit as st

from dashboard.bias import words
from dashboard.frame import asking, load
from dashboard.frame.state import Selection, cached
from dashboard.kit import text
from scpo import results
from scpo.methods import EXTERNAL, EXTERNAL_PREFIX
from scpo.results.external_card import external_card
from scpo.results.model_card import model_card
from scpo.results.model_card_text import PAPER, card_text, external_card_text

CARD = "card"
"""Key of the picker = name of the URL parameter."""

HEIGHT = 520
"""Of the card on the page in pixels; a longer one is scrolled."""


def show_card(selection: Selection, cells: pd.DataFrame) -> None:
    """Draw the picker of a model and the card of the picked one; a click on a row of the matrix picks it too."""
    names = dict(zip(cells["trained_for"], cells["trained_name"], strict=True))
    labels = {code: f"Model of {names[code]}" for code in sorted(names, key=lambda code: names[code])}
    hint = "Click the name of a row, or choose a model"
    trained_for = asking.choose("Model card", CARD, labels, noun="card", index=None, placeholder=hint, width=360)
    if trained_for is None:
        return
    row = cells[cells["trained_for"] == trained_for].iloc[0]
    with st.container(border=True, key="model_card"):
        elsewhere = row["method"] == EXTERNAL
        run = text.as_list(row["runs"])[0].removeprefix(EXTERNAL_PREFIX) if elsewhere else _run_picker(selection, row)
        if elsewhere:
            card = _load_external_card(selection, run)
            st.caption(text.plain(f"{row['trained_name']}: {row['setting_label']}"))
        else:
            card = _load_card(run, selection.level, selection.fingerprint)
            st.caption(text.plain(words.card_note(row, run)))
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            st.download_button(
                "Download (.md)",
                data=card,
                file_name=f"model-card-{run if elsewhere else run[:8]}.md",
                mime="text/markdown",
                icon=":material/download:",
                on_click="ignore",
                key="card_download",
            )
            if not elsewhere:
                st.code(f"scpo export {run} DIR", language="bash")
        with st.container(height=HEIGHT, border=False):
            st.markdown(on_page(card))


def _run_picker(selection: Selection, row: pd.Series) -> str:
    """Draw the choice among the seeds of a model if there are several; it begins with the smallest."""
    seeds = _seeds(selection, row)
    runs = sorted(seeds, key=lambda run: seeds[run])
    if len(runs) == 1:
        return runs[0]
    labels = {run: f"Seed {seeds[run]} · {run[:8]}" for run in runs}
    return st.segmented_control(
        "Seed", runs, default=runs[0], format_func=text.label_of(labels), key=f"card_run_{runs[0]}", required=True
    )


def _seeds(selection: Selection, row: pd.Series) -> Mapping[str, int]:
    wanted = set(text.as_list(row["runs"]))
    return {run.run_id: run.config.seed for run in load.load_finished(selection) if run.run_id in wanted}


@st.cache_data(max_entries=64, show_spinner="Writing the model card …")
def _load_card(run: str, level: float, fingerprint: str) -> str:
    """Return the card of a run as Markdown; `fingerprint` is the state of the store."""
    return card_text(model_card(results.open_store(), run, level=level))


@cached("level", most=16, say="Writing the model card …")
def _load_external_card(selection: Selection, name: str) -> str:
    """Return the card of a model from elsewhere as Markdown."""
    scored, level = load.load_scored(selection), selection.level
    return external_card_text(external_card(results.open_store(), scored, name, level=level))


def on_page(card: str) -> str:
    """Return a card for the page: without the hub's metadata, its headings below those of the page.

    Names from data are escaped in it already, for Markdown; a colon, which begins Streamlit's own signs, is here.
    """
    body = card[card.index("\n# ") + 1 :] if card.startswith("---") else card
    body = re.sub(r"^(#{1,2}) ", lambda found: f"###{found[1]} ", body, flags=re.MULTILINE)
    return PAPER.join(part.replace(":", "\\:") for part in body.split(PAPER))
