"""What a button does: a call of `scpo.jobs.control` that leaves one sentence about what became of it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard.kit import text
from scpo.errors import ScpoError
from scpo.jobs import control
from scpo.settings import load_settings
from scpo.store.cache import Store
from scpo.store.files import unwritten

NOTICE = "_notice"
READ_ONLY = "This dashboard is read-only: it shows work, and starts, stops or removes none."


def act(action: Callable[[Store], str]) -> None:
    """Do something to the queue, have it worked on, and keep the sentence for the page."""
    settings = load_settings()
    if settings.read_only:
        st.session_state[NOTICE] = ("error", READ_ONLY)
        return
    store = Store(settings.cache_dir)
    try:
        sentence = action(store)
        control.ensure_supervisor(store, settings)
    except (ScpoError, OSError) as error:
        st.session_state[NOTICE] = ("error", unwritten(error, settings.cache_dir) or str(error))
    else:
        st.session_state[NOTICE] = ("success", sentence)


def notice() -> bool:
    """Show once what became of the last action; say whether it succeeded."""
    kind, sentence = st.session_state.pop(NOTICE, (None, ""))
    if kind == "error":
        st.error(text.plain(sentence), title="This could not be done", icon=":material/error:")
    elif kind == "success":
        st.success(text.plain(sentence), icon=":material/check_circle:")
    return kind == "success"
