"""The pickers of the tab of survey answers, the switch to it, and what a click there changes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.frame import asking, sidebar
from dashboard.frame.state import Selection
from dashboard.kit import clicks
from dashboard.survey import words
from dashboard.survey.closeness_load import Judged, trained_for
from scpo.data.countries import display_name

VIEW, DIVIDED, QUESTION, COMPARED = "view", "divided", "question", "compared"
"""Keys of the widgets = names of the URL parameters."""

PREFERENCES, ANSWERS = "Preferences", "Survey answers"
FORMER_NAME = "GlobalOpinionQA"
"""What links made before call the survey answers."""


def view_picker() -> str:
    """Draw the switch between preferences of people and survey answers of countries."""
    if VIEW not in st.session_state and st.query_params.get(VIEW) == FORMER_NAME:
        st.session_state[VIEW] = ANSWERS
    return asking.segments(
        "What is compared", VIEW, [PREFERENCES, ANSWERS], noun="view", default=PREFERENCES, label_visibility="collapsed"
    )


def couple_picker(couples: pd.DataFrame) -> str | None:
    """Draw the picker of a couple; a click on a cell chooses it too."""
    names = {row["couple"]: sorted([row["first_name"], row["second_name"]]) for _, row in couples.iterrows()}
    labels = {couple: " and ".join(two) for couple, two in sorted(names.items(), key=lambda item: item[1])}
    return asking.choose("Couple", DIVIDED, labels, index=None, placeholder="Click a cell, or choose one")


def question_picker(spread: pd.DataFrame) -> str | None:
    """Draw the picker of a question; a click on a cell of the heat map chooses it too."""
    each = spread.drop_duplicates("question_id")
    labels = {
        one: f"{words.ends(question, 110)} · {one[:6]}"
        for one, question in zip(each["question_id"], each["question"], strict=True)
    }
    return asking.choose(
        "Question",
        QUESTION,
        labels,
        index=None,
        placeholder="Click a cell, or choose a question, to see how these countries answered it",
    )


def compared_picker(judged: Judged, table: pd.DataFrame, selection: Selection) -> str:
    """Draw the picker of the country at which runs are compared with the global model."""
    names = dict(zip(table["country"], table["name"], strict=True))
    wishes = [*selection.countries, *trained_for(judged)]
    first = next((code for code in wishes if code in names), table["country"].iloc[0])
    picked = asking.choose(
        "Runs compared at the answers of",
        COMPARED,
        {code: names[code] for code in sorted(names, key=display_name)},
        noun="country",
        index=None,
        placeholder=names[first],
        width=260,
        help="A click on a row of the chart chooses it too.",
    )
    return first if picked is None else picked


def after_click(selection: Mapping[str, Any], *, chosen: Sequence[str], known: Collection[str]) -> dict[str, Any]:
    """Return the widgets to change after a click on a couple, a question, a row or a country of the survey answers.

    Parameters
    ----------
    selection : mapping
        What the chart reports.
    chosen : sequence of str
        Countries of the sidebar.
    known : collection of str
        Countries that the sidebar offers: its data set may have fewer than the survey.
    """
    what, name = clicks.split_place(clicks.clicked(selection, "pick"))
    keys = {"couple": DIVIDED, "question": QUESTION, "compare": COMPARED}
    if what in keys:
        return {keys[what]: name}
    if what not in ("add", "remove") or name not in known:
        return {}
    others = [country for country in chosen if country != name]
    return {sidebar.COUNTRIES: [*others, name] if what == "add" else others}
