"""What the page Data & methods loads: counts of a data set, and uploaded files with their check."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.frame import load
from scpo import results
from scpo.data.raw_files import read_rows
from scpo.data.sources.columns import FileColumns, read_columns
from scpo.data.sources.pairs.comparisons import Outcome, outcomes_found, with_winner
from scpo.errors import ScpoError
from scpo.results import check, datacard
from scpo.store import datasets
from scpo.store.models import list_models
from scpo.store.scores import list_scores


@st.cache_data(max_entries=8, show_spinner="Counting users and pairs …")
def load_counts(name: str, key: str) -> pd.DataFrame:
    """Return users and pairs per community; `key` is the content of the data set."""
    return datacard.community_counts(results.open_store(), name)


@st.cache_data(max_entries=8, show_spinner="Looking for survey answers …")
def load_other_communities(name: str, key: str) -> pd.DataFrame:
    """Return what may be a community instead; `key` is the content of the data set."""
    return datacard.other_communities(results.open_store(), name)


def global_models() -> list[str]:
    """Return the global models that can score: those trained here, and those that have scored something."""
    store = results.open_store()
    trained = [record.name for record in list_models(store)]
    scored = [found.model for info in load.list_datasets().values() for _, found in list_scores(store, info)]
    return list(dict.fromkeys([*trained, *scored]))


def trained_models() -> list[str]:
    """Return the names of the global models that were trained here."""
    return list(dict.fromkeys(record.name for record in list_models(results.open_store())))


@st.cache_data(max_entries=4, show_spinner="Reading the file …")
def load_columns(path: str, digest: str) -> FileColumns:
    """Return columns and first rows of an uploaded file."""
    return read_columns(Path(path))


@st.cache_data(max_entries=16, show_spinner="Reading the winners …")
def load_outcomes(path: str, digest: str, mapping: tuple[tuple[str, str], ...]) -> list[Outcome]:
    """Return the values of the winner of an uploaded file of comparisons, with their rows and what they mean."""
    return outcomes_found(with_winner(Path(path), read_rows(Path(path))), dict(mapping))


@st.cache_data(max_entries=16, show_spinner="Checking every row …")
def run_check(
    path: str,
    digest: str,
    source: str,
    mapping: tuple[tuple[str, str], ...],
    group: str | None,
    winner: str | None,
) -> tuple[dict[str, Any] | None, str, float]:
    """Return the document of the check, or None and why there is none; and how many seconds it took."""
    began = time.monotonic()
    try:
        document = check.check_file(source, Path(path), mapping=dict(mapping), group=group, winner=winner)
    except ScpoError as error:
        return None, str(error), time.monotonic() - began
    return document, "", time.monotonic() - began


def has_conversations(dataset: str) -> bool:
    """Tell whether a data set has turns with a conversation before them."""
    return _has_conversations(dataset, load.list_datasets()[dataset].key)


@st.cache_data(max_entries=32, show_spinner=False)
def _has_conversations(dataset: str, key: str) -> bool:
    turns = datasets.load_tables(results.open_store(), dataset).utterances["turn"]
    return bool((turns.fillna(0) > 0).any())
