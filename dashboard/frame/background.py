"""Commands that a page starts: started by a click, watched, cancelled, and what became of them."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from dashboard.frame import actions, load, people
from dashboard.kit import text
from scpo import results
from scpo.jobs import children
from scpo.jobs.children import Child, Kind
from scpo.settings import load_settings
from scpo.store.cache import Store
from scpo.store.roles import Action

REFRESH = 1.0
"""Seconds between two looks at what runs."""

ACTIONS: dict[Kind, Action] = {
    "add": "upload",
    "regroup": "upload",
    "score": "start",
    "check": "start",
    "report": "export",
}
"""What kind of action the start of a command is."""

_CANCELLED, _NOTICE = "_background_cancelled", "_background_notice"


def start(
    words: list[str],
    *,
    kind: Kind,
    dataset: str,
    model: str | None = None,
    expected_seconds: float | None = None,
    first: Callable[[], None] = lambda: None,
) -> None:
    """Start ``scpo WORDS`` if the person may; what prevents it is kept for `notice`.

    Parameters
    ----------
    first : callable
        What it needs to have been done.
    """

    def action(store: Store) -> None:
        first()
        settings = load_settings().model_copy(update={"stars_of": people.person().key})
        about: dict[str, Any] = {"dataset": dataset, "model": model, "expected_seconds": expected_seconds}
        children.start(store, settings, words, kind=kind, **about)

    actions.attempt(ACTIONS[kind], f"scpo {shlex.join(words)}", action, kept=_NOTICE)


def notice() -> bool:
    """Show once what has prevented the last start; tell whether anything did."""
    return actions.told(_NOTICE) is not None


def started(kind: Kind) -> list[Child]:
    """Return what was started of a kind, newest first."""
    return [one for one in children.children(results.open_store()) if one.kind == kind]


def last(kind: Kind, words: list[str]) -> Child | None:
    """Return what was started last with just these words."""
    return next((one for one in started(kind) if one.words == words), None)


def outcome(child: Child | None, *, failed: str, cancelled: str) -> None:
    """Say why there is no result of a command that has ended: it did not start, was cancelled, or failed."""
    if notice() or child is None:
        return
    if child.child_id in st.session_state.get(_CANCELLED, set()):
        st.caption(cancelled)
        return
    why = children.last_words(results.open_store(), child) or "its process ended without a word"
    st.error(text.plain(why), title=failed, icon=":material/error:")


def bar(child: Child, label: str, *, key: str, stages: bool = False) -> None:
    """Show how far a command is, with a button that cancels it.

    Parameters
    ----------
    key : str
        Of the button.
    stages : bool
        Whether it has several, so that the present one is named.
    """
    share, so_far = 0.0, "starting"
    for one in load.load_progress():
        if one.state == "running" and one.pid == child.pid and one.total:
            share = min(1.0, one.done / one.total)
            stage = f"{one.stage} " if stages else ""
            so_far = f"{stage}{100 * share:.0f} % · {text.duration(one.eta_seconds)}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(share, text=text.plain(f"{label}: {so_far}"), width="stretch")
        st.button("Cancel", key=key, disabled=people.refusal("cancel") is not None, on_click=partial(cancel, child))


def cancel(child: Child) -> None:
    """Interrupt a command if the person may; what prevents it is kept for `notice`."""

    def action(_: Store) -> None:
        children.cancel(child)
        st.session_state.setdefault(_CANCELLED, set()).add(child.child_id)

    actions.attempt("cancel", f"scpo {shlex.join(child.words)}", action, kept=_NOTICE)
