"""Removing a data set or a global model from the page Data & methods: asked for twice, refused with who needs it."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard.data.load import trained_models
from dashboard.frame import actions, people, sidebar
from dashboard.kit import text
from scpo.data.tables import DatasetInfo
from scpo.jobs import removal
from scpo.store.cache import Store


def show_removing(info: DatasetInfo) -> None:
    """Offer to remove the data set, and each global model that was trained here."""
    actions.notice()
    if people.refusal("remove"):
        return
    with st.expander("Remove", icon=":material/delete:", key="removing", on_change="rerun") as opened:
        if not opened.open:
            return
        st.caption("What runs or studies rest on stays. Stars of a data set outlive it.")
        _offer(f"Data set {info.name}", "dataset", partial(_remove_dataset, info.name))
        for name in trained_models():
            _offer(f"Global model {name}, with its scores", f"model_{name}", partial(_remove_model, name))


def _offer(label: str, key: str, remove: partial[None]) -> None:
    """Draw a tick that says yes, and the button that then removes."""
    with st.container(horizontal=True, vertical_alignment="center"):
        sure = st.checkbox(text.plain(label), key=f"sure_{key}")
        st.button("Remove for good", key=f"remove_{key}", icon=":material/delete:", disabled=not sure, on_click=remove)


def _remove_dataset(name: str) -> None:
    def action(store: Store) -> str:
        removal.remove_dataset(store, name)
        for key in (sidebar.DATASET, sidebar.MODEL, sidebar.SETTING):
            st.session_state.pop(key, None)
        st.session_state[sidebar.COUNTRIES] = []
        return f"Data set {name} is removed."

    actions.act("remove", f"data set {name}", action)


def _remove_model(name: str) -> None:
    def action(store: Store) -> str:
        removal.remove_model(store, name)
        for key in (sidebar.MODEL, sidebar.SETTING):
            st.session_state.pop(key, None)
        return f"Global model {name} is removed."

    actions.act("remove", f"model {name}", action)
