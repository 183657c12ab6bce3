"""What every number means, by section, with contents and a search."""

from __future__ import annotations

import streamlit as st

from dashboard.kit import text
from scpo.definitions import DEFINITIONS, Definition

FIND = "definitions_find"
"""Key of the search."""


def show_definitions() -> None:
    """Show what every number means, by section; the words that are looked for leave out the others."""
    st.header("What every number means")
    st.caption("The same words stand behind “How computed” of each chart.")
    asked = st.text_input("Find a definition", key=FIND, placeholder="A word of its name or its sentence", width=360)
    found = matching(asked)
    if asked.strip():
        st.caption(text.plain(f"{len(found)} of {text.count(len(DEFINITIONS), 'definition')} have these words."))
    sections = list(dict.fromkeys(one.section for one in found.values()))
    st.markdown(" · ".join(f"[{text.plain(section)}](#{_anchor(section)})" for section in sections))
    for section in sections:
        st.subheader(section, anchor=_anchor(section))
        for key, one in found.items():
            if one.section == section:
                _definition(key, one)


def matching(asked: str) -> dict[str, Definition]:
    """Return the definitions that have all of some words in name, sentence or section, whatever their case."""
    words = asked.casefold().split()
    texts = {key: f"{one.name} {one.plain} {one.section}".casefold() for key, one in DEFINITIONS.items()}
    return {key: one for key, one in DEFINITIONS.items() if all(word in texts[key] for word in words)}


def _anchor(section: str) -> str:
    return f"definitions-{'-'.join(section.lower().split())}"


def _definition(key: str, one: Definition) -> None:
    with st.container(border=True, key=f"definition_{key}"):
        explained, formula = st.columns([3, 2], gap="large", vertical_alignment="center")
        with explained:
            st.markdown(f"**{text.plain(one.name)}**  \n{text.plain(one.plain)}")
            st.caption(f"Source: {text.plain(one.source)}")
        if one.formula:
            formula.latex(one.formula)
