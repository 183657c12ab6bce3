"""What a button does: a call of `scpo.jobs.control` that leaves one sentence about what became of it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard.frame import people
from dashboard.kit import text
from scpo.errors import ScpoError
from scpo.jobs import control
from scpo.settings import load_settings
from scpo.store.cache import Store
from scpo.store.files import unwritten
from scpo.store.roles import Action

NOTICE = "_notice"


def act(what: Action, about: str, action: Callable[[Store], str]) -> None:
    """Do something to the queue if the person may, have it worked on, and keep the sentence for the page.

    Parameters
    ----------
    what, about : str
        What kind of action it is and what it is done to, for `people.doing`.
    """
    try:
        with people.doing(what, about) as store:
            sentence = action(store)
            control.ensure_supervisor(store, load_settings())
    except (ScpoError, OSError) as error:
        st.session_state[NOTICE] = ("error", unwritten(error, load_settings().cache_dir) or str(error))
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
