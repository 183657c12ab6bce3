"""The warning above texts of a data set; flagged texts are blurred until somebody asks for them."""

from __future__ import annotations

import streamlit as st

from dashboard.kit import glossary, text

SHOWN = "_shown_texts"

WARNING = (
    "These are texts that people and models wrote, shown as they are. Some are offensive or disturbing, and what a "
    "response claims may be false."
)


def warning(*, flagged: bool) -> str:
    """Write the warning about texts."""
    return f"Moderation has flagged this text. {WARNING}" if flagged else WARNING


def show_warning(name: str, *, flagged: bool) -> bool:
    """Show the warning about the texts of a pair or a turn; return whether they are blurred: while presenting always.

    Parameters
    ----------
    name : str
        By which is remembered that somebody asked for them.
    """
    shown: set[str] = st.session_state.setdefault(SHOWN, set())
    if not flagged:
        st.caption(f":material/warning: {text.plain(warning(flagged=False))}")
        return False
    on_stage = glossary.is_plain()
    blurred = on_stage or name not in shown
    with st.container(horizontal=True, vertical_alignment="center"):
        st.warning(text.plain(warning(flagged=True)), icon=":material/visibility_off:")
        if on_stage:
            return blurred
        st.button(
            "Show the text" if blurred else "Blur it again",
            key="show_flagged",
            on_click=(shown.add if blurred else shown.discard),
            args=(name,),
        )
    return blurred
