"""What every picture of a trade-off is drawn against."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.frame import load
from dashboard.frame.state import Selection
from scpo.results import noise_table


def load_noise(selection: Selection, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the noise curves of the countries behind rows of the table of settings, and that of their mean."""
    countries = tuple(sorted({country for several in rows["countries"] for country in several}))
    return _noise_table(*selection.scores, countries)


@st.cache_data(max_entries=64, show_spinner=False)
def _noise_table(dataset: str, model: str, fingerprint: str, countries: tuple[str, ...]) -> pd.DataFrame:
    return noise_table(load.load_scored(Selection(dataset, model, fingerprint=fingerprint)), countries)
