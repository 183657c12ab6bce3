"""Pairs: show me the evidence."""

import streamlit as st

from dashboard import components, pairs_view, text

selection = components.opened()
heading = st.container()
listed = pairs_view.choose(selection)
pair = pairs_view.chosen_pair(listed.index)

heading.header(text.plain(pairs_view.heading(listed)))
pairs_view.show_active(listed)
table, histogram = st.columns([5, 3], gap="large")
with table:
    pairs_view.show_list(selection, listed, pair)
with histogram:
    pairs_view.show_histogram(selection, listed, pair)
pairs_view.show_reader(selection, listed, pair)
