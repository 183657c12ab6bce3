"""Register a data set of the Hugging Face hub by its id; the command fetches and reads it in the background."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st

from dashboard.data import started, words
from dashboard.frame import background, load
from dashboard.kit import text
from scpo.data.hub import PREFIX, reference_of
from scpo.data.sources import SOURCES
from scpo.data.sources.adapters.table import ADAPTERS
from scpo.errors import ScpoError
from scpo.names import MOST_NAME

ID, LAYOUT, NAME = "hub_id", "hub_layout", "hub_name"
EXPECTED_SECONDS = 60.0
READERS = ("pairs", "responses", "opinions-long", *ADAPTERS)
"""Sources that read a table of anybody's."""

NETWORK = "It is fetched from the hub at the commit its name means now, and the commit is kept in the data card."


def show_form(*, refused: bool) -> None:
    """Draw the form: id, layout, name, button."""
    with st.expander("Or take a data set of the Hugging Face hub", icon=":material/cloud_download:"):
        asked = st.text_input(
            "Id on the hub",
            key=ID,
            placeholder="OWNER/NAME, perhaps with @REVISION and :FILE",
            disabled=refused,
            help=NETWORK,
        ).strip()
        source = st.selectbox(
            "Read as",
            READERS,
            format_func=lambda name: SOURCES[name].label,
            key=LAYOUT,
            filter_mode=None,
            disabled=refused,
        )
        taken = load.list_datasets()
        repository, problem = _repository(asked)
        proposed = words.proposed_name(repository.rpartition("/")[2], taken) if repository else ""
        name = st.text_input("Name of the data set", proposed, key=f"{NAME}_{repository}", max_chars=MOST_NAME)
        problem = problem or words.name_problem(name, taken)
        busy = any(child.alive and child.kind == "add" for child in started.known_children())
        st.button(
            "Fetch and add",
            icon=":material/add:",
            key="hub_add",
            disabled=refused or busy or not repository or problem is not None,
            on_click=partial(_add, asked, source, f"{NAME}_{repository}"),
        )
        if asked and problem:
            st.caption(text.plain(problem))


def _repository(asked: str) -> tuple[str, str | None]:
    """Return OWNER/NAME of what was typed, or why it is no id."""
    if not asked:
        return "", None
    try:
        found = reference_of(Path(f"{PREFIX}{asked.removeprefix(PREFIX)}"))
    except ScpoError as error:
        return "", str(error)
    return (found.repository if found else ""), None


def _add(asked: str, source: str, name_key: str) -> None:
    name = st.session_state[name_key]
    if words.name_problem(name, load.list_datasets()) is None:
        path = f"{PREFIX}{asked.removeprefix(PREFIX)}"
        command = ["data", "add", name, f"--source={source}", f"--path={path}"]
        background.start(command, kind="add", dataset=name, expected_seconds=EXPECTED_SECONDS)
