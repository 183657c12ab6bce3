"""Studies at work on the page Runs: how far they are, and the way to cancel one."""

from __future__ import annotations

import streamlit as st

from dashboard.frame import people
from dashboard.frame.busy import load_busy
from dashboard.kit import text
from dashboard.runs import actions, words

STUDY = "cancel_study_of"


def show_cancel(filtered: str) -> None:
    """Draw the way to cancel a study that is at work; nothing if none is.

    Parameters
    ----------
    filtered : str
        The study whose runs the table shows; it is proposed.
    """
    studies = {one.name: one for one in load_busy().studies}
    if not studies:
        return
    names = list(studies)
    with st.popover(
        "Cancel a study", icon=":material/stop_circle:", disabled=people.refusal("cancel") is not None, type="tertiary"
    ):
        first = names.index(filtered) if filtered in names else 0
        name = names[first]
        if len(names) > 1:
            name = st.selectbox("Which study", names, index=first, key=f"{STUDY}_{filtered}", filter_mode=None)
        st.write(text.plain(words.cancelling(studies[name])))
        st.button(
            f"Cancel study {text.plain(name)}",
            key="cancel_study",
            type="primary",
            on_click=actions.cancel_study,
            args=(name,),
        )
