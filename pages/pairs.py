"""Pairs: show me the evidence."""

import streamlit as st

from dashboard.frame import components
from dashboard.kit import text
from dashboard.pairs import filters as pairs_filters
from dashboard.pairs import histogram as pairs_histogram
from dashboard.pairs import list as pairs_list
from dashboard.pairs import reader as pairs_reader

selection = components.opened()
heading = st.container()
listed = pairs_filters.choose(selection)
pair = pairs_list.chosen_pair(listed.index)

heading.header(text.plain(pairs_filters.heading(listed)))
pairs_filters.show_active(listed)
table, histogram = st.columns([5, 3], gap="large")
with table:
    pairs_list.show_list(selection, listed, pair)
pairs_list.write_address()
with histogram:
    pairs_histogram.show_histogram(selection, listed, pair)
pairs_reader.show_reader(selection, listed, pair)
