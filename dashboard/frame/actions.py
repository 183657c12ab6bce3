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

    def done(store: Store) -> None:
        sentence = action(store)
        control.ensure_supervisor(store, load_settings())
        st.session_state[NOTICE] = ("success", sentence)

    attempt(what, about, done)


def attempt(what: Action, about: str, action: Callable[[Store], None], *, kept: str = NOTICE) -> None:
    """Do something to the cache if the person may; what prevents it is kept, under a name, for `told`."""
    try:
        with people.doing(what, about) as store:
            action(store)
    except (ScpoError, OSError) as error:
        st.session_state[kept] = ("error", unwritten(error, load_settings().cache_dir) or str(error))


def notice() -> bool:
    """Show once what became of the last action; say whether it succeeded."""
    return told(NOTICE) == "success"


def told(kept: str) -> str | None:
    """Show once what is kept under a name, and return what it was: ``error``, ``success``, or None."""
    kind: str | None
    kind, sentence = st.session_state.pop(kept, (None, ""))
    if kind == "error":
        st.error(text.plain(sentence), title="This could not be done", icon=":material/error:")
    elif kind == "success":
        st.success(text.plain(sentence), icon=":material/check_circle:")
    return kind
